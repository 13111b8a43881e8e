//! Positions within a document, such as `messages.3.content.0.tool_use_id`.
//!
//! An error gets its path while it travels up through the readers of the values
//! that contain each other: each level puts its own segment in front. serde's
//! errors can carry nothing but text, so the path is part of that text, and the
//! text must show whether it already begins with a path:
//!
//! ```text
//! missing field                                     the reason, from the innermost reader
//! tool_use_id: missing field                        `at` starts a path …
//! content.0.tool_use_id: missing field              … and extends it, level by level
//! ```
//!
//! A text begins with a path if there is no white space before its first `": "`.
//! Two rules make this unambiguous. A segment holds neither white space nor a
//! colon: see [`segment`]. And a reason, whether of serde, of `serde_json` or of
//! this crate, has a space before its first `": "`, if it has one at all.

use std::fmt::{Display, Write};

use serde::de::Error;

use super::bits::Gap;
use super::field::View;
use super::object::Object;
use crate::text;

/// The maximum length in bytes of the reason for an error. serde quotes the invalid value
/// in full, which may be megabytes long.
const MAX_REASON_BYTES: usize = 400;

/// The maximum length in characters of a segment made from a key that a peer chose.
const MAX_SEGMENT_CHARS: usize = 64;

/// Puts `segment` in front of the path that `error` begins with, or starts one.
#[cold]
pub(crate) fn at<E: Error>(segment: impl Display, error: E) -> E {
    let text = error.to_string();
    if starts_with_path(&text) {
        return E::custom(format_args!("{segment}.{text}"));
    }
    E::custom(format_args!("{segment}: {}", shortened(&text)))
}

/// Creates the error for a required field that is absent.
#[cold]
pub(crate) fn missing<E: Error>(name: &str) -> E {
    E::custom(format_args!("{name}: missing field"))
}

/// Returns the path segment for a key that a peer chose: shortened, and without white
/// space and colons.
pub(crate) fn segment(key: &str) -> String {
    key.chars()
        .take(MAX_SEGMENT_CHARS)
        .map(|c| if c.is_whitespace() || c.is_control() || c == ':' { '_' } else { c })
        .collect()
}

/// Returns `true` if `text` begins with a path, by the rule at the top of this file.
fn starts_with_path(text: &str) -> bool {
    text.split_once(": ").is_some_and(|(path, _)| !path.is_empty() && !path.contains(char::is_whitespace))
}

fn shortened(text: &str) -> String {
    if text.len() <= MAX_REASON_BYTES {
        return text.to_owned();
    }
    // The start names the error and the end says what was expected, and where; the
    // middle is the value.
    let half = MAX_REASON_BYTES / 2;
    format!("{}…{}", text::start(text, half), text::end(text, half))
}

/// Extends the path by `segment` and returns the length that it had before.
pub(crate) fn push_segment(path: &mut String, segment: impl Display) -> usize {
    let len = path.len();
    if len > 0 {
        path.push('.');
    }
    let _ = write!(path, "{segment}");
    len
}

/// The path to the value that is being visited, and what was found so far.
#[derive(Debug)]
pub(crate) struct Path {
    text: String,
    search: Search,
    found: Vec<String>,
    /// The length of `found` at which the visit ends.
    limit: usize,
}

/// What a visit looks for.
#[derive(Debug, PartialEq)]
enum Search {
    /// The paths of everything that this version of the crate does not know.
    Unknown,
    /// The errors that fields without a value would have caused if they had no default.
    Gaps,
}

impl Path {
    /// Calls `look` with the path to the value at `segment` below this one.
    pub(crate) fn below(&mut self, segment: impl Display, look: impl FnOnce(&mut Self)) {
        if self.found.len() >= self.limit {
            return;
        }
        let len = push_segment(&mut self.text, segment);
        look(self);
        self.text.truncate(len);
    }

    /// Records that the value at `segment` below this one is unknown.
    pub(crate) fn report(&mut self, segment: impl Display) {
        if self.search == Search::Unknown {
            self.below(segment, |path| path.found.push(path.text.clone()));
        }
    }

    /// Records that the value here is unknown.
    pub(crate) fn report_value(&mut self, value: &str) {
        if self.search == Search::Unknown {
            self.found.push(format!("{}={value}", self.text));
        }
    }

    /// Visits what is known of `value`.
    pub(crate) fn visit(&mut self, value: View<'_>) {
        match value {
            View::Name(name) if !name.is_known() => self.report_value(name.text()),
            View::Any(value) => value.unknown(self),
            View::Shape(shape) => self.visit(shape.inner()),
            View::Union(union) => match union.view() {
                Ok(object) => self.visit_object(object),
                Err(unknown) => self.report_value(unknown.type_name()),
            },
            View::Object(object) => self.visit_object(object),
            View::List(list) => {
                for index in 0..list.items() {
                    self.below(index, |path| path.visit(list.item(index)));
                }
            }
            View::Table(table) => table.visit(&mut |key, value| {
                self.below(segment(key), |path| path.visit(value));
                true
            }),
            View::Null
            | View::Flag(_)
            | View::Unsigned(_)
            | View::Signed(_)
            | View::Float(_)
            | View::Text(_)
            | View::Name(_)
            | View::Raw(_) => {}
        }
    }

    fn visit_object(&mut self, object: &dyn Object) {
        let layout = object.layout();
        let (extra, gaps) = object.rest();
        for (place, name) in layout.names.iter().enumerate() {
            match (object.gap(layout, gaps, place), object.get(place)) {
                (Some(gap), _) if place < layout.first_optional() => {
                    self.below(name, |path| path.report_gap(gap));
                }
                (_, Some(value)) => self.below(name, |path| path.visit(value)),
                (_, None) => {}
            }
        }
        extra.unknown(self);
    }

    /// Returns the paths of everything in `root` that this version of the crate does not
    /// know, up to `limit`.
    pub(crate) fn look(root: View<'_>, limit: usize) -> Vec<String> {
        let mut path = Self::new(Search::Unknown, limit);
        path.visit(root);
        path.found
    }

    /// Records that the value here is missing.
    fn report_gap(&mut self, gap: Gap) {
        if self.search == Search::Gaps {
            self.found.push(match gap {
                Gap::Absent => format!("{}: missing field", self.text),
                Gap::Null => format!("{}: invalid type: null, expected a value", self.text),
            });
        }
    }

    /// Returns an error text for each of the first `limit` gaps in `root`, which may have any number.
    pub(crate) fn gaps(root: View<'_>, limit: usize) -> Vec<String> {
        let mut path = Self::new(Search::Gaps, limit);
        path.visit(root);
        path.found
    }

    fn new(search: Search, limit: usize) -> Self {
        Self { text: String::new(), search, found: Vec::new(), limit }
    }
}

#[cfg(test)]
#[allow(dead_code, unreachable_pub)] // in what declares a wire type
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::wire::field::{Field, List, Slot};
    use crate::wire::problem::Problem;
    use crate::wire::wire_struct;

    wire_struct! {
        /// An object in a response.
        pub struct Note,
            /// Creates a note.
            pub fn new;
        required {}
        defaulted {
            /// A field that a response may lack.
            text: String,
        }
        optional {}
    }

    /// A list of 1,000 notes with a gap and an unknown field each, which counts those that are visited.
    struct Gappy(Note, Cell<usize>);

    impl List for Gappy {
        fn items(&self) -> usize {
            1000
        }

        fn item(&self, _index: usize) -> View<'_> {
            self.1.set(self.1.get() + 1);
            self.0.view()
        }

        fn grow(&mut self) -> Result<Slot<'_>, Problem> {
            unreachable!("it is only visited")
        }

        fn shrink(&mut self) {}
    }

    #[test]
    fn a_search_ends_at_its_limit() {
        type Look = fn(View<'_>, usize) -> Vec<String>;
        for limit in [1, 999, 1000, 1001] {
            for (look, first) in [(Path::gaps as Look, "0.text: missing field"), (Path::look, "0.x")] {
                let list = Gappy(serde_json::from_str(r#"{"x":1}"#).expect("a note"), Cell::new(0));
                let found = look(View::List(&list), limit);
                assert_eq!((found.len(), &*found[0]), (limit.min(1000), first));
                assert_eq!(list.1.get(), limit.min(1000));
            }
        }
    }
}
