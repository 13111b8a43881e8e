//! Collects the stream of a handler for a caller that asked for a whole message.

use std::future::{Future, poll_fn};
use std::pin::pin;

use crate::error::{ApiError, Error};
use crate::guard::Guarded;
use crate::stream::{Accumulator, MessageStream};
use crate::types::Message;

/// Accumulates the events into a message.
///
/// [`MessageStream::final_message`] would fail for a stream on which the handler has switched
/// accumulation off, as a gateway does, and would lose a complete message if the stream panicked
/// after it.
pub(super) async fn collect(stream: MessageStream) -> Result<Message, ApiError> {
    let mut events = Guarded::new(stream.without_accumulation());
    let mut message = Accumulator::new();
    loop {
        match poll_fn(|cx| events.poll(|events| pin!(events.next()).poll(cx))).await {
            Ok(Some(event)) => message.push(&event?).map_err(Error::from)?,
            Ok(None) => break,
            // The message is complete, so it does not matter what became of the stream.
            Err(_panicked) if message.is_complete() => break,
            Err(panicked) => return Err(panicked),
        }
    }
    Ok(message.into_message().map_err(Error::from)?)
}
