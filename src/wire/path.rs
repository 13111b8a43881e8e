//! Where in a document something stands: `messages.3.content.0.tool_use_id`.

use std::fmt::{Display, Write};

use serde::de::Error;

use super::Field;

/// How much of the reason for an error is kept. serde quotes the offending
/// value in full, and that value may be megabytes long.
const MAX_REASON_BYTES: usize = 400;

/// How much of a caller's own key stands in a path.
const MAX_SEGMENT_CHARS: usize = 64;

/// Puts `segment` in front of the path that `error` carries, or starts one.
#[cold]
pub(crate) fn at<E: Error>(segment: impl Display, error: E) -> E {
    let text = error.to_string();
    if starts_with_path(&text) {
        return E::custom(format_args!("{segment}.{text}"));
    }
    E::custom(format_args!("{segment}: {}", shortened(&text)))
}

/// The error for a required field that is not there.
#[cold]
pub(crate) fn missing<E: Error>(name: &str) -> E {
    E::custom(format_args!("{name}: missing field"))
}

/// A key that a peer chose, as a segment without white space.
pub(crate) fn segment(key: &str) -> String {
    key.chars()
        .take(MAX_SEGMENT_CHARS)
        .map(|c| if c.is_whitespace() || c.is_control() || c == ':' { '_' } else { c })
        .collect()
}

/// Every reason serde or this crate gives holds a space before its first
/// colon, if it has one; a path holds none.
fn starts_with_path(text: &str) -> bool {
    text.split_once(": ").is_some_and(|(path, _)| !path.is_empty() && !path.contains(char::is_whitespace))
}

fn shortened(text: &str) -> String {
    if text.len() <= MAX_REASON_BYTES {
        return text.to_owned();
    }
    // The end holds what was expected and the position; the middle is the value.
    let half = MAX_REASON_BYTES / 2;
    let head = (0..=half).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0);
    let tail = (text.len() - half..=text.len()).find(|&i| text.is_char_boundary(i)).unwrap_or(text.len());
    format!("{}…{}", &text[..head], &text[tail..])
}

/// Goes one level below, to `segment`; answers how long the path was.
pub(crate) fn push_segment(path: &mut String, segment: impl Display) -> usize {
    let len = path.len();
    if len > 0 {
        path.push('.');
    }
    let _ = write!(path, "{segment}");
    len
}

/// The path to the part of a message that is being looked at.
#[derive(Debug, Default)]
pub(crate) struct Path {
    text: String,
    found: Vec<String>,
}

impl Path {
    /// Runs `look` one level below, at `segment`.
    pub(crate) fn below(&mut self, segment: impl Display, look: impl FnOnce(&mut Self)) {
        let len = push_segment(&mut self.text, segment);
        look(self);
        self.text.truncate(len);
    }

    /// Notes that the part below, at `segment`, is unknown to this version.
    pub(crate) fn report(&mut self, segment: impl Display) {
        self.below(segment, |path| path.found.push(path.text.clone()));
    }

    /// Notes that the value here is unknown to this version.
    pub(crate) fn report_value(&mut self, value: &str) {
        self.found.push(format!("{}={value}", self.text));
    }

    /// All that `root` holds and this version does not know.
    pub(crate) fn look(root: &impl Field) -> Vec<String> {
        let mut path = Self::default();
        root.unknown(&mut path);
        path.found
    }
}
