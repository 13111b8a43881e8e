//! Collects the stream of a handler for a caller that asked for a whole message.

use std::future::{Future, poll_fn};
use std::pin::pin;

use crate::ends::Hooks;
use crate::error::{ApiError, Error};
use crate::guard::Guarded;
use crate::stream::{Accumulator, MessageStream};
use crate::types::Message;

/// Accumulates the events into a message, and returns it with the hooks of the stream, since nothing has been
/// handed over yet.
///
/// [`MessageStream::final_message`] would fail for a stream on which the handler has switched
/// accumulation off, as a gateway does, and would lose a complete message if the stream panicked
/// after it.
pub(super) async fn collect(mut stream: MessageStream) -> Result<(Message, Option<Box<Hooks>>), ApiError> {
    if let Some(hooks) = &mut stream.hooks {
        hooks.collect();
    }
    let mut events = Guarded::new(stream.without_accumulation());
    let (mut message, mut hooks) = (Accumulator::new(), None);
    let result = add_up(&mut events, &mut message, &mut hooks).await;
    take_hooks(&mut events, &mut hooks);
    let message = result.and_then(|()| Ok(message.into_message().map_err(Error::from)?));
    if let Some(hooks) = &mut hooks {
        match &message {
            Ok(message) => hooks.see_message(message),
            Err(error) => hooks.fail(error),
        }
    }
    Ok((message?, hooks))
}

async fn add_up(
    events: &mut Guarded<MessageStream>,
    message: &mut Accumulator,
    hooks: &mut Option<Box<Hooks>>,
) -> Result<(), ApiError> {
    loop {
        match poll_fn(|cx| events.poll(|events| pin!(events.next()).poll(cx))).await {
            Ok(Some(event)) => message.push(&event?).map_err(Error::from)?,
            Ok(None) => return Ok(()),
            // The message is complete, so it does not matter what became of the stream.
            Err(_panicked) if message.is_complete() => return Ok(()),
            Err(panicked) => return Err(panicked),
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
