//! The conversion of bytes to events.

use std::collections::VecDeque;

use bytes::Bytes;
use http::StatusCode;

use super::canonical::DeltaReader;
use super::halves::Halves;
use crate::error::{Error, ErrorKind, read_document};
use crate::json::{Budget, Json, fields};
use crate::sse::{DecodeError, Decoder};
use crate::text;
use crate::types::events::{PingEvent, StreamEvent};
use crate::types::{ErrorObject, ErrorResponse, ErrorType};
use crate::wire::{Tagged, Unknown};

/// The name of an event that was sent without one.
pub(super) const DEFAULT_NAME: &str = "message";

/// The maximum number of characters of an event's name that an error contains.
const MAX_NAME_CHARS: usize = 64;

/// The maximum length in bytes of the message of an error whose form is not known.
const MAX_MESSAGE_BYTES: usize = 4096;

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
///   an `error` has another form than the protocol's, the text in it becomes the message of the error, whose
///   type is [`ErrorType::Api`] unless the data names one or has an HTTP status as `code`.
/// - An object without a name and a `type` is an `error` if it has a field `error`. Otherwise it becomes a
///   [`StreamEvent::Unknown`] whose [`type_name`](StreamEvent::type_name) is empty.
/// - Three kinds of events are skipped: those without data, those whose data is `[DONE]`, and those of an
///   unknown name whose data is not a JSON object.
///
/// # Characters that are cut in two
///
/// JSON can write half a surrogate pair, such as `\ud83d`. If the first half ends a text, thinking or input
/// delta and the second one begins the next delta of the block, the character is a part of the latter. A half
/// that stays alone becomes U+FFFD. [`strict`](Self::strict) makes both errors.
///
/// # Limits
///
/// An event may be up to 32 MiB long; [`max_event_bytes`](Self::max_event_bytes) changes that. The memory that
/// it may take is about 12 times its length, which only events of thousands of tiny parts exceed.
#[derive(Clone, Debug, Default)]
pub struct EventDecoder {
    frames: Decoder,
    is_strict: bool,
    halves: Halves,
    deltas: DeltaReader,
    /// Events that have been read already; nearly always empty.
    ready: VecDeque<StreamEvent>,
}

impl EventDecoder {
    /// Creates a decoder at the start of a stream, with the default limit.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the maximum size of an event in bytes; 32 MiB by default, `usize::MAX` for no limit.
    #[must_use]
    pub fn max_event_bytes(self, limit: usize) -> Self {
        Self { frames: self.frames.max_event_bytes(limit).max_line_bytes(limit), ..self }
    }

    /// Sets whether faults in the bytes are errors although they can be mended; `false` by default.
    ///
    /// These are half surrogate pairs, and a `message_stop` that ends the stream without a blank line. See
    /// [`MessageStream::strict`](crate::stream::MessageStream::strict) for faults in the order of events.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.is_strict = strict;
        self
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
    /// - [`EventError::TooMuchMemory`] when an event would take too much memory. The next call goes on with the
    ///   event after it.
    /// - [`EventError::Malformed`] when an event violates the protocol. The next call goes on with the event
    ///   after it.
    #[expect(clippy::should_implement_trait, reason = "`None` is not the end: more bytes may be pushed")]
    pub fn next(&mut self) -> Result<Option<StreamEvent>, EventError> {
        match self.next_delta() {
            None => self.next_other(),
            delta => Ok(delta),
        }
    }

    /// Returns the next event if it is a delta in the usual form that lies in one chunk, as nearly all events
    /// are.
    #[inline(always)]
    pub(super) fn next_delta(&mut self) -> Option<StreamEvent> {
        if !self.ready.is_empty() || !self.halves.is_empty() {
            return None;
        }
        let text = self.frames.next_by(|frame| self.deltas.read_frame(frame))?;
        Some(self.deltas.event(text))
    }

    #[inline(never)]
    fn next_other(&mut self) -> Result<Option<StreamEvent>, EventError> {
        if let Some(event) = self.ready.pop_front() {
            return Ok(Some(event));
        }
        while let Some((name, data)) = self.frames.next_raw()? {
            if self.halves.is_empty() {
                // A delta that lies in more than one chunk.
                if let Some(text) = self.deltas.read(name, data) {
                    return Ok(Some(self.deltas.event(text)));
                }
            }
            if let Some(event) = self.read_frame()? {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    /// Reads the last frame. Returns `None` if the event is to be skipped.
    fn read_frame(&mut self) -> Result<Option<StreamEvent>, EventError> {
        let frame = self.frames.last();
        let (mut event, is_mended) = match read(frame.event(), frame.data()) {
            Ok(event) => (event, false),
            Err(error) if self.is_strict => return Err(error),
            Err(error) => match self.halves.mend(frame.data()) {
                Some(data) => (read(frame.event(), &data)?, true),
                None => return Err(error),
            },
        };
        if !self.halves.is_empty() {
            let is_delta = matches!(event, Some(StreamEvent::ContentBlockDelta(_)));
            if let Some(event) = event.as_mut().filter(|_| !(is_mended && is_delta)) {
                self.halves.settle(event, &mut self.ready);
            }
        }
        if self.ready.is_empty() {
            return Ok(event);
        }
        self.ready.extend(event);
        Ok(self.ready.pop_front())
    }

    /// Ends the stream. Returns `message_stop` if the stream ends with a whole one that only lacks its blank
    /// line.
    ///
    /// Call this when there are no more bytes and [`next`](Self::next) has returned `None`. An event of any
    /// other type that lacks its blank line may be cut off, and is dropped.
    pub fn finish(&mut self) -> Option<StreamEvent> {
        if !self.is_strict {
            self.halves = Halves::default();
            self.frames.push(&b"\n\n"[..]);
        }
        let last = self.next().ok().flatten();
        self.frames.finish();
        last.filter(|event| matches!(event, StreamEvent::MessageStop(_)))
    }

    /// The same, with the event as the next one. After it there are no others, nor an error: an event that is
    /// larger than its limit and lacks its blank line was cut off like any other.
    pub(super) fn end(&mut self) {
        let last = self.finish();
        self.frames = Decoder::new();
        self.ready.extend(last);
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
    /// An event would take more than about 12 times its length in memory, because it consists of thousands of
    /// tiny parts.
    #[error("the event `{event}` would take more than 12 times its size in memory")]
    TooMuchMemory {
        /// The name of the event, possibly shortened.
        event: String,
    },
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
            EventError::TooLong(_) | EventError::TooMuchMemory { .. } => ErrorKind::TooLarge,
            EventError::Malformed { .. } => ErrorKind::Protocol,
        };
        Self::new(kind, error.to_string()).with_source(error)
    }
}

fn read(name: &str, data: &str) -> Result<Option<StreamEvent>, EventError> {
    if data.is_empty() {
        return Ok(None);
    }
    match (name, parse(name, data)?) {
        // Without a message, it may be an error of another form.
        (_, Ok(StreamEvent::Error(response))) if response.error.message.is_empty() => {
            let document = read_document(data, StatusCode::OK).map(|(_, document)| document);
            Ok(Some(document.unwrap_or(*response).into()))
        }
        ("error", Ok(StreamEvent::Error(response))) => Ok(Some(StreamEvent::Error(response))),
        ("error", _) => Ok(Some(read_error(data).into())),
        ("ping", Ok(StreamEvent::Ping(ping))) => Ok(Some(ping.into())),
        ("ping", _) => Ok(Some(PingEvent::new().into())),
        (_, Ok(event)) => Ok(Some(event)),
        (_, Err(source)) => read_irregular(name, data, source),
    }
}

/// Parses data as an event, within the limit on its memory.
fn parse(name: &str, data: &str) -> Result<serde_json::Result<StreamEvent>, EventError> {
    let budget = Budget::of_document(data.len());
    let parsed = serde_json::from_str(data);
    if budget.is_exceeded() {
        return Err(EventError::TooMuchMemory { event: shortened(name) });
    }
    Ok(parsed)
}

/// Reads data that could not be parsed as an event by itself; `source` is the error. Returns `None` if the
/// event is to be skipped.
#[cold]
fn read_irregular(
    name: &str,
    data: &str,
    source: serde_json::Error,
) -> Result<Option<StreamEvent>, EventError> {
    let is_named = name != DEFAULT_NAME;
    if data.trim() == "[DONE]" {
        return Ok(None);
    }
    let is_object = data.trim_start().starts_with('{');
    match fields(data, ["type", "error"]) {
        Ok([None, _]) if is_named => match parse(name, &with_type(name, data))? {
            Ok(event) => Ok(Some(event)),
            Err(source) => Err(EventError::Malformed { event: shortened(name), source }),
        },
        Ok([None, Some(_)]) => Ok(Some(read_error(data).into())),
        Ok([None, None]) => match Json::parse(data) {
            Ok(json) => Ok(Some(StreamEvent::Unknown(Unknown::untyped(json)))),
            Err(source) => Err(EventError::Malformed { event: shortened(name), source }),
        },
        Ok([Some(tag), _]) => {
            let tag = serde_json::from_str::<String>(tag).ok();
            if tag.as_deref() == Some("error") {
                return Ok(Some(read_error(data).into()));
            }
            let event = tag.filter(|_| !is_named).unwrap_or_else(|| name.to_owned());
            Err(EventError::Malformed { event: shortened(&event), source })
        }
        Err(_) if !is_object && is_named && !StreamEvent::TAGS.names.contains(&name) => Ok(None),
        Err(_) => Err(EventError::Malformed { event: shortened(name), source }),
    }
}

/// Converts the data of an error of any form. The message of an unknown form is the data itself.
#[cold]
fn read_error(data: &str) -> ErrorResponse {
    let document = read_document(data, StatusCode::OK).map(|(_, response)| response);
    document.unwrap_or_else(|| {
        ErrorResponse::new(ErrorObject::new(ErrorType::Api, text::start(data, MAX_MESSAGE_BYTES)))
    })
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
