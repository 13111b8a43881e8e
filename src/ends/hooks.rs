//! The hooks of a reply.

use std::sync::Arc;
use std::{fmt, mem, thread};

#[cfg(feature = "server")]
use super::origin::Fate;
use super::origin::Origin;
use super::outcome::{Delivered, End, Outcome, Piece};
use super::principal::Principal;
use super::seen::Seen;
use crate::clock::Moment;
use crate::error::{ApiError, Error};
use crate::guard::contain;
use crate::types::Message;
use crate::types::events::StreamEvent;

/// A function that is told how a request ended.
pub(crate) type Hook = Box<dyn FnOnce(&Outcome) + Send>;

/// The hooks of a request or of its reply, and what they have seen of it. They are called once, in the order
/// in which they were added: at the end, or else when they are dropped.
///
/// They belong to whatever would be dropped if the caller left: the guard of a request, then the stream, or
/// the body of the HTTP response.
#[derive(Default)]
pub(crate) struct Hooks {
    hooks: Vec<(Option<Origin>, Hook)>,
    /// The request, for the hooks that were added without it.
    origin: Origin,
    seen: Seen,
    upstream_model: Option<Arc<str>>,
    /// What is delivered once the whole message is handed over.
    whole: Delivered,
    /// Whether the stream is added up to a whole message, of which nothing has been handed over yet.
    is_collected: bool,
    /// Whether a server checks each event before it hands it over, and says itself when the last one is.
    is_checked: bool,
    /// Whether the stream is being polled. If it is dropped before that is over, it has panicked.
    is_polled: bool,
}

impl Hooks {
    /// Adds a hook, which is told that it belongs to the request `origin`, or to the one that is known at the
    /// end.
    pub(crate) fn add(this: &mut Option<Box<Self>>, origin: Option<Origin>, hook: Hook) {
        let this = this.get_or_insert_with(|| {
            let mut this = Box::<Self>::default();
            this.origin.start = origin.as_ref().map_or_else(Moment::now, |origin| origin.start);
            this
        });
        this.hooks.push((origin, hook));
    }

    /// Adds the hooks of `later`.
    pub(crate) fn join(this: &mut Option<Box<Self>>, later: Option<Box<Self>>) {
        match (&mut *this, later) {
            (Some(this), Some(mut later)) => this.hooks.append(&mut later.hooks),
            (None, Some(later)) => *this = Some(later),
            (_, None) => {}
        }
    }

    /// Says to which request the hooks belong that were added without one, and what becomes of it.
    #[cfg(feature = "server")]
    pub(crate) fn set_origin(&mut self, fate: &Fate, origin: impl FnOnce() -> Origin) {
        if self.hooks.iter().any(|(own, _)| own.is_none()) {
            self.origin = origin();
        }
        self.origin.fate = fate.clone();
    }

    /// Says which model the upstream was asked for.
    pub(crate) fn set_upstream_model(&mut self, model: Option<&Arc<str>>) {
        if self.upstream_model.is_none() {
            self.upstream_model = model.cloned();
        }
    }

    /// Takes note of a whole message that is to be handed over.
    pub(crate) fn see_message(&mut self, message: &Message) {
        self.seen.message(message);
        self.whole = Delivered::of(message);
    }

    /// Says that the stream is added up to a message.
    #[cfg(feature = "server")]
    pub(crate) fn collect(&mut self) {
        self.is_collected = true;
    }

    /// Says that the events are checked before they are handed over.
    #[cfg(feature = "server")]
    pub(crate) fn check(&mut self) {
        self.is_checked = true;
    }

    /// Says that the last event of a stream that is checked has passed.
    #[cfg(feature = "server")]
    pub(crate) fn pass(&mut self) {
        self.call(End::Completed);
    }

    /// Called before and after each poll of the stream.
    pub(crate) fn set_polled(&mut self, is_polled: bool) {
        self.is_polled = is_polled;
    }

    /// Takes note of what the stream yields.
    pub(crate) fn see(&mut self, item: Result<&StreamEvent, &Error>) {
        match item {
            Ok(event) => {
                self.seen.event(event, !self.is_collected);
                let ends = matches!(event, StreamEvent::MessageStop(_));
                if ends && !self.is_collected && !self.is_checked {
                    self.call(End::Completed);
                }
            }
            Err(error) => self.fail(&ApiError::for_caller(error)),
        }
    }

    /// Returns `true` if the next delta only has to be counted, as nearly all have.
    #[inline(always)]
    pub(crate) fn only_count(&self) -> bool {
        self.seen.has_token() && !self.is_collected
    }

    /// Takes note of such a delta.
    #[inline(always)]
    pub(crate) fn count(&mut self, piece: Piece) {
        self.seen.delivered.events += 1;
        self.seen.delivered.add_piece(piece);
    }

    /// Says that everything was handed over, which may end with the error of a server that gave the request up.
    pub(crate) fn complete(&mut self) {
        self.seen.delivered = self.whole;
        self.call(self.given_up().unwrap_or(End::Completed));
    }

    pub(crate) fn fail(&mut self, error: &ApiError) {
        self.call(End::of(error));
    }

    /// Calls the hooks, unless they have been called.
    fn call(&mut self, end: End) {
        if self.hooks.is_empty() {
            return;
        }
        let now = Moment::now();
        let Seen { usage, stop_reason, delivered, first_event, first_token } = mem::take(&mut self.seen);
        let mut outcome = Outcome {
            end,
            request_id: String::new(),
            principal: Principal::anonymous(),
            model: String::new(),
            upstream_model: self.upstream_model.clone(),
            stop_reason,
            usage,
            delivered,
            first_event: None,
            first_token: None,
            duration: None,
        };
        for (origin, hook) in mem::take(&mut self.hooks) {
            let origin = origin.unwrap_or_else(|| self.origin.clone());
            let since = |moment: Option<Moment>| moment?.since(origin.start);
            outcome.first_event = since(first_event);
            outcome.first_token = since(first_token);
            outcome.duration = now.since(origin.start);
            if *outcome.request_id != *origin.request_id {
                outcome.request_id = String::from(&*origin.request_id);
            }
            outcome.principal = origin.principal;
            outcome.model = origin.model;
            contain(|| hook(&outcome));
        }
        // For hooks that are added later.
        let Outcome { usage, stop_reason, .. } = outcome;
        self.seen = Seen { usage, stop_reason, delivered, first_event, first_token };
    }

    /// Returns how the request ends if a server has given it up.
    fn given_up(&self) -> Option<End> {
        let origins = self.hooks.iter().filter_map(|(origin, _)| origin.as_ref());
        origins.chain([&self.origin]).find_map(|origin| origin.fate.error()).map(End::of)
    }

    /// Returns how the request ends if it ends now, without a word of how.
    fn dropped(&self) -> End {
        self.given_up().unwrap_or_else(|| {
            let has_panicked = self.is_polled || thread::panicking();
            if has_panicked { End::Panicked } else { End::Cancelled }
        })
    }
}

impl Drop for Hooks {
    fn drop(&mut self) {
        if !self.hooks.is_empty() {
            self.call(self.dropped());
        }
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks").field("count", &self.hooks.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::ends::Fate;
    use crate::error::Mark;
    use crate::types::ErrorType;

    #[test]
    fn a_server_that_gives_a_request_up_says_why() {
        let error = ApiError::new(ErrorType::Timeout, "too slow");
        for (given, expected) in [
            (None, End::Cancelled),
            (Some(error.clone()), End::Failed(error.clone())),
            (Some(error.with_mark(Mark::Drained)), End::Drained),
        ] {
            for has_origin in [false, true] {
                let (sender, receiver) = mpsc::channel();
                let (origin, mut hooks) = (Origin { fate: Fate::of_request(), ..Origin::default() }, None);
                let hook = move |outcome: &Outcome| sender.send(outcome.end.clone()).unwrap();
                Hooks::add(&mut hooks, has_origin.then(|| origin.clone()), Box::new(hook));
                if let Some(error) = &given {
                    origin.fate.give_up(error);
                    hooks.as_mut().unwrap().origin = origin;
                }
                drop(hooks);
                let told: Vec<End> = receiver.iter().collect();
                assert!(told.len() == 1 && told[0] == expected, "{told:?}");
            }
        }
    }
}
