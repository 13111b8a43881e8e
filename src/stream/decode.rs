//! Frames to events.

use bytes::Bytes;
use serde::Deserialize;

use super::canonical::read_delta;
use crate::error::{Error, ErrorKind};
use crate::json::Json;
use crate::sse::{DecodeError, Decoder};
use crate::types::events::{PingEvent, StreamEvent};
use crate::types::{ErrorObject, ErrorResponse, ErrorType};
use crate::wire::WireUnion;

/// The name of an event whose sender gave it none.
const DEFAULT_NAME: &str = "message";

/// The name of most events.
const DELTA_NAME: &str = "content_block_delta";

/// How much is kept of the text of an error that is no JSON.
const MAX_ERROR_TEXT_BYTES: usize = 4096;

/// How much of the name of an event stands in an error.
const MAX_NAME_CHARS: usize = 64;

/// Decodes the bytes of a streamed answer into its events, without I/O.
///
/// ```
/// use messages_api::stream::EventDecoder;
///
/// let mut decoder = EventDecoder::new();
/// decoder.push(&b"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"ind"[..]);
/// assert!(decoder.next()?.is_none());
///
/// decoder.push(&b"ex\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hel\"}}\n\n"[..]);
/// let event = decoder.next()?.expect("the event is whole now");
/// assert_eq!(event.text_delta(), Some("Hel"));
/// # Ok::<(), messages_api::stream::EventError>(())
/// ```
///
/// # What counts as which event
///
/// The `type` in the data says what an event is, and where it has none the
/// name of the event does; a stream without names is fine. An event that this
/// version does not know is kept. The names `error` and `ping` count whatever
/// the data: text that is no error object is the message of an
/// [`ErrorType::Api`] error. Skipped are events without data, `[DONE]`, and
/// those with a name of their own whose data is no JSON object.
#[derive(Clone, Debug, Default)]
pub struct EventDecoder {
    frames: Decoder,
}

impl EventDecoder {
    /// A decoder at the start of a stream, with the default limits.
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits the size of an event, in bytes; 32 MiB unless set, `usize::MAX`
    /// for no limit.
    #[must_use]
    pub fn max_event_bytes(self, limit: usize) -> Self {
        Self { frames: self.frames.max_event_bytes(limit).max_line_bytes(limit) }
    }

    /// Hands over the next bytes of the stream.
    pub fn push(&mut self, chunk: impl Into<Bytes>) {
        self.frames.push(chunk);
    }

    /// The next event; `None` when that takes more bytes.
    ///
    /// # Errors
    ///
    /// When a limit is passed, after which every call fails, or when an event
    /// is not what the protocol says, after which the next call goes on with
    /// the next event.
    #[expect(clippy::should_implement_trait, reason = "one more push may follow a `None`")]
    pub fn next(&mut self) -> Result<Option<StreamEvent>, EventError> {
        while let Some(frame) = self.frames.next()? {
            if let Some(event) = read(frame.event(), frame.data())? {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }
}

/// Why bytes are no event.
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
    /// A line or an event is longer than the limit.
    #[error(transparent)]
    TooLong(#[from] DecodeError),
    /// The data is no JSON, or misses what its `type` needs.
    #[error("the event `{event}` cannot be read: {source}")]
    Malformed {
        /// The name of the event, or its `type` where it has none; shortened.
        event: String,
        /// What is wrong, and where.
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

/// An event of the name `error`, whatever its data.
#[cold]
fn error_event(data: &str) -> ErrorResponse {
    if let Ok(StreamEvent::Error(response)) = parse(&with_type("error", data)) {
        return *response;
    }
    if let Ok(object) = serde_json::from_str::<ErrorObject>(data) {
        return ErrorResponse::new(object);
    }
    let end = (0..=MAX_ERROR_TEXT_BYTES.min(data.len())).rev().find(|&at| data.is_char_boundary(at));
    ErrorResponse::new(ErrorObject::new(ErrorType::Api, &data[..end.unwrap_or(0)]))
}

/// Reads what is no event by itself, if it is one at all.
#[cold]
fn read_irregular(
    name: &str,
    data: &str,
    source: serde_json::Error,
) -> Result<Option<StreamEvent>, EventError> {
    /// Any object; `type` may be anything.
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

/// The object `data` with a `type`.
fn with_type(name: &str, data: &str) -> String {
    let entries = data.trim_start().strip_prefix('{').unwrap_or_default();
    let comma = if entries.trim_start().starts_with('}') { "" } else { "," };
    format!("{{\"type\":{}{comma}{entries}", serde_json::Value::from(name))
}

fn shortened(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(MAX_NAME_CHARS).collect()
}
