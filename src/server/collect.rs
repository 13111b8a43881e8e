//! Collects the reply of a handler for a caller that asked for a whole message.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use http::HeaderMap;

use super::end::RequestEnd;
use super::schedule::{Due, Schedule};
use crate::ends::Hooks;
use crate::error::{ApiError, Error};
use crate::guard::Guarded;
use crate::handler::{Reply, ReplyBody};
use crate::stream::{AccumulateError, Accumulator, MessageStream, default_stop_reason, fill_message};
use crate::types::Message;
use crate::types::events::StreamEvent;

/// Waits for the reply of a handler that is [guarded](crate::guard::guarded), and accumulates its events into a
/// message if it is a stream. Returns the headers of the reply and its hooks as well.
///
/// What the message lacks is filled in as in a stream: its stop reason, and the fields without which some clients
/// fail.
pub(super) async fn collect(
    mut reply: impl Future<Output = Result<Result<Reply, ApiError>, ApiError>> + Unpin,
    schedule: &mut Schedule,
    end: &mut RequestEnd,
) -> Result<(Box<Message>, HeaderMap, Option<Box<Hooks>>), ApiError> {
    let polled = poll_fn(|cx| within(schedule, cx, |cx| Pin::new(&mut reply).poll(cx)));
    let polled = polled.await.and_then(|reply| reply);
    if let Err(error) = &polled {
        end.fate().give_up(error);
    }
    drop(reply); // the hooks of the handler are told before those of the service
    let (body, headers, hooks) = end.attach(polled)?.into_parts_and_hooks();
    let (mut message, hooks) = match body {
        ReplyBody::Message(message) => (message, hooks),
        ReplyBody::Stream(stream) => Box::pin(add_up(*stream, schedule)).await?,
    };
    if message.stop_reason.is_none() {
        let is_call = message.tool_uses().next().is_some();
        message.stop_reason = Some(default_stop_reason(is_call));
    }
    fill_message(&mut message);
    Ok((message, headers, hooks))
}

/// Accumulates the events into a message, and returns it with the hooks of the stream, since nothing has been
/// handed over yet.
///
/// [`MessageStream::final_message`] would fail for a stream on which the handler has switched
/// accumulation off, as a gateway does, and would lose a complete message if the stream panicked
/// after it.
async fn add_up(
    mut stream: MessageStream,
    schedule: &mut Schedule,
) -> Result<(Box<Message>, Option<Box<Hooks>>), ApiError> {
    if let Some(hooks) = &mut stream.hooks {
        hooks.collect();
    }
    let is_from_upstream = stream.is_from_upstream();
    let failed = move |fault: AccumulateError| {
        ApiError::from(Error::from(fault).mark_from_upstream_if(is_from_upstream))
    };
    let mut events = Guarded::new(stream.without_message());
    let (mut message, mut hooks) = (Accumulator::new(), None);
    let result = read(&mut events, &mut message, &mut hooks, schedule, failed).await;
    take_hooks(&mut events, &mut hooks);
    let message = result.and_then(|()| message.into_message().map_err(failed));
    if let Some(hooks) = &mut hooks {
        match &message {
            Ok(message) => hooks.see_message(message),
            Err(error) => hooks.fail(error),
        }
    }
    Ok((Box::new(message?), hooks))
}

async fn read(
    events: &mut Guarded<MessageStream>,
    message: &mut Accumulator,
    hooks: &mut Option<Box<Hooks>>,
    schedule: &mut Schedule,
    failed: impl Fn(AccumulateError) -> ApiError,
) -> Result<(), ApiError> {
    schedule.begin_stream();
    loop {
        let next =
            poll_fn(|cx| within(schedule, cx, |cx| events.poll(|events| pin!(events.next()).poll(cx))));
        match next.await {
            Ok(Some(event)) => {
                let event = event?;
                schedule.hear(matches!(event, StreamEvent::Ping(_)));
                message.push(&event).map_err(&failed)?;
            }
            Ok(None) => return Ok(()),
            // The message is complete, so it does not matter what became of the stream.
            Err(_panicked) if message.is_complete() => return Ok(()),
            Err(error) => return Err(error),
        }
        if message.is_complete() {
            take_hooks(events, hooks);
        }
    }
}

/// Takes the hooks out of the stream, unless they went with it when it panicked.
fn take_hooks(events: &mut Guarded<MessageStream>, hooks: &mut Option<Box<Hooks>>) {
    Hooks::join(hooks, events.call(|stream| stream.hooks.take()).unwrap_or_default());
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
