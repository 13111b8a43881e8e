//! A shortcut that reads and writes the most common events without serde.
//!
//! Nearly all events of a stream are deltas with one text and a fixed order of keys. Events in any other form
//! are left to serde. Where both ways apply they give the same result, which the tests check.

use bytes::BytesMut;

use super::decode::DEFAULT_NAME;
use crate::json::{push_escaped, read_string, room_for};
use crate::types::events::{
    ContentBlockDelta, ContentBlockDeltaEvent, InputJsonDelta, StreamEvent, TextDelta, ThinkingDelta,
};

/// The name of a delta.
const DELTA_NAME: &str = "content_block_delta";

const INDEX: &[u8] = b"{\"type\":\"content_block_delta\",\"index\":";
const DELTA: &[u8] = b",\"delta\":{\"type\":\"";
const TEXT: &[u8] = b"text_delta\",\"text\":\"";
const INPUT_JSON: &[u8] = b"input_json_delta\",\"partial_json\":\"";
const THINKING: &[u8] = b"thinking_delta\",\"thinking\":\"";
const END: &[u8] = b"\"}}";

/// The number of digits of `u64::MAX`.
const MAX_DIGITS: usize = 20;

/// A reader of deltas in the usual form.
///
/// Most deltas begin like the one before, up to their text. The reader keeps that beginning, so that one
/// comparison replaces reading it.
#[derive(Clone, Debug, Default)]
pub(super) struct DeltaReader {
    /// What preceded the text of the last delta, from the start of its frame if it was read there; empty
    /// before the first.
    start: Vec<u8>,
    /// Where the delta begins in `start`; 0 if that does not begin with a frame.
    data: usize,
    index: u64,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, Default)]
enum Kind {
    #[default]
    Text,
    InputJson,
    Thinking,
}

impl DeltaReader {
    /// Reads the delta in the frame that `bytes` start with. Returns its text, of which
    /// [`event`](Self::event) makes the event, and the length of the frame up to the end of the delta.
    /// Returns `None` for everything else, legal or not.
    #[inline(always)]
    pub(super) fn read_frame(&mut self, bytes: &[u8]) -> Option<(String, usize)> {
        if self.data == 0 || !bytes.starts_with(&self.start) {
            self.learn_frame(bytes)?;
        }
        read_rest(bytes, self.start.len())
    }

    /// Reads the delta that is all of `data`, of an event with the given name. Returns its text, or `None`
    /// for everything else.
    pub(super) fn read(&mut self, name: &str, data: &[u8]) -> Option<String> {
        if !matches!(name, DELTA_NAME | DEFAULT_NAME) {
            return None;
        }
        if self.start.is_empty() || !data.starts_with(&self.start[self.data..]) {
            self.learn(data, 0)?;
        }
        let (text, len) = read_rest(data, self.start.len() - self.data)?;
        (len == data.len()).then_some(text)
    }

    /// Returns the event of the delta that was read last, whose text is `text`.
    ///
    /// An event is large. It is made where it is handed over, since each place that it passes through costs
    /// as much as reading a part of it.
    #[inline]
    pub(super) fn event(&self, text: String) -> StreamEvent {
        let delta: ContentBlockDelta = match self.kind {
            Kind::Text => TextDelta::new(text).into(),
            Kind::InputJson => InputJsonDelta::new(text).into(),
            Kind::Thinking => ThinkingDelta::new(text).into(),
        };
        ContentBlockDeltaEvent::new(self.index, delta).into()
    }

    /// Keeps what the frame in `bytes` begins with.
    #[cold]
    fn learn_frame(&mut self, bytes: &[u8]) -> Option<()> {
        let rest = match bytes.strip_prefix(b"event:") {
            Some(rest) => {
                let name = rest.strip_prefix(b" ").unwrap_or(rest);
                let rest = name.strip_prefix(DELTA_NAME.as_bytes())?;
                rest.strip_prefix(b"\r").unwrap_or(rest).strip_prefix(b"\n")?
            }
            None => bytes,
        };
        let data = rest.strip_prefix(b"data:")?;
        let data = data.strip_prefix(b" ").unwrap_or(data);
        self.learn(bytes, bytes.len() - data.len())
    }

    /// Keeps what `bytes` begin with, in which a delta begins at `data`.
    #[cold]
    fn learn(&mut self, bytes: &[u8], data: usize) -> Option<()> {
        let rest = bytes[data..].strip_prefix(INDEX)?;
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits > 1 && rest.starts_with(b"0") {
            return None;
        }
        let index = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
        let delta = rest[digits..].strip_prefix(DELTA)?;
        let kinds = [(TEXT, Kind::Text), (INPUT_JSON, Kind::InputJson), (THINKING, Kind::Thinking)];
        let (name, kind) = kinds.into_iter().find(|(name, _)| delta.starts_with(name))?;
        let len = bytes.len() - delta.len() + name.len();
        self.start.clear();
        self.start.extend_from_slice(&bytes[..len]);
        (self.data, self.index, self.kind) = (data, index, kind);
        Some(())
    }
}

/// Reads the text at `start` of `bytes`, and the end of its delta. Returns the text and the position after
/// that end.
///
/// What is before the text is known, so only the text itself need be checked for UTF-8.
#[inline(always)]
fn read_rest(bytes: &[u8], start: usize) -> Option<(String, usize)> {
    let body = &bytes[start..];
    let (text, len) = read_string(body)?;
    // The API pads some events with spaces before the last brace.
    let mut rest = body[len..].strip_prefix(b"}")?;
    while let [b' ', padded @ ..] = rest {
        rest = padded;
    }
    let rest = rest.strip_prefix(b"}")?;
    Some((text, bytes.len() - rest.len()))
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
    out.reserve(INDEX.len() + MAX_DIGITS + DELTA.len() + kind.len() + room_for(text) + END.len());
    out.extend_from_slice(INDEX);
    out.extend_from_slice(itoa::Buffer::new().format(event.index).as_bytes());
    out.extend_from_slice(DELTA);
    out.extend_from_slice(kind);
    push_escaped(out, text);
    out.extend_from_slice(END);
    true
}
