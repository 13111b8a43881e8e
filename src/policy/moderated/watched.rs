//! A stream that a review looks at while it passes.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::{Stream, stream};

use super::cut::Progress;
use super::review::{DynReview, Verdict};
use super::text::{Kind, quote_of, spread, text_of};
use crate::error::Error;
use crate::stream::MessageStream;
use crate::text;
use crate::types::events::StreamEvent;

/// Returns the events of `inner` until `review` objects.
pub(super) fn watched(
    inner: MessageStream,
    review: Box<dyn DynReview>,
    hold_back: usize,
    progress: Progress,
) -> impl Stream<Item = Result<StreamEvent, Error>> + Send {
    let state = Box::new(Watched {
        inner: Some(inner),
        review: Some(review),
        looking: None,
        hold_back,
        arrived: VecDeque::new(),
        quotes: VecDeque::new(),
        runs: VecDeque::new(),
        leaving: VecDeque::new(),
        progress,
    });
    stream::unfold(state, |mut state| async move {
        let event = poll_fn(|cx| state.poll_next(cx)).await?;
        Some((event, state))
    })
}

struct Watched {
    /// `None` once the message was cut off.
    inner: Option<MessageStream>,
    /// The review, while it looks at nothing.
    review: Option<Box<dyn DynReview>>,
    looking: Option<Looking>,
    hold_back: usize,
    /// The events that are still to leave.
    arrived: VecDeque<StreamEvent>,
    /// Texts that stand alone and have not been looked at.
    quotes: VecDeque<String>,
    /// The texts of which the review has not released all.
    runs: VecDeque<Run>,
    /// The events that end a message that was cut off.
    leaving: VecDeque<StreamEvent>,
    progress: Progress,
}

/// A text that has left.
struct Run {
    kind: Kind,
    /// What the review has not released, apart from what it looks at.
    text: String,
    has_ended: bool,
    /// Whether there is something to look at.
    is_new: bool,
}

/// A look at a text, which owns the review and the text and returns them.
type Looking = Pin<Box<dyn Future<Output = Look> + Send>>;

struct Look {
    review: Box<dyn DynReview>,
    text: String,
    verdict: Verdict,
    /// Whether the text may go on.
    is_open: bool,
}

impl Watched {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<StreamEvent, Error>>> {
        if let Some(error) = self.poll_look(cx) {
            return Poll::Ready(Some(Err(error)));
        }
        if let Some(event) = self.leaving.pop_front() {
            return Poll::Ready(Some(Ok(event)));
        }
        let Some(inner) = &mut self.inner else { return Poll::Ready(None) };
        while self.arrived.is_empty() {
            match Pin::new(&mut *inner).poll_next(cx) {
                Poll::Ready(Some(Ok(event))) => {
                    self.progress.written(&event);
                    spread(event, &mut self.arrived);
                }
                other => return other,
            }
        }
        let Some(event) = self.arrived.pop_front() else { return Poll::Ready(None) };
        self.see(&event);
        if matches!(event, StreamEvent::MessageDelta(_)) {
            // The last moment at which the message can be cut off.
            if let Some(error) = self.poll_look(cx) {
                return Poll::Ready(Some(Err(error)));
            }
            if let Some(event) = self.leaving.pop_front() {
                return Poll::Ready(Some(Ok(event)));
            }
            (self.review, self.looking) = (None, None);
        }
        self.progress.left(&event);
        Poll::Ready(Some(Ok(event)))
    }

    /// Copies the text of an event.
    fn see(&mut self, event: &StreamEvent) {
        if self.review.is_none() && self.looking.is_none() {
            return; // The message is complete.
        }
        match event {
            StreamEvent::ContentBlockStart(event) => self.end_run(Kind::of(&event.content_block)),
            StreamEvent::MessageDelta(_) => self.end_run(None),
            _ => {}
        }
        if let Some(quote) = quote_of(event) {
            self.quotes.push_back(quote.to_owned());
        }
        if let Some((kind, text)) = text_of(event) {
            self.end_run(Some(kind));
            match self.runs.back_mut().filter(|run| !run.has_ended) {
                Some(run) => {
                    run.text += text;
                    run.is_new = true;
                }
                None => {
                    self.runs.push_back(Run { kind, text: text.to_owned(), has_ended: false, is_new: true });
                }
            }
        }
    }

    /// Ends the last text, unless it is of this kind.
    fn end_run(&mut self, kind: Option<Kind>) {
        if let Some(run) = self.runs.back_mut().filter(|run| Some(run.kind) != kind) {
            (run.has_ended, run.is_new) = (true, true);
        }
    }

    /// Goes on with the look at what has left, or begins one. Returns the error that it ends the message with.
    fn poll_look(&mut self, cx: &mut Context<'_>) -> Option<Error> {
        loop {
            let looking = match &mut self.looking {
                Some(looking) => looking,
                None => {
                    let looking = self.look()?;
                    self.looking.insert(looking)
                }
            };
            let Poll::Ready(look) = looking.as_mut().poll(cx) else { return None };
            self.looking = None;
            match look.verdict {
                Verdict::Release(bytes) => {
                    self.review = Some(look.review);
                    if look.is_open {
                        self.keep(&look.text, bytes);
                    }
                }
                Verdict::Refuse(details) => {
                    self.inner = None;
                    self.leaving = self.progress.refuse(details);
                    return None;
                }
                Verdict::Fail(error) => {
                    self.inner = None;
                    self.progress.cut_off();
                    return Some(error.into());
                }
            }
        }
    }

    /// Begins a look, if there is something new.
    fn look(&mut self) -> Option<Looking> {
        while self.runs.front().is_some_and(|run| run.has_ended && run.text.is_empty()) {
            self.runs.pop_front();
        }
        if self.quotes.is_empty() && !self.runs.front()?.is_new {
            return None;
        }
        let mut review = self.review.take()?;
        let (text, is_open) = match (self.quotes.pop_front(), self.runs.front_mut()) {
            (Some(quote), _) => (quote, false),
            (None, Some(run)) => {
                run.is_new = false;
                (std::mem::take(&mut run.text), !run.has_ended)
            }
            (None, None) => return None,
        };
        Some(Box::pin(async move {
            let verdict = review.look(&text, !is_open).await;
            Look { review, text, verdict, is_open }
        }))
    }

    /// Keeps what was not released of the first text for the next look at it.
    fn keep(&mut self, looked_at: &str, released: usize) {
        let released = text::start(looked_at, released).len();
        let rest = text::end(&looked_at[released..], self.hold_back);
        if let Some(run) = self.runs.front_mut() {
            run.text.insert_str(0, rest);
        }
    }
}
