//! Collects the stream of a handler for a caller that asked for a whole message.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::Stream;

use super::guard::Guarded;
use crate::error::{ApiError, Error, ErrorKind};
use crate::stream::{Accumulator, MessageStream};
use crate::types::Message;
use crate::types::events::{ContentBlockDelta, StreamEvent};

/// The number of events after which other tasks of the runtime get a turn. A stream that is always
/// ready would otherwise keep its thread for itself.
const EVENTS_PER_TURN: usize = 128;

/// The number of consecutive events that add nothing to the message, such as pings, at which the
/// stream is given up. Pings of a model that is silent, one every few seconds, take days to get
/// there.
const MAX_IDLE_EVENTS: usize = 100_000;

/// Accumulates the events into a message.
///
/// [`MessageStream::final_message`] would fail for a stream on which the handler has switched
/// accumulation off, as a gateway does.
pub(super) async fn collect(stream: MessageStream) -> Result<Message, ApiError> {
    let mut events = Guarded::new(stream.without_accumulation());
    let mut collected = Collected { message: Accumulator::new(), idle_events: 0 };
    poll_fn(|cx| collected.poll(&mut events, cx)).await?;
    Ok(collected.message.into_message().map_err(Error::from)?)
}

struct Collected {
    message: Accumulator,
    /// The number of events since the last one that added something.
    idle_events: usize,
}

impl Collected {
    /// Takes the events that are ready, until the stream has ended.
    fn poll(
        &mut self,
        events: &mut Guarded<MessageStream>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), ApiError>> {
        for _ in 0..EVENTS_PER_TURN {
            let item = match events.call(|events| Pin::new(events).poll_next(cx)) {
                Ok(Poll::Pending) => return Poll::Pending,
                Ok(Poll::Ready(Some(Ok(event)))) => self.push(&event),
                Ok(Poll::Ready(Some(Err(error)))) => Err(error.into()),
                Ok(Poll::Ready(None)) => return Poll::Ready(Ok(())),
                // The message is complete, so it does not matter what became of the stream.
                Err(_panicked) if self.message.is_complete() => return Poll::Ready(Ok(())),
                Err(panicked) => Err(panicked),
            };
            if item.is_err() {
                return Poll::Ready(item);
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn push(&mut self, event: &StreamEvent) -> Result<(), ApiError> {
        let before = self.message.size();
        self.message.push(event).map_err(Error::from)?;
        let adds = self.message.size() > before && !is_unknown_delta(event);
        self.idle_events = if adds { 0 } else { self.idle_events + 1 };
        if self.idle_events < MAX_IDLE_EVENTS {
            return Ok(());
        }
        let message = format!("{MAX_IDLE_EVENTS} events in a row added nothing to the message");
        Err(Error::new(ErrorKind::Protocol, message).into())
    }
}

/// Returns `true` for a delta that the accumulator counts by its size and then ignores.
fn is_unknown_delta(event: &StreamEvent) -> bool {
    matches!(event, StreamEvent::ContentBlockDelta(event) if matches!(event.delta, ContentBlockDelta::Unknown(_)))
}
