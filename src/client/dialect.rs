//! How the HTTP responses of a server are read as messages.

use super::document::Document;
use crate::error::Error;
use crate::stream::{Decode, EventDecoder};
use crate::types::Message;

/// What the HTTP response to one request for a message consists of.
///
/// It is used once: either for a stream or for a whole body.
pub(crate) trait Dialect: Send {
    /// What reads a stream.
    type Decoder: Decode + Unpin + Send + 'static;
    /// The document that holds a whole message.
    type Whole: Document;

    /// Creates the decoder of a stream, whose events have at most `max_event_bytes` bytes.
    fn decoder(self, max_event_bytes: usize, is_strict: bool) -> Self::Decoder;

    /// Returns the message in a document.
    fn message(self, whole: Box<Self::Whole>) -> Result<Box<Message>, Error>;
}

/// The Messages protocol itself.
pub(super) struct Own;

impl Dialect for Own {
    type Decoder = EventDecoder;
    type Whole = Message;

    fn decoder(self, max_event_bytes: usize, is_strict: bool) -> EventDecoder {
        EventDecoder::new().max_event_bytes(max_event_bytes).strict(is_strict)
    }

    fn message(self, whole: Box<Message>) -> Result<Box<Message>, Error> {
        Ok(whole)
    }
}
