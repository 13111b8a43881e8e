//! The conversion of frames to bytes.

use std::time::Duration;

use bytes::BytesMut;
use memchr::{memchr, memchr2};

use super::error::EncodeError;
use super::frame::{Frame, FrameRef};

/// An encoder that writes events in one canonical form.
///
/// The form is `event`, `id`, `retry`, one `data` line for each line of the payload, and a blank line. Fields
/// that are not set and an empty event type are left out, lines end in LF, and there is no byte order mark. A receiver that follows
/// WHATWG HTML, section 9.2.6, decodes exactly what was encoded, except that CRLF and CR within the payload
/// arrive as LF.
///
/// ```
/// use bytes::BytesMut;
/// use messages_api::sse::{EncodeError, Encoder, FrameFields};
///
/// let encoder = Encoder::new();
/// let mut out = BytesMut::new();
/// encoder.encode(FrameFields::new(r#"{"type":"ping"}"#).event("ping"), &mut out)?;
/// encoder.encode(FrameFields::new("two\nlines"), &mut out)?;
/// assert_eq!(
///     out,
///     "event: ping\ndata: {\"type\":\"ping\"}\n\ndata: two\ndata: lines\n\n",
/// );
///
/// let forged = FrameFields::new("{}").event("ping\ndata: forged");
/// assert_eq!(
///     encoder.encode(forged, &mut out),
///     Err(EncodeError::LineBreakInEvent),
/// );
/// # Ok::<(), EncodeError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Encoder;

impl Encoder {
    /// Creates an encoder. It has no state, so one encoder serves any number of streams.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }

    /// Appends one event to `out`.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] when the event type or the id contains a CR or LF, or the id a NUL. `out` is then
    /// unchanged.
    pub fn encode<'a>(
        &self,
        frame: impl Into<FrameFields<'a>>,
        out: &mut BytesMut,
    ) -> Result<(), EncodeError> {
        let FrameFields { event, id, retry, data } = frame.into();
        // Some receivers take an empty event type as it is, although the standard means `message` by it.
        let event = event.filter(|event| !event.is_empty());
        if event.is_some_and(has_line_break) {
            return Err(EncodeError::LineBreakInEvent);
        }
        if let Some(id) = id {
            if has_line_break(id) {
                return Err(EncodeError::LineBreakInId);
            }
            if memchr(0, id.as_bytes()).is_some() {
                return Err(EncodeError::NulInId);
            }
        }

        // Exact for one line of data and no retry, so that the usual event grows the buffer at most once.
        out.reserve(
            event.map_or(0, |event| event.len() + 8) + id.map_or(0, |id| id.len() + 5) + data.len() + 8,
        );
        if let Some(event) = event {
            line(b"event: ", event.as_bytes(), out);
        }
        if let Some(id) = id {
            line(b"id: ", id.as_bytes(), out);
        }
        if let Some(delay) = retry {
            retry_line(delay, out);
        }
        data_lines(data.as_bytes(), out);
        out.extend_from_slice(b"\n");
        Ok(())
    }

    /// Appends a comment and a blank line to `out`. Receivers skip it.
    ///
    /// A comment keeps an idle connection open. Between the events of a message prefer a `ping` event,
    /// because not every SDK skips the blank line after a comment.
    ///
    /// # Errors
    ///
    /// [`EncodeError::LineBreakInComment`] when `text` contains a CR or LF. `out` is then unchanged.
    pub fn comment(&self, text: &str, out: &mut BytesMut) -> Result<(), EncodeError> {
        if has_line_break(text) {
            return Err(EncodeError::LineBreakInComment);
        }
        out.reserve(text.len() + 4);
        line(b": ", text.as_bytes(), out);
        out.extend_from_slice(b"\n");
        Ok(())
    }

    /// Appends a reconnection time and a blank line to `out`, without an event.
    ///
    /// The unit on the wire is the millisecond; fractions are cut off.
    pub fn retry(&self, delay: Duration, out: &mut BytesMut) {
        retry_line(delay, out);
        out.extend_from_slice(b"\n");
    }
}

/// The fields of one event to encode.
///
/// The payload is required, since receivers drop an event without one.
///
/// ```
/// use std::time::Duration;
///
/// use bytes::BytesMut;
/// use messages_api::sse::{Encoder, FrameFields};
///
/// let fields = FrameFields::new("hello")
///     .event("greeting")
///     .id("7")
///     .retry(Duration::from_secs(3));
/// let mut out = BytesMut::new();
/// Encoder::new().encode(fields, &mut out)?;
/// assert_eq!(out, "event: greeting\nid: 7\nretry: 3000\ndata: hello\n\n");
/// # Ok::<(), messages_api::sse::EncodeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[must_use]
pub struct FrameFields<'a> {
    event: Option<&'a str>,
    id: Option<&'a str>,
    retry: Option<Duration>,
    data: &'a str,
}

impl<'a> FrameFields<'a> {
    /// Creates an event with this payload and no other field.
    ///
    /// The payload may be any text. Each CRLF, CR or LF in it starts a new `data` line and is decoded as LF.
    pub const fn new(data: &'a str) -> Self {
        Self { event: None, id: None, retry: None, data }
    }

    /// Sets the event type. Without one receivers use `message`; an empty one is not written.
    pub const fn event(mut self, event: &'a str) -> Self {
        self.event = Some(event);
        self
    }

    /// Sets the id, which stays in effect for later events. An empty id clears it.
    pub const fn id(mut self, id: &'a str) -> Self {
        self.id = Some(id);
        self
    }

    /// Sets the reconnection time, which is sent in whole milliseconds.
    pub const fn retry(mut self, delay: Duration) -> Self {
        self.retry = Some(delay);
        self
    }
}

/// Forwards a decoded event, with the id that is in effect for it, if any.
impl<'a> From<FrameRef<'a>> for FrameFields<'a> {
    fn from(frame: FrameRef<'a>) -> Self {
        Self {
            event: Some(frame.event()),
            id: Some(frame.id()).filter(|id| !id.is_empty()),
            retry: None,
            data: frame.data(),
        }
    }
}

/// Forwards a decoded event, with the id that is in effect for it, if any.
impl<'a> From<&'a Frame> for FrameFields<'a> {
    fn from(frame: &'a Frame) -> Self {
        frame.as_ref().into()
    }
}

fn has_line_break(text: &str) -> bool {
    memchr2(b'\n', b'\r', text.as_bytes()).is_some()
}

fn line(name: &[u8], value: &[u8], out: &mut BytesMut) {
    out.extend_from_slice(name);
    out.extend_from_slice(value);
    out.extend_from_slice(b"\n");
}

fn retry_line(delay: Duration, out: &mut BytesMut) {
    // Receivers store it in 64 bits.
    let millis = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
    line(b"retry: ", millis.to_string().as_bytes(), out);
}

fn data_lines(mut data: &[u8], out: &mut BytesMut) {
    while let Some(end) = memchr2(b'\n', b'\r', data) {
        line(b"data: ", &data[..end], out);
        let ending = if data[end..].starts_with(b"\r\n") { 2 } else { 1 };
        data = &data[end + ending..];
    }
    line(b"data: ", data, out);
}
