//! Events to frames.

use bytes::{BufMut, BytesMut};

use crate::error::{Error, ErrorKind};
use crate::model::{ContentBlockDelta, StreamEvent};

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
    if encode_text_delta(event, out).is_some() {
        return Ok(());
    }
    let start = out.len();
    let name = event.type_name();
    if !name.is_empty() && !name.contains(['\r', '\n', '\0']) {
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

/// Writes the event that nearly all are; `None` when it is another one.
fn encode_text_delta(event: &StreamEvent, out: &mut BytesMut) -> Option<()> {
    const HEAD: &[u8] = b"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":";
    const DELTA: &[u8] = b",\"delta\":{\"type\":\"text_delta\",\"text\":\"";
    const TAIL: &[u8] = b"\"}}\n\n";
    const MAX_DIGITS: usize = 20;

    let StreamEvent::ContentBlockDelta(event) = event else { return None };
    let ContentBlockDelta::Text(delta) = &event.delta else { return None };
    if !event.extra.is_empty() || !delta.extra.is_empty() || has_escapes(delta.text.as_bytes()) {
        return None;
    }
    out.reserve(HEAD.len() + MAX_DIGITS + DELTA.len() + delta.text.len() + TAIL.len());
    out.extend_from_slice(HEAD);
    let mut digits = [0; MAX_DIGITS];
    out.extend_from_slice(decimal(event.index, &mut digits));
    out.extend_from_slice(DELTA);
    out.extend_from_slice(delta.text.as_bytes());
    out.extend_from_slice(TAIL);
    Some(())
}

/// Whether JSON writes one of the bytes of a string as an escape.
fn has_escapes(text: &[u8]) -> bool {
    // Without a branch a byte, so that it is done many bytes at a time.
    let chunk_has = |chunk: &[u8]| {
        chunk.iter().fold(false, |found, &byte| found | (byte < 0x20) | (byte == b'"') | (byte == b'\\'))
    };
    text.chunks(64).any(chunk_has)
}

fn decimal(mut number: u64, digits: &mut [u8; 20]) -> &[u8] {
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return &digits[at..];
        }
    }
}
