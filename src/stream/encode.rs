//! Events to frames.

use bytes::{BufMut, BytesMut};

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
    let start = out.len();
    let name = event.type_name();
    if !name.contains(['\r', '\n', '\0']) {
        out.put_slice(b"event: ");
        out.put_slice(name.as_bytes());
        out.put_slice(b"\n");
    }
    out.put_slice(b"data: ");
    // JSON text holds no line break: strings escape theirs and `Json` has none.
    if let Err(error) = serde_json::to_writer((&mut *out).writer(), event) {
        out.truncate(start);
        return Err(Error::new(ErrorKind::Protocol, "an event cannot be written as JSON").with_source(error));
    }
    out.put_slice(b"\n\n");
    Ok(())
}
