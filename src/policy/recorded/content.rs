//! The content of requests and messages.

use std::borrow::Cow;
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use futures::Stream;
use serde::Serialize;

use super::record::RecordContent;
use crate::error::Error;
use crate::handler::Reply;
use crate::json::Json;
use crate::stream::{Accumulator, MessageStream};
use crate::types::events::StreamEvent;
use crate::types::fallback::StopDetails;
use crate::types::{CreateMessageRequest, Message};

/// The content of a request and of its reply, while the reply goes on. Clones share it.
#[derive(Clone)]
pub(super) struct Content(Arc<Mutex<State>>);

struct State {
    max_bytes: usize,
    request: Option<Json>,
    reply: Received,
}

/// What has been received of a message.
enum Received {
    /// Nothing, or more than is kept.
    Nothing,
    Whole(Json),
    Events(Box<Accumulator>),
}

impl Content {
    pub(super) fn new(request: &CreateMessageRequest, max_bytes: usize) -> Self {
        let request = to_json(&*without_secrets(request), max_bytes);
        Self(Arc::new(Mutex::new(State { max_bytes, request, reply: Received::Nothing })))
    }

    /// Keeps what is read of a reply.
    pub(super) fn of_reply(&self, reply: Reply) -> Reply {
        reply.map_message(|message| self.whole(message)).map_stream(|stream| self.stream(stream))
    }

    fn whole(&self, message: Message) -> Message {
        let mut state = self.lock();
        if let Some(json) = message_json(&message, state.max_bytes) {
            state.reply = Received::Whole(json);
        }
        drop(state);
        message
    }

    fn stream(&self, stream: MessageStream) -> MessageStream {
        let mut state = self.lock();
        // Twice as much memory as JSON, because both are only alike.
        let accumulator = Accumulator::new().max_bytes(state.max_bytes.saturating_mul(2));
        state.reply = Received::Events(Box::new(accumulator));
        drop(state);
        let content = self.clone();
        stream.map_events(|events| Box::pin(Kept { events: events.without_accumulation(), content }))
    }

    /// Returns what has been kept.
    pub(super) fn take(&self) -> RecordContent {
        let mut state = self.lock();
        let message = match mem::replace(&mut state.reply, Received::Nothing) {
            Received::Nothing => None,
            Received::Whole(json) => Some(json),
            Received::Events(events) => {
                events.message().and_then(|message| message_json(message, state.max_bytes))
            }
        };
        RecordContent { request: state.request.take(), message }
    }

    fn event(&self, event: &StreamEvent) {
        let mut state = self.lock();
        if let Received::Events(events) = &mut state.reply {
            if events.push(event).is_err() && !matches!(event, StreamEvent::Error(_)) {
                state.reply = Received::Nothing;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Events that are kept on their way.
struct Kept {
    events: MessageStream,
    content: Content,
}

impl Stream for Kept {
    type Item = Result<StreamEvent, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let event = ready!(Pin::new(&mut self.events).poll_next(cx));
        if let Some(Ok(event)) = &event {
            self.content.event(event);
        }
        Poll::Ready(event)
    }
}

/// Returns the JSON of `value` if it takes no more than `max_bytes`.
fn to_json(value: &impl Serialize, max_bytes: usize) -> Option<Json> {
    let json = Json::encode(value).ok()?;
    (json.as_raw_str().len() <= max_bytes).then_some(json)
}

/// Returns the JSON of a message without the token of a credit.
fn message_json(message: &Message, max_bytes: usize) -> Option<Json> {
    match &message.stop_details {
        Some(StopDetails::Refusal(details)) if details.fallback_credit_token.is_some() => {
            let mut details = details.clone();
            details.fallback_credit_token = None;
            to_json(
                &Message { stop_details: Some(StopDetails::Refusal(details)), ..message.clone() },
                max_bytes,
            )
        }
        _ => to_json(message, max_bytes),
    }
}

/// Returns the request without what authenticates it elsewhere. Most have nothing of that kind.
fn without_secrets(request: &CreateMessageRequest) -> Cow<'_, CreateMessageRequest> {
    let servers = request.mcp_servers.as_deref().unwrap_or_default();
    let has_token = servers.iter().any(|server| server.authorization_token.is_some());
    if request.fallback_credit_token.is_none() && !has_token {
        return Cow::Borrowed(request);
    }
    let mut request = request.clone();
    request.fallback_credit_token = None;
    for server in request.mcp_servers.iter_mut().flatten() {
        server.authorization_token = None;
    }
    Cow::Owned(request)
}
