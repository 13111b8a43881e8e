//! A shortcut that reads and writes the most common events without serde.
//!
//! Nearly all events of a stream are deltas with one text and a fixed order of keys. Events in any other form
//! are left to serde. Where both ways apply they give the same result, which the tests check.

use bytes::BytesMut;

use crate::json::{end_of_string, push_escaped, unescape};
use crate::types::events::{
    ContentBlockDelta, ContentBlockDeltaEvent, InputJsonDelta, StreamEvent, TextDelta, ThinkingDelta,
};

const INDEX: &[u8] = b"{\"type\":\"content_block_delta\",\"index\":";
const DELTA: &[u8] = b",\"delta\":{\"type\":\"";
const TEXT: &[u8] = b"text_delta\",\"text\":\"";
const INPUT_JSON: &[u8] = b"input_json_delta\",\"partial_json\":\"";
const THINKING: &[u8] = b"thinking_delta\",\"thinking\":\"";
const END: &[u8] = b"\"}}";

/// The number of digits of `u64::MAX`.
const MAX_DIGITS: usize = 20;

/// Reads a delta in the usual form. Returns `None` for everything else, legal or not.
///
/// Of the bytes, only the text itself need be checked for UTF-8: the others are known.
pub(super) fn read_delta(data: &[u8]) -> Option<StreamEvent> {
    let rest = data.strip_prefix(INDEX)?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits > 1 && rest.starts_with(b"0") {
        return None;
    }
    let index = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
    let rest = rest[digits..].strip_prefix(DELTA)?;
    let text = |body: &[u8]| {
        let end = end_of_string(body, 0);
        // The API pads some events with spaces before the last brace.
        let mut rest = body.get(end..)?.strip_prefix(b"}")?.iter().skip_while(|byte| **byte == b' ');
        if (rest.next(), rest.next()) != (Some(&b'}'), None) {
            return None;
        }
        unescape(std::str::from_utf8(&body[..end - 1]).ok()?)
    };
    let delta: ContentBlockDelta = if let Some(body) = rest.strip_prefix(TEXT) {
        TextDelta::new(text(body)?).into()
    } else if let Some(body) = rest.strip_prefix(INPUT_JSON) {
        InputJsonDelta::new(text(body)?).into()
    } else if let Some(body) = rest.strip_prefix(THINKING) {
        ThinkingDelta::new(text(body)?).into()
    } else {
        return None;
    };
    Some(ContentBlockDeltaEvent::new(index, delta).into())
}

/// Writes the JSON of an event in the usual form. Returns `false`, and writes nothing, for any other event.
pub(super) fn write(event: &StreamEvent, out: &mut BytesMut) -> bool {
    match event {
        StreamEvent::ContentBlockDelta(event) => return write_delta(event, out),
        StreamEvent::ContentBlockStop(event) if event.extra.is_empty() => {
            out.extend_from_slice(b"{\"type\":\"content_block_stop\",\"index\":");
            out.extend_from_slice(itoa::Buffer::new().format(event.index).as_bytes());
            out.extend_from_slice(b"}");
        }
        StreamEvent::MessageStop(event) if event.extra.is_empty() => {
            out.extend_from_slice(b"{\"type\":\"message_stop\"}");
        }
        StreamEvent::Ping(event) if event.extra.is_empty() => {
            out.extend_from_slice(b"{\"type\":\"ping\"}");
        }
        _ => return false,
    }
    true
}

fn write_delta(event: &ContentBlockDeltaEvent, out: &mut BytesMut) -> bool {
    let (kind, text) = match &event.delta {
        ContentBlockDelta::Text(delta) if delta.is_plain() => (TEXT, &delta.text),
        ContentBlockDelta::InputJson(delta) if delta.is_plain() => (INPUT_JSON, &delta.partial_json),
        ContentBlockDelta::Thinking(delta) if delta.is_plain() => (THINKING, &delta.thinking),
        _ => return false,
    };
    if !event.extra.is_empty() {
        return false;
    }
    out.reserve(INDEX.len() + MAX_DIGITS + DELTA.len() + kind.len() + text.len() + END.len());
    out.extend_from_slice(INDEX);
    out.extend_from_slice(itoa::Buffer::new().format(event.index).as_bytes());
    out.extend_from_slice(DELTA);
    out.extend_from_slice(kind);
    push_escaped(out, text);
    out.extend_from_slice(END);
    true
}
