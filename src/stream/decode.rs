//! Frames to events.

use bytes::Bytes;

use crate::error::{Error, ErrorKind};
use crate::json::check_depth;
use crate::model::{ErrorObject, ErrorResponse, ErrorType, PingEvent, StreamEvent};
use crate::sse::{DecodeError, Decoder, FrameRef};

/// Reads events from the bytes of an event stream, without doing any I/O.
///
/// The `type` in the data says what an event is, so a stream without `event:`
/// lines is read as well; the name of the frame counts only where the data has
/// no `type`. Unknown events are kept, frames without data and the line
/// `[DONE]`, which some servers end with, are passed over.
///
/// ```
/// use messages_api::EventDecoder;
///
/// let mut decoder = EventDecoder::new();
/// decoder.push("data: {\"type\":\"message_stop\"}\n\n");
/// let event = decoder.next()?.expect("the frame is complete");
/// assert_eq!(event.type_name(), "message_stop");
/// assert!(decoder.next()?.is_none());
/// # Ok::<(), messages_api::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct EventDecoder {
    frames: Decoder,
}

impl EventDecoder {
    /// A decoder with the limits of [`Decoder::new`].
    pub fn new() -> Self {
        Self::default()
    }

    /// The longest event, in bytes; 32 MiB unless set, `usize::MAX` for none.
    #[must_use]
    pub fn max_event_bytes(self, limit: usize) -> Self {
        Self { frames: self.frames.max_event_bytes(limit).max_line_bytes(limit) }
    }

    /// Hands over the next bytes.
    pub fn push(&mut self, bytes: impl Into<Bytes>) {
        self.frames.push(bytes);
    }

    /// The next event; `None` when more bytes are needed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Protocol`] when a frame is no event, [`ErrorKind::TooLarge`]
    /// when one exceeds the limit. Reading may go on after the former.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Option<StreamEvent>, Error> {
        while let Some(frame) = self.frames.next()? {
            if let Some(event) = read(frame)? {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }
}

fn read(frame: FrameRef<'_>) -> Result<Option<StreamEvent>, Error> {
    let data = frame.data();
    if frame.event() == "ping" {
        return Ok(Some(serde_json::from_str(data).unwrap_or_else(|_| PingEvent::new().into())));
    }
    if data.is_empty() || data == "[DONE]" {
        return Ok(None);
    }
    check_depth(data.as_bytes()).map_err(|error| not_an_event(frame, error))?;
    match serde_json::from_str(data) {
        Ok(event) => Ok(Some(event)),
        // Proxies put plain text into an error event.
        Err(_) if frame.event() == "error" => Ok(Some(error_event(data))),
        Err(error) if error.to_string().starts_with("type: missing field") && frame.event() != "message" => {
            with_type(frame).map(Some)
        }
        Err(error) => Err(not_an_event(frame, error)),
    }
}

/// The event in data that leaves its `type` to the name of the frame.
fn with_type(frame: FrameRef<'_>) -> Result<StreamEvent, Error> {
    let name = serde_json::Value::from(frame.event());
    let fields = frame.data().trim_start().trim_start_matches('{').trim_start();
    let comma = if fields.starts_with('}') { "" } else { "," };
    serde_json::from_str(&format!("{{\"type\":{name}{comma}{fields}"))
        .map_err(|error| not_an_event(frame, error))
}

fn error_event(text: &str) -> StreamEvent {
    const MAX_CHARS: usize = 1000;
    let message: String = text.chars().take(MAX_CHARS).collect();
    ErrorResponse::new(ErrorObject::new(ErrorType::Api, message)).into()
}

fn not_an_event(frame: FrameRef<'_>, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    let name: String = frame.event().chars().filter(|c| !c.is_control()).take(64).collect();
    Error::new(ErrorKind::Protocol, format!("the event `{name}` cannot be read: {error}")).with_source(error)
}

impl From<DecodeError> for Error {
    fn from(error: DecodeError) -> Self {
        Self::new(ErrorKind::TooLarge, error.to_string()).with_source(error)
    }
}
