//! Events to frames.

use std::io::{self, Write};

use bytes::BytesMut;

use super::canonical;
use crate::error::{Error, ErrorKind};
use crate::model::StreamEvent;

/// Writes `event` as one frame of an event stream: its name, its JSON in one
/// line, a blank line.
///
/// An unknown event goes out under its own `type`, unless that cannot stand in
/// a line: then the frame has no name, and receivers read the `type` in it.
///
/// # Errors
///
/// When the event cannot be written as JSON. Nothing is written then.
///
/// ```
/// use messages_api::{PingEvent, encode_event};
///
/// let mut out = bytes::BytesMut::new();
/// encode_event(&PingEvent::new().into(), &mut out)?;
/// assert_eq!(&out[..], b"event: ping\ndata: {\"type\":\"ping\"}\n\n");
/// # Ok::<(), messages_api::Error>(())
/// ```
pub fn encode_event(event: &StreamEvent, out: &mut BytesMut) -> Result<(), Error> {
    if canonical::write(event, out) {
        return Ok(());
    }
    let start = out.len();
    let name = event.type_name();
    if let Some(head) = canonical::head(event) {
        out.extend_from_slice(head);
    } else if name.is_empty() || name.contains(['\r', '\n', '\0']) {
        out.extend_from_slice(b"data: ");
    } else {
        out.extend_from_slice(b"event: ");
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\ndata: ");
    }
    // JSON text holds no line break: strings escape theirs and `Json` has none.
    if let Err(error) = serde_json::to_writer(Sink(out), event) {
        out.truncate(start);
        return Err(Error::new(ErrorKind::Protocol, "an event cannot be written as JSON").with_source(error));
    }
    out.extend_from_slice(b"\n\n");
    Ok(())
}

/// JSON comes in pieces of a few bytes, so it counts what each of them costs.
struct Sink<'a>(&'a mut BytesMut);

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
