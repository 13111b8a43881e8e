//! The progress of a streamed message.

use std::task::{Context, Poll, ready};

use futures::Stream;

use super::accumulator::Accumulator;
use super::deviation::Deviation;
use super::order::{Mode, Order, Verdict};
use super::watched_events::WatchedEvents;
use crate::error::Error;
use crate::types::Message;
use crate::types::events::{ContentBlockDeltaEvent, StreamEvent};
use crate::types::usage::{MessageDeltaUsage, Usage, set_if_some};

/// The maximum number of events after `message_stop` that are read.
const MAX_EVENTS_AFTER_STOP: u8 = 16;

pub(crate) type Events = dyn Stream<Item = Result<StreamEvent, Error>> + Send;

/// The state of a streamed message after the events so far.
pub(super) enum Progress {
    /// The events are added up.
    Accumulated(Box<Accumulator>),
    /// The events are only forwarded.
    Forwarded {
        order: Order,
        /// The message of `message_start`, which an error carries, with the token counts so far.
        start: Option<Box<Message>>,
        /// Whether that message is kept.
        keeps_start: bool,
        /// Whether anything has followed that is not a ping.
        has_content: bool,
    },
}

impl Progress {
    pub(super) fn new() -> Self {
        Self::Accumulated(Box::default())
    }

    /// Returns the state before the first event with the same settings, in which events are added up.
    #[cfg(any(feature = "client", feature = "policy"))]
    pub(super) fn fresh(&self) -> Self {
        Self::Accumulated(Box::new(match self {
            Self::Accumulated(accumulator) => accumulator.fresh(),
            Self::Forwarded { order, .. } => Accumulator::new().strict(order.mode() == Mode::Strict),
        }))
    }

    /// Returns `true` if the events are not added up.
    #[inline(always)]
    pub(super) fn only_forwards(&self) -> bool {
        matches!(self, Self::Forwarded { .. })
    }

    /// Returns `true` for a delta that is in order and only has to be counted, as it is forwarded.
    #[inline(always)]
    pub(super) fn only_counts(&self, event: &ContentBlockDeltaEvent) -> bool {
        match self {
            Self::Forwarded { order, .. } => order.fitting_delta(event).is_some(),
            Self::Accumulated(_) => false,
        }
    }

    /// Counts such a delta.
    #[inline(always)]
    pub(super) fn count(&mut self) {
        if let Self::Forwarded { order, has_content, .. } = self {
            order.count_delta();
            *has_content = true;
        }
    }

    /// Checks an event and updates the state. Returns `false` if the event is to be skipped. An `error` event
    /// becomes an error.
    pub(super) fn accept(&mut self, event: &StreamEvent) -> Result<bool, Error> {
        if matches!(event, StreamEvent::ContentBlockDelta(event) if self.only_counts(event)) {
            self.count();
            return Ok(true);
        }
        Ok(match self {
            Self::Accumulated(accumulator) => accumulator.accept(event)?,
            Self::Forwarded { order, start, keeps_start, has_content } => {
                let Verdict::Take(at) = order.judge(event)? else {
                    order.count(false)?;
                    return Ok(false);
                };
                // Whoever receives the event decides what it adds.
                order.count(true)?;
                order.commit(event, at);
                *has_content |= is_content(event);
                match event {
                    StreamEvent::MessageStart(event) if *keeps_start => {
                        *start = Some(Box::new(event.message.clone()));
                    }
                    StreamEvent::MessageDelta(event) => {
                        if let (Some(message), Some(usage)) = (start, &event.usage) {
                            update_tokens(&mut message.usage, usage);
                        }
                    }
                    _ => {}
                }
                true
            }
        })
    }

    /// Polls for the end after `message_stop`. Events before it are at most listed unless the stream is
    /// strict; then the first one that may not follow becomes an error. `count` is their number so far.
    ///
    /// Reading to the end is useful even if nothing is checked: a client can use its connection again only
    /// once it has seen the end of the body.
    pub(super) fn poll_end(
        &mut self,
        events: &mut WatchedEvents,
        count: &mut u8,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Error>> {
        while *count < MAX_EVENTS_AFTER_STOP {
            match ready!(events.poll_next(cx)) {
                Some(Ok(event)) => {
                    *count += 1;
                    if let Err(error) = self.accept(&event) {
                        return Poll::Ready(Some(error));
                    }
                }
                // The message is complete, so it does not matter if the connection breaks.
                Some(Err(_)) | None => break,
            }
        }
        Poll::Ready(None)
    }

    /// Returns `true` once `message_stop` has been accepted.
    pub(super) fn is_complete(&self) -> bool {
        match self {
            Self::Accumulated(accumulator) => accumulator.is_complete(),
            Self::Forwarded { order, .. } => order.is_complete(),
        }
    }

    /// Returns `true` once anything of the message has been accepted but its start.
    pub(super) fn has_content(&self) -> bool {
        match self {
            Self::Accumulated(accumulator) => accumulator.message().is_some_and(has_begun),
            Self::Forwarded { has_content, .. } => *has_content,
        }
    }

    /// Returns the accumulator, unless events are only forwarded.
    pub(super) fn accumulator(&self) -> Option<&Accumulator> {
        match self {
            Self::Accumulated(accumulator) => Some(accumulator),
            Self::Forwarded { .. } => None,
        }
    }

    pub(super) fn deviations(&self) -> &[Deviation] {
        match self {
            Self::Accumulated(accumulator) => accumulator.deviations(),
            Self::Forwarded { order, .. } => order.deviations(),
        }
    }

    /// Returns the partial message that an error should carry.
    pub(super) fn partial(&self) -> Option<&Message> {
        match self {
            Self::Accumulated(accumulator) => accumulator.message(),
            Self::Forwarded { start, .. } => start.as_deref(),
        }
    }

    /// Sets the size limit of the message; has no effect if events are only
    /// forwarded.
    pub(super) fn max_bytes(self, bytes: usize) -> Self {
        match self {
            Self::Accumulated(accumulator) => Self::Accumulated(Box::new(accumulator.max_bytes(bytes))),
            forwarded => forwarded,
        }
    }

    /// Sets whether every event out of order is an error.
    pub(super) fn strict(self, strict: bool) -> Self {
        match self {
            Self::Accumulated(accumulator) => Self::Accumulated(Box::new(accumulator.strict(strict))),
            Self::Forwarded { mut order, start, keeps_start, has_content } => {
                order.set_mode(if strict { Mode::Strict } else { Mode::Tolerant });
                Self::Forwarded { order, start, keeps_start, has_content }
            }
        }
    }

    /// Stops adding events up.
    pub(super) fn without_accumulation(self) -> Self {
        let has_content = self.has_content();
        match self {
            Self::Accumulated(accumulator) => {
                let (order, start) = accumulator.into_parts();
                Self::Forwarded { order, start, keeps_start: true, has_content }
            }
            forwarded => forwarded,
        }
    }

    /// Stops adding events up, and keeps nothing of the message.
    #[cfg(feature = "server")]
    pub(super) fn without_message(self) -> Self {
        let has_content = self.has_content();
        let order = match self {
            Self::Accumulated(accumulator) => accumulator.into_parts().0,
            Self::Forwarded { order, .. } => order,
        };
        Self::Forwarded { order, start: None, keeps_start: false, has_content }
    }
}

/// Updates the token counts of a message of which nothing else is kept, so that it stays small.
fn update_tokens(usage: &mut Usage, delta: &MessageDeltaUsage) {
    if delta.has_output_tokens() {
        usage.output_tokens = delta.output_tokens;
    }
    usage.input_tokens = delta.input_tokens.unwrap_or(usage.input_tokens);
    set_if_some(&mut usage.cache_creation_input_tokens, &delta.cache_creation_input_tokens);
    set_if_some(&mut usage.cache_read_input_tokens, &delta.cache_read_input_tokens);
}

/// Returns `true` for the events from which on something of the message is there but its start.
pub(crate) fn is_content(event: &StreamEvent) -> bool {
    match event {
        StreamEvent::MessageStart(event) => has_begun(&event.message),
        event => !matches!(event, StreamEvent::Ping(_)),
    }
}

fn has_begun(message: &Message) -> bool {
    !message.content.is_empty() || message.stop_reason.is_some()
}
