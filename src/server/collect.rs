//! Collects the reply of a handler for a caller that asked for a whole message.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll};

use http::HeaderMap;

use super::events::ReplyFuture;
use super::failure::failure;
use super::request_id::RequestId;
use super::schedule::{Due, Schedule};
use crate::error::{ApiError, Error};
use crate::guard::Guarded;
use crate::handler::ReplyBody;
use crate::stream::{Accumulator, MessageStream};
use crate::types::Message;
use crate::types::events::StreamEvent;

/// Waits for the reply, and accumulates its events into a message if it is a stream. Returns the
/// headers of the reply as well.
pub(super) async fn collect(
    reply: ReplyFuture,
    mut schedule: Schedule,
    request_id: &RequestId,
) -> Result<(Message, HeaderMap), ApiError> {
    let mut reply = Guarded::new(reply);
    let polled = poll_fn(|cx| within(&mut schedule, cx, |cx| reply.poll(|reply| reply.as_mut().poll(cx))));
    let (body, headers) = polled.await??.into_parts();
    let message = match body {
        ReplyBody::Message(message) => *message,
        ReplyBody::Stream(stream) => add_up(*stream, schedule, request_id).await?,
    };
    Ok((message, headers))
}

/// Accumulates the events into a message.
///
/// [`MessageStream::final_message`] would fail for a stream on which the handler has switched
/// accumulation off, as a gateway does, and would lose a complete message if the stream panicked
/// after it.
async fn add_up(
    stream: MessageStream,
    mut schedule: Schedule,
    request_id: &RequestId,
) -> Result<Message, ApiError> {
    schedule.begin_stream();
    let mut events = Guarded::new(stream.without_accumulation());
    let mut message = Accumulator::new();
    let failed = |error: Error| failure(error, request_id);
    loop {
        let next =
            poll_fn(|cx| within(&mut schedule, cx, |cx| events.poll(|events| pin!(events.next()).poll(cx))));
        match next.await {
            Ok(Some(event)) => {
                let event = event.map_err(failed)?;
                schedule.hear(matches!(event, StreamEvent::Ping(_)));
                message.push(&event).map_err(|error| failed(error.into()))?;
            }
            Ok(None) => break,
            // The message is complete, so it does not matter what became of the stream.
            Err(_panicked) if message.is_complete() => break,
            Err(error) => return Err(error),
        }
    }
    message.into_message().map_err(|error| failed(error.into()))
}

/// Polls the handler, and fails once a limit of time has passed while it is pending.
fn within<T>(
    schedule: &mut Schedule,
    cx: &mut Context<'_>,
    poll: impl FnOnce(&mut Context<'_>) -> Poll<Result<T, ApiError>>,
) -> Poll<Result<T, ApiError>> {
    let polled = poll(cx);
    if polled.is_pending() {
        if let Poll::Ready(Due::End(error)) = schedule.poll(cx) {
            return Poll::Ready(Err(error));
        }
    }
    polled
}
