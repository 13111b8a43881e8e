//! The result of a handler.

use std::fmt;
use std::sync::Arc;

use http::HeaderMap;

use super::BatchResultStream;
#[cfg(feature = "server")]
use crate::ends::Fate;
use crate::ends::{Hook, Hooks, Origin, Outcome};
#[cfg(feature = "policy")]
use crate::error::{ApiError, Error};
use crate::stream::MessageStream;
use crate::types::batches::{DeletedMessageBatch, MessageBatch, MessageBatchPage};
use crate::types::models::{ModelInfo, ModelPage};
use crate::types::rate_limits::RateLimits;
use crate::types::{Message, MessageTokensCount};

/// The successful result of a [`Handler`](super::Handler): a body, and headers for the HTTP
/// response.
///
/// The body is a message, whole or as a stream, unless the type says otherwise: the reply to a
/// request to count tokens is a `Reply<MessageTokensCount>`.
///
/// A [`Message`], a [`MessageStream`] and every other body convert into one, so most
/// handlers end with `Ok(message.into())`. The conversion does not copy the headers of a stream that a client
/// received from its upstream: add those that the caller should see with
/// [`headers_mut`](Self::headers_mut).
///
/// A handler that wraps another one can change the message on its way with
/// [`map_message`](Reply::map_message) and [`map_stream`](Reply::map_stream), and learn how the request ended
/// with an [`OnEnd`](super::OnEnd) or with [`on_end`](Reply::on_end).
///
/// ```
/// use messages_api::types::rate_limits::{RateLimit, RateLimits};
/// use messages_api::{ContentBlock, Message, Reply, Usage};
///
/// let content = vec![ContentBlock::text("Hello!")];
/// let reply = Reply::from(Message::new("msg_01", "claude-sonnet-5", content, Usage::new(9, 3)));
/// let mut limits = RateLimits::default();
/// limits.requests = Some(RateLimit::new(100, 99));
/// let reply = reply.rate_limits(&limits);
/// assert_eq!(reply.headers()["anthropic-ratelimit-requests-remaining"], "99");
/// ```
#[derive(Debug)]
pub struct Reply<B = ReplyBody> {
    body: B,
    headers: HeaderMap,
    /// Those of a whole message; a stream has its own.
    hooks: Option<Box<Hooks>>,
    /// The model that its hooks are told of.
    upstream_model: Option<Arc<str>>,
}

/// The message in a [`Reply`], whole or as a stream.
#[non_exhaustive]
pub enum ReplyBody {
    /// A whole message. A caller that asked for a stream receives it as events.
    Message(Box<Message>),
    /// A stream of events. A caller that did not ask for a stream receives the message they add up
    /// to.
    Stream(Box<MessageStream>),
}

impl<B> Reply<B> {
    fn new(body: B) -> Self {
        Self { body, headers: HeaderMap::new(), hooks: None, upstream_model: None }
    }

    /// Returns the headers to send with the HTTP response, such as rate limits.
    ///
    /// The server drops those that frame the body or belong to the connection, such as
    /// `content-length` and `connection`, and sets `content-type` and `request-id` itself.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns a mutable reference to the headers to send with the HTTP response.
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut self.headers
    }

    /// Sets the headers that report rate limits to the caller. Kinds that are absent in `limits` keep their
    /// headers.
    #[must_use]
    pub fn rate_limits(mut self, limits: &RateLimits) -> Self {
        limits.write(&mut self.headers);
        self
    }

    /// Returns the body and the headers.
    ///
    /// Whoever takes a whole message apart has received it, so its hooks are called as if it had been handed
    /// over. Use [`map_message`](Reply::map_message) to change a message that is still to be sent. The hooks
    /// of a stream stay with it.
    pub fn into_parts(mut self) -> (B, HeaderMap) {
        if let Some(mut hooks) = self.hooks.take() {
            hooks.complete();
        }
        (self.body, self.headers)
    }
}

impl Reply {
    /// Adds a hook that is called once when the reply has ended: after the message was handed over, when the
    /// stream fails, or when the reply is dropped.
    ///
    /// The rules are those of [`OnEnd`](super::OnEnd), which is also called if there is no reply. The outcome
    /// has the id of the request, its model and its principal if a server sends the reply.
    ///
    /// ```
    /// use messages_api::Reply;
    ///
    /// fn logged(reply: Reply) -> Reply {
    ///     reply.on_end(|outcome| println!("{}: {:?}", outcome.end.as_str(), outcome.usage))
    /// }
    /// ```
    #[must_use = "dropping the reply ends the request"]
    pub fn on_end(mut self, hook: impl FnOnce(&Outcome) + Send + 'static) -> Self {
        self.add_hook(None, Box::new(hook));
        self
    }

    /// Replaces the stream of the reply by the one that `map` makes of it. A whole message remains as it is;
    /// [`map_message`](Self::map_message) changes it.
    ///
    /// The hooks move to the new stream, so they learn what the caller receives.
    #[must_use = "dropping the reply ends the request"]
    pub fn map_stream(mut self, map: impl FnOnce(MessageStream) -> MessageStream) -> Self {
        if let ReplyBody::Stream(stream) = self.body {
            let mut stream = *stream;
            let mut hooks = stream.hooks.take();
            let mut stream = map(stream);
            Hooks::join(&mut hooks, stream.hooks.take());
            stream.hooks = hooks;
            self.body = ReplyBody::Stream(Box::new(stream));
        }
        self
    }

    /// Replaces the whole message of the reply by the one that `map` makes of it. A stream remains as it is;
    /// [`map_stream`](Self::map_stream) changes it.
    #[must_use = "dropping the reply ends the request"]
    pub fn map_message(mut self, map: impl FnOnce(Message) -> Message) -> Self {
        if let ReplyBody::Message(message) = self.body {
            let message = map(*message);
            if let Some(hooks) = &mut self.hooks {
                hooks.see_message(&message);
            }
            self.body = ReplyBody::Message(Box::new(message));
        }
        self
    }

    /// Returns the message as a stream, with its hooks: the events of a whole message, or the stream of the
    /// reply. The headers of the reply are dropped.
    pub fn into_stream(self) -> MessageStream {
        let (mut stream, hooks) = match self.body {
            ReplyBody::Stream(stream) => (*stream, self.hooks),
            ReplyBody::Message(message) => (MessageStream::from(*message), self.hooks),
        };
        Hooks::join(&mut stream.hooks, hooks);
        stream
    }

    /// Creates a reply with a message that is in a box already.
    #[cfg(feature = "client")]
    pub(crate) fn whole(message: Box<Message>) -> Self {
        Self::new(ReplyBody::Message(message))
    }

    /// Returns the whole message; `None` for a stream.
    #[cfg(feature = "policy")]
    pub(crate) fn message(&self) -> Option<&Message> {
        match &self.body {
            ReplyBody::Message(message) => Some(message),
            ReplyBody::Stream(_) => None,
        }
    }

    /// Drops a whole message, in whose place the caller receives `error`.
    #[cfg(feature = "policy")]
    pub(crate) fn fail(mut self, error: &ApiError) {
        if let Some(hooks) = &mut self.hooks {
            hooks.fail(error);
        }
    }

    /// Replaces the name of the model in the message.
    #[cfg(feature = "policy")]
    pub(crate) fn renamed(mut self, model: &str) -> Self {
        match &mut self.body {
            ReplyBody::Message(message) => model.clone_into(&mut message.model),
            ReplyBody::Stream(stream) => stream.rename(model),
        }
        self
    }

    /// Returns the model that the upstream was asked for, if a router has chosen it.
    #[cfg(any(feature = "client", feature = "policy"))]
    pub(crate) fn upstream_model(&self) -> Option<&Arc<str>> {
        self.upstream_model.as_ref()
    }

    /// Tells all hooks which model the upstream was asked for, unless a handler further inside has done so.
    #[cfg(any(feature = "client", feature = "policy"))]
    pub(crate) fn served_by(mut self, model: Arc<str>) -> Self {
        self.upstream_model.get_or_insert(model);
        self.change_hooks(|_| ());
        self
    }

    /// Waits until the content of a stream begins.
    #[cfg(feature = "policy")]
    pub(crate) async fn ready(&mut self) -> Result<(), Error> {
        match &mut self.body {
            ReplyBody::Message(_) => Ok(()),
            ReplyBody::Stream(stream) => stream.ready().await,
        }
    }

    /// Adds a hook to what would be dropped if the caller left: see [`Hooks::add`].
    pub(super) fn add_hook(&mut self, origin: Option<Origin>, hook: Hook) {
        self.change_hooks(|hooks| Hooks::add(hooks, origin, hook));
    }

    /// Changes the hooks. The first ones take note of the message.
    fn change_hooks(&mut self, change: impl FnOnce(&mut Option<Box<Hooks>>)) {
        let (own, message) = match &mut self.body {
            ReplyBody::Stream(stream) => (&mut stream.hooks, None),
            ReplyBody::Message(message) => (&mut self.hooks, Some(message)),
        };
        let have_seen = own.is_some();
        change(own);
        if let Some(hooks) = own {
            if let Some(message) = message.filter(|_| !have_seen) {
                hooks.see_message(message);
            }
            hooks.set_upstream_model(self.upstream_model.as_ref());
        }
    }
}

/// For the server.
#[cfg(feature = "server")]
impl Reply {
    /// Adds hooks to what would be dropped if the caller left.
    pub(crate) fn add_hooks(&mut self, hooks: Option<Box<Hooks>>) {
        self.change_hooks(|own| Hooks::join(own, hooks));
    }

    /// Says to which request the hooks belong that were added without one.
    pub(crate) fn set_origin(&mut self, fate: &Fate, origin: impl FnOnce() -> Origin) {
        let hooks = match &mut self.body {
            ReplyBody::Stream(stream) => &mut stream.hooks,
            ReplyBody::Message(_) => &mut self.hooks,
        };
        if let Some(hooks) = hooks {
            hooks.set_origin(fate, origin);
        }
    }

    /// Returns the body, the headers, and the hooks of a whole message.
    pub(crate) fn into_parts_and_hooks(self) -> (ReplyBody, HeaderMap, Option<Box<Hooks>>) {
        (self.body, self.headers, self.hooks)
    }
}

impl From<Message> for Reply {
    fn from(message: Message) -> Self {
        Self::new(ReplyBody::Message(Box::new(message)))
    }
}

impl From<MessageStream> for Reply {
    fn from(stream: MessageStream) -> Self {
        Self::new(ReplyBody::Stream(Box::new(stream)))
    }
}

macro_rules! bodies {
    ($($Body:ident),*) => {$(
        impl From<$Body> for Reply<$Body> {
            fn from(body: $Body) -> Self {
                Self::new(body)
            }
        }
    )*};
}

bodies!(
    MessageTokensCount,
    ModelPage,
    ModelInfo,
    MessageBatch,
    MessageBatchPage,
    DeletedMessageBatch,
    BatchResultStream
);

impl fmt::Debug for ReplyBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(message) => f.debug_tuple("Message").field(message).finish(),
            Self::Stream(_) => f.debug_struct("Stream").finish_non_exhaustive(),
        }
    }
}
