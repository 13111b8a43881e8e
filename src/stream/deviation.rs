//! What a stream does against the protocol although nothing is lost.

use std::fmt;

use super::accumulate_error::AccumulateError;

/// A fault in a stream that was tolerated because nothing is lost by it.
///
/// [`MessageStream::deviations`](crate::stream::MessageStream::deviations) and
/// [`Accumulator::deviations`](crate::stream::Accumulator::deviations) list them. Log them to learn which
/// servers violate the protocol; to fail instead, use
/// [`MessageStream::strict`](crate::stream::MessageStream::strict).
///
/// ```
/// use messages_api::stream::Accumulator;
/// use messages_api::types::events::{ContentBlockStopEvent, MessageStartEvent};
/// use messages_api::{Message, Usage};
///
/// let start = MessageStartEvent::new(Message::new("msg_01", "claude-sonnet-5", vec![], Usage::new(12, 0)));
/// let mut accumulator = Accumulator::new();
/// accumulator.push(&start.into())?;
/// accumulator.push(&ContentBlockStopEvent::new(0).into())?;
/// assert_eq!(accumulator.deviations()[0].to_string(), "event 1: no block has started at index 0");
/// # Ok::<(), messages_api::stream::AccumulateError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Deviation {
    /// The number of events that preceded the event in the stream.
    pub event: u64,
    /// The error with which a strict reader would have failed.
    pub cause: AccumulateError,
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "event {}: {}", self.event, self.cause)
    }
}
