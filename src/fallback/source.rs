//! What replies to the requests.

use http::HeaderMap;

use crate::client::{CallFuture, Client};
use crate::stream::MessageStream;
use crate::types::{CreateMessageRequest, Message};

/// A client or a handler. It is a trait object, so that everything above it is compiled once.
pub(super) trait Source: Send + Sync {
    /// Requests a whole message. Returns it with the headers for the caller of a handler.
    fn message<'a>(&'a self, request: &'a CreateMessageRequest) -> CallFuture<'a, (Message, HeaderMap)>;

    /// Requests a stream. Returns it with the headers for the caller of a handler.
    fn stream<'a>(&'a self, request: &'a CreateMessageRequest) -> CallFuture<'a, (MessageStream, HeaderMap)>;
}

/// A client, whose streams have their headers already.
pub(super) struct ClientSource(pub(super) Client);

impl Source for ClientSource {
    fn message<'a>(&'a self, request: &'a CreateMessageRequest) -> CallFuture<'a, (Message, HeaderMap)> {
        Box::pin(async { Ok((self.0.create_message(request).await?, HeaderMap::new())) })
    }

    fn stream<'a>(&'a self, request: &'a CreateMessageRequest) -> CallFuture<'a, (MessageStream, HeaderMap)> {
        Box::pin(async { Ok((self.0.stream_message(request).await?, HeaderMap::new())) })
    }
}
