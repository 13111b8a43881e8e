//! Protocols other than the Messages API in which a caller asks for a message.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use crate::error::ApiError;
use crate::handler::RequestContext;
use crate::types::events::StreamEvent;
use crate::types::{CreateMessageRequest, Message};

/// A protocol other than the Messages API in which a caller asks for a message.
///
/// Whoever calls the service puts it into the extensions of the request. Only what the caller sends and
/// receives is different then: the body of the request, and the body of the HTTP response if it is a success.
pub(crate) trait Protocol: Send + Sync {
    /// Reads the body of a request, and returns what writes the message for it.
    fn read(
        &self,
        body: Bytes,
        context: &mut RequestContext,
    ) -> Result<(Box<CreateMessageRequest>, Box<dyn WriteMessage>), ApiError>;
}

/// What writes a message in the form of a [`Protocol`]: as a whole or event by event.
pub(crate) trait WriteMessage: Send {
    /// Returns the body for a whole message.
    fn message(&self, message: &Message) -> Bytes;

    /// Appends what is sent for an event of a stream.
    fn event(&mut self, event: &StreamEvent, out: &mut BytesMut);
}

/// The protocol of a request, in its extensions.
#[derive(Clone)]
#[cfg_attr(not(feature = "openai"), allow(dead_code))]
pub(crate) struct Spoken(pub(crate) Arc<dyn Protocol>);
