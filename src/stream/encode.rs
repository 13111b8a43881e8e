//! The conversion of events to bytes.

use bytes::BytesMut;

use super::canonical;
use crate::types::events::StreamEvent;
use crate::wire::{Field, push_json};

/// Appends `event` to `out` as one frame of an event stream: its name, its JSON in one line, and a blank
/// line.
///
/// The name is the `type` of the event. An unknown event whose `type` contains a line break or a NUL is
/// written without a name, and receivers use the `type` in the data.
///
/// ```
/// use messages_api::stream::encode_event;
/// use messages_api::types::events::PingEvent;
///
/// let mut out = bytes::BytesMut::new();
/// encode_event(&PingEvent::new().into(), &mut out);
/// assert_eq!(&out[..], b"event: ping\ndata: {\"type\":\"ping\"}\n\n");
/// ```
pub fn encode_event(event: &StreamEvent, out: &mut BytesMut) {
    write_head(event, out);
    // The JSON contains no line break: strings escape theirs and `Json` has none.
    if !canonical::write(event, out) {
        push_json(out, event.view());
    }
    out.extend_from_slice(b"\n\n");
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
