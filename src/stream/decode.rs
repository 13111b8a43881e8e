//! The conversion of bytes to events.

use bytes::Bytes;
use serde::Deserialize;

use super::canonical::read_delta;
use crate::error::{Error, ErrorKind};
use crate::json::Json;
use crate::sse::{DecodeError, Decoder};
use crate::text;
use crate::types::events::{PingEvent, StreamEvent};
use crate::types::{ErrorObject, ErrorResponse, ErrorType};
use crate::wire::WireUnion;

/// The name of an event that was sent without one.
const DEFAULT_NAME: &str = "message";

/// The name of most events.
const DELTA_NAME: &str = "content_block_delta";

/// The maximum length in bytes of the message made from an error that is not JSON.
const MAX_ERROR_TEXT_BYTES: usize = 4096;

/// The maximum number of characters of an event's name that an error contains.
const MAX_NAME_CHARS: usize = 64;

/// A decoder for the bytes of a streamed message, which does no I/O.
///
/// Pass each chunk to [`push`](Self::push), then call [`next`](Self::next) until it returns `None`. This is
/// the way to read events from a transport of your own;
/// [`MessageStream::from_bytes`](crate::stream::MessageStream::from_bytes) does the same for a `Stream` of
/// bytes.
///
/// The decoder does not check that the stream is complete. Add the events to an
/// [`Accumulator`](crate::stream::Accumulator), or look for `message_stop`.
///
/// ```
/// use messages_api::stream::EventDecoder;
///
/// let mut decoder = EventDecoder::new();
/// decoder.push(&b"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"ind"[..]);
/// assert!(decoder.next()?.is_none());
///
/// decoder.push(&b"ex\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hel\"}}\n\n"[..]);
/// let event = decoder.next()?.expect("the event is complete now");
/// assert_eq!(event.text_delta(), Some("Hel"));
/// # Ok::<(), messages_api::stream::EventError>(())
/// ```
///
/// # How the type of an event is found
///
/// - The `type` in the data decides. If the data has none, the name of the event does. Names may be missing.
/// - An event of a type that this version of the crate does not know becomes [`StreamEvent::Unknown`].
/// - An event named `error` or `ping` is an `error` or a `ping`, whatever its data contains. If the data of
///   an `error` is not an error object, its text becomes the message of an error of the type
///   [`ErrorType::Api`].
/// - Three kinds of events are skipped: those without data, those whose data is `[DONE]`, and those of an
///   unknown name whose data is not a JSON object.
///
/// # Limits
///
/// An event may be up to 32 MiB long; [`max_event_bytes`](Self::max_event_bytes) changes that.
#[derive(Clone, Debug, Default)]
pub struct EventDecoder {
    frames: Decoder,
}

impl EventDecoder {
    /// Creates a decoder at the start of a stream, with the default limit.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the maximum size of an event in bytes; 32 MiB by default, `usize::MAX` for no limit.
    #[must_use]
    pub fn max_event_bytes(self, limit: usize) -> Self {
        Self { frames: self.frames.max_event_bytes(limit).max_line_bytes(limit) }
    }

    /// Adds the next bytes of the stream, which [`next`](Self::next) decodes.
    pub fn push(&mut self, chunk: impl Into<Bytes>) {
        self.frames.push(chunk);
    }

    /// Returns the next event, or `None` if that takes more bytes.
    ///
    /// # Errors
    ///
    /// - [`EventError::TooLong`] when an event exceeds the limit. Every further call returns the same error.
    /// - [`EventError::Malformed`] when an event violates the protocol. The next call goes on with the event
    ///   after it.
    #[expect(clippy::should_implement_trait, reason = "`None` is not the end: more bytes may be pushed")]
    pub fn next(&mut self) -> Result<Option<StreamEvent>, EventError> {
        while let Some(frame) = self.frames.next()? {
            if let Some(event) = read(frame.event(), frame.data())? {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }
}

/// The reason why bytes cannot be decoded to an event.
///
/// An [`EventDecoder`] returns it. Converted to an [`Error`], it has the kind [`ErrorKind::TooLarge`] or
/// [`ErrorKind::Protocol`].
///
/// ```
/// use messages_api::stream::{EventDecoder, EventError};
///
/// let mut decoder = EventDecoder::new();
/// decoder.push(&b"event: message_stop\ndata: {\"type\":\n\n"[..]);
/// assert!(matches!(decoder.next(), Err(EventError::Malformed { .. })));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// An event exceeds the limit of the decoder.
    #[error(transparent)]
    TooLong(#[from] DecodeError),
    /// The data is not JSON, or a field that its `type` requires is missing or has the wrong JSON type.
    #[error("the event `{event}` cannot be read: {source}")]
    Malformed {
        /// The name of the event, or its `type` if it has no name; possibly shortened.
        event: String,
        /// The error of the JSON parser, which includes the path of the field.
        source: serde_json::Error,
    },
}

impl From<EventError> for Error {
    fn from(error: EventError) -> Self {
        let kind = match error {
            EventError::TooLong(_) => ErrorKind::TooLarge,
            EventError::Malformed { .. } => ErrorKind::Protocol,
        };
        Self::new(kind, error.to_string()).with_source(error)
    }
}

fn read(name: &str, data: &str) -> Result<Option<StreamEvent>, EventError> {
    if data.is_empty() {
        return Ok(None);
    }
    if let (DELTA_NAME | DEFAULT_NAME, Some(event)) = (name, read_delta(data)) {
        return Ok(Some(event));
    }
    match (name, parse(data)) {
        ("error", Ok(StreamEvent::Error(response))) => Ok(Some(StreamEvent::Error(response))),
        ("error", _) => Ok(Some(error_event(data).into())),
        ("ping", Ok(StreamEvent::Ping(ping))) => Ok(Some(ping.into())),
        ("ping", _) => Ok(Some(PingEvent::new().into())),
        (_, Ok(event)) => Ok(Some(event)),
        (_, Err(source)) => read_irregular(name, data, source),
    }
}

fn parse(data: &str) -> Result<StreamEvent, serde_json::Error> {
    serde_json::from_str(data)
}

/// Converts data of any form to an `error` event.
#[cold]
fn error_event(data: &str) -> ErrorResponse {
    if let Ok(StreamEvent::Error(response)) = parse(&with_type("error", data)) {
        return *response;
    }
    if let Ok(object) = serde_json::from_str::<ErrorObject>(data) {
        return ErrorResponse::new(object);
    }
    ErrorResponse::new(ErrorObject::new(ErrorType::Api, text::start(data, MAX_ERROR_TEXT_BYTES)))
}

/// Reads data that could not be parsed as an event by itself; `source` is the error. Returns `None` if the
/// event is to be skipped.
#[cold]
fn read_irregular(
    name: &str,
    data: &str,
    source: serde_json::Error,
) -> Result<Option<StreamEvent>, EventError> {
    /// Any object. Its `type` may have any JSON type.
    #[derive(Deserialize)]
    struct Typed {
        r#type: Option<Json>,
    }

    let is_named = name != DEFAULT_NAME;
    if data.trim() == "[DONE]" {
        return Ok(None);
    }
    let object = Some(data).filter(|data| data.trim_start().starts_with('{'));
    match object.map(serde_json::from_str) {
        Some(Ok(Typed { r#type: None })) if is_named => match parse(&with_type(name, data)) {
            Ok(event) => Ok(Some(event)),
            Err(source) => Err(EventError::Malformed { event: shortened(name), source }),
        },
        Some(Ok(Typed { r#type: Some(tag) })) if !is_named => {
            let event = tag.decode::<String>().unwrap_or_else(|_| name.to_owned());
            Err(EventError::Malformed { event: shortened(&event), source })
        }
        None if is_named && !StreamEvent::TAGS.contains(&name) => Ok(None),
        _ => Err(EventError::Malformed { event: shortened(name), source }),
    }
}

/// Returns the object `data` with the `type` `name` in front.
fn with_type(name: &str, data: &str) -> String {
    let entries = data.trim_start().strip_prefix('{').unwrap_or_default();
    let comma = if entries.trim_start().starts_with('}') { "" } else { "," };
    format!("{{\"type\":{}{comma}{entries}", serde_json::Value::from(name))
}

fn shortened(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(MAX_NAME_CHARS).collect()
}
