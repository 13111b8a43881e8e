//! The conversion of events to bytes.

use std::io::{self, Write};

use bytes::BytesMut;

use super::canonical;
use crate::error::{Error, ErrorKind};
use crate::types::events::StreamEvent;

/// Appends `event` to `out` as one frame of an event stream: its name, its JSON in one line, and a blank
/// line.
///
/// The name is the `type` of the event. An unknown event whose `type` contains a line break or a NUL is
/// written without a name, and receivers use the `type` in the data.
///
/// # Errors
///
/// When the event cannot be written as JSON. `out` is then unchanged.
///
/// ```
/// use messages_api::stream::encode_event;
/// use messages_api::types::events::PingEvent;
///
/// let mut out = bytes::BytesMut::new();
/// encode_event(&PingEvent::new().into(), &mut out)?;
/// assert_eq!(&out[..], b"event: ping\ndata: {\"type\":\"ping\"}\n\n");
/// # Ok::<(), messages_api::Error>(())
/// ```
pub fn encode_event(event: &StreamEvent, out: &mut BytesMut) -> Result<(), Error> {
    let start = out.len();
    write_head(event, out);
    // The JSON contains no line break: strings escape theirs and `Json` has none.
    if !canonical::write(event, out) {
        if let Err(error) = serde_json::to_writer(Sink(out), event) {
            out.truncate(start);
            return Err(
                Error::new(ErrorKind::Protocol, "an event cannot be written as JSON").with_source(error)
            );
        }
    }
    out.extend_from_slice(b"\n\n");
    Ok(())
}

/// Writes the part of the frame before the JSON, in one piece if the event is known.
fn write_head(event: &StreamEvent, out: &mut BytesMut) {
    let head: &[u8] = match event {
        StreamEvent::MessageStart(_) => b"event: message_start\ndata: ",
        StreamEvent::ContentBlockStart(_) => b"event: content_block_start\ndata: ",
        StreamEvent::ContentBlockDelta(_) => b"event: content_block_delta\ndata: ",
        StreamEvent::ContentBlockStop(_) => b"event: content_block_stop\ndata: ",
        StreamEvent::MessageDelta(_) => b"event: message_delta\ndata: ",
        StreamEvent::MessageStop(_) => b"event: message_stop\ndata: ",
        StreamEvent::Ping(_) => b"event: ping\ndata: ",
        StreamEvent::Error(_) => b"event: error\ndata: ",
        StreamEvent::Unknown(unknown) => {
            let name = unknown.type_name();
            if !name.is_empty() && !name.contains(['\r', '\n', '\0']) {
                out.extend_from_slice(b"event: ");
                out.extend_from_slice(name.as_bytes());
                out.extend_from_slice(b"\n");
            }
            b"data: "
        }
    };
    out.extend_from_slice(head);
}

/// A sink for serde_json, which writes many pieces of a few bytes; hence the inlined `write_all`.
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
