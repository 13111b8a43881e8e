//! The result of a handler.

use std::fmt;

use http::HeaderMap;

use super::BatchResultStream;
use crate::stream::MessageStream;
use crate::types::batches::{DeletedMessageBatch, MessageBatch, MessageBatchPage};
use crate::types::models::{ModelInfo, ModelPage};
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
/// ```
/// use http::HeaderValue;
/// use messages_api::{ContentBlock, Message, Reply, Usage};
///
/// let content = vec![ContentBlock::text("Hello!")];
/// let mut reply = Reply::from(Message::new("msg_01", "claude-sonnet-5", content, Usage::new(9, 3)));
/// reply.headers_mut().insert("anthropic-ratelimit-requests-remaining", HeaderValue::from(99));
/// ```
#[derive(Debug)]
pub struct Reply<B = ReplyBody> {
    body: B,
    headers: HeaderMap,
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
        Self { body, headers: HeaderMap::new() }
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

    /// Returns the body and the headers.
    pub fn into_parts(self) -> (B, HeaderMap) {
        (self.body, self.headers)
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
