//! What a handler answers.

use std::fmt;

use http::HeaderMap;

use crate::stream::MessageStream;
use crate::types::Message;

/// What a handler answers: a whole message or a stream of events, and headers
/// to send with it.
///
/// ```
/// use messages_api::{ContentBlock, Message, Reply, Usage};
///
/// let message = Message::new("msg_01", "claude-sonnet-5", vec![ContentBlock::text("hi")], Usage::new(1, 1));
/// let mut reply = Reply::from(message);
/// reply.headers_mut().insert("anthropic-ratelimit-requests-remaining", http::HeaderValue::from(99));
/// ```
#[derive(Debug)]
pub struct Reply {
    body: ReplyBody,
    headers: HeaderMap,
}

/// The body of a [`Reply`].
#[non_exhaustive]
pub enum ReplyBody {
    /// A whole message.
    Message(Box<Message>),
    /// A stream of events.
    Stream(Box<MessageStream>),
}

impl Reply {
    /// Headers to send with the answer. Those that the protocol needs, such
    /// as `content-type` and `request-id`, are set by the server.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Headers to send with the answer.
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut self.headers
    }

    /// The body and the headers.
    pub fn into_parts(self) -> (ReplyBody, HeaderMap) {
        (self.body, self.headers)
    }
}

impl From<Message> for Reply {
    fn from(message: Message) -> Self {
        Self { body: ReplyBody::Message(Box::new(message)), headers: HeaderMap::new() }
    }
}

impl From<MessageStream> for Reply {
    fn from(stream: MessageStream) -> Self {
        Self { body: ReplyBody::Stream(Box::new(stream)), headers: HeaderMap::new() }
    }
}

impl fmt::Debug for ReplyBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(message) => f.debug_tuple("Message").field(message).finish(),
            Self::Stream(_) => f.debug_struct("Stream").finish_non_exhaustive(),
        }
    }
}
