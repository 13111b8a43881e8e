//! Surrogate pairs that are spread over two deltas.

use std::collections::VecDeque;
use std::ops::Range;

use crate::json::{Half, fields, lone_halves};
use crate::types::events::{
    ContentBlockDelta, ContentBlockDeltaEvent, InputJsonDelta, StreamEvent, TextDelta, ThinkingDelta,
};

/// The maximum number of halves that are held back. A stream that interleaves more blocks than this, all cut
/// within a character, is hostile.
const MAX_HELD: usize = 64;

/// The first halves of surrogate pairs at the end of deltas, which wait for the next delta of their block.
///
/// All of this is off the usual path: it starts once an event cannot be read as it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Halves(Vec<Held>);

#[derive(Clone, Copy, Debug)]
struct Held {
    place: Place,
    code: u16,
}

/// The text that a delta extends.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Place {
    index: u64,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Text,
    Thinking,
    InputJson,
}

impl Halves {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Rewrites the data of an event so that no half of a pair stands alone; returns `None` if none does. The
    /// first half of a pair at the end of a delta is held back, a second half at the start is joined with the
    /// one that was held back, and any other becomes U+FFFD.
    pub(super) fn mend(&mut self, data: &str) -> Option<String> {
        let delta = place(data);
        let mut held = delta.as_ref().and_then(|(place, _)| self.take(*place));
        let mut out = String::new();
        let mut plain = 0;
        for half in lone_halves(data) {
            out.push_str(&data[plain..half.at]);
            plain = half.at + Half::LEN;
            match &delta {
                Some((_, text)) if half.at == text.start && !half.is_high() && held.is_some() => {
                    let first = held.take().unwrap_or_default();
                    out.push_str(&format!("\\u{first:04x}\\u{:04x}", half.code));
                }
                Some((place, text)) if plain == text.end && half.is_high() && self.0.len() < MAX_HELD => {
                    self.0.push(Held { place: *place, code: half.code });
                }
                _ => out.push_str("\\ufffd"),
            }
        }
        out.push_str(&data[plain..]);
        // The text before the delta's own is never rewritten, so its start is the same in `out`.
        if let (Some(_), Some((_, text))) = (held, &delta) {
            out.insert_str(text.start, "\\ufffd");
        }
        (plain > 0).then_some(out)
    }

    /// Replaces the halves that `event`, which has not been mended, leaves alone. Puts the events that
    /// must come before it into `ready`.
    pub(super) fn settle(&mut self, event: &mut StreamEvent, ready: &mut VecDeque<StreamEvent>) {
        match event {
            StreamEvent::ContentBlockDelta(ContentBlockDeltaEvent { index, delta, .. }) => {
                let (kind, text) = match delta {
                    ContentBlockDelta::Text(delta) => (Kind::Text, &mut delta.text),
                    ContentBlockDelta::Thinking(delta) => (Kind::Thinking, &mut delta.thinking),
                    ContentBlockDelta::InputJson(delta) => (Kind::InputJson, &mut delta.partial_json),
                    _ => return,
                };
                if self.take(Place { index: *index, kind }).is_some() {
                    text.insert(0, char::REPLACEMENT_CHARACTER);
                }
            }
            StreamEvent::ContentBlockStop(event) => self.release(ready, |place| place.index == event.index),
            StreamEvent::MessageDelta(_) | StreamEvent::MessageStop(_) => self.release(ready, |_| true),
            _ => {}
        }
    }

    fn take(&mut self, place: Place) -> Option<u16> {
        let at = self.0.iter().position(|held| held.place == place)?;
        Some(self.0.remove(at).code)
    }

    /// Makes a delta of each half that is in one of the places.
    fn release(&mut self, ready: &mut VecDeque<StreamEvent>, is_in: impl Fn(Place) -> bool) {
        self.0.retain(|held| {
            let Held { place: Place { index, kind }, .. } = *held;
            if !is_in(held.place) {
                return true;
            }
            let text = "\u{FFFD}";
            let delta: ContentBlockDelta = match kind {
                Kind::Text => TextDelta::new(text).into(),
                Kind::Thinking => ThinkingDelta::new(text).into(),
                Kind::InputJson => InputJsonDelta::new(text).into(),
            };
            ready.push_back(ContentBlockDeltaEvent::new(index, delta).into());
            false
        });
    }
}

/// Returns which text the delta in `data` extends, and where its own text is, without the quotes.
fn place(data: &str) -> Option<(Place, Range<usize>)> {
    let [index, delta] = fields(data, ["index", "delta"]).ok()?;
    let [tag, text, thinking, partial_json] =
        fields(delta?, ["type", "text", "thinking", "partial_json"]).ok()?;
    let (kind, text) = match &*serde_json::from_str::<String>(tag?).ok()? {
        "text_delta" => (Kind::Text, text),
        "thinking_delta" => (Kind::Thinking, thinking),
        "input_json_delta" => (Kind::InputJson, partial_json),
        _ => return None,
    };
    let index = index?.parse().ok()?;
    let text = text?.strip_prefix('"')?.strip_suffix('"')?;
    // The raw value is a part of `data`.
    let start = text.as_ptr().addr() - data.as_ptr().addr();
    Some((Place { index, kind }, start..start + text.len()))
}
