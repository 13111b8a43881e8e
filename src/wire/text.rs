//! The JSON text of values, without a serializer.
//!
//! This is what the client and the server send. It equals what `serde_json` writes, but a long
//! string is copied as a whole where `serde_json` looks at each byte.

use bytes::BytesMut;

use super::bits::Gap;
use super::field::{Table, View};
use super::object::{Object, TAG};
use crate::json::push_escaped;

/// The bytes that are reserved for a document. Most of them are not longer, and growing up to there would take as
/// long as writing.
#[cfg(any(feature = "client", feature = "server"))]
const DOCUMENT_BYTES: usize = 1024;

/// Returns `value` as JSON.
#[cfg(any(feature = "client", feature = "server"))]
pub(crate) fn to_json(value: View<'_>) -> bytes::Bytes {
    let mut out = BytesMut::with_capacity(DOCUMENT_BYTES);
    push_json(&mut out, value);
    // A request is kept as long as its call takes.
    if out.len() < DOCUMENT_BYTES { bytes::Bytes::copy_from_slice(&out) } else { out.freeze() }
}

/// Appends `value` as JSON.
pub(crate) fn push_json(out: &mut BytesMut, value: View<'_>) {
    match value {
        View::Null => out.extend_from_slice(b"null"),
        View::Flag(flag) => out.extend_from_slice(if flag { b"true" } else { b"false" }),
        View::Unsigned(number) => out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes()),
        View::Signed(number) => out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes()),
        View::Float(number) => out.extend_from_slice(serde_json::Value::from(number).to_string().as_bytes()),
        View::Text(text) => push_string(out, text),
        View::Name(name) if name.is_known() => push_plain(out, name.text()),
        View::Name(name) => push_string(out, name.text()),
        View::Raw(json) => out.extend_from_slice(json.as_raw_str().as_bytes()),
        View::Any(value) => push_json(out, value.inner()),
        View::List(list) => {
            out.extend_from_slice(b"[");
            for index in 0..list.items() {
                if index > 0 {
                    out.extend_from_slice(b",");
                }
                push_json(out, list.item(index));
            }
            out.extend_from_slice(b"]");
        }
        View::Table(table) => push_table(out, table),
        View::Object(object) => push_object(out, object, None),
        View::Union(union) => match union.view() {
            Ok(object) => push_object(out, object, None),
            Err(unknown) => out.extend_from_slice(unknown.json().as_raw_str().as_bytes()),
        },
        View::Shape(shape) => push_json(out, shape.inner()),
    }
}

/// Appends `object` as JSON, with the value `replaced.1` for the field `replaced.0`.
pub(crate) fn push_object(out: &mut BytesMut, object: &dyn Object, replaced: Option<(&str, View<'_>)>) {
    let layout = object.layout();
    let (extra, gaps) = object.rest();
    let gap = |place| if gaps.is_empty() { None } else { object.gap(layout, gaps, place) };
    let mut entries = Entries { out, is_empty: true };
    match (layout.tag, gap(TAG)) {
        (Some(tag), None) => entries.push_tag(tag),
        (_, Some(Gap::Null)) => entries.push(layout.names[TAG], View::Null),
        (None, None) | (_, Some(Gap::Absent)) => {}
    }
    for (place, name) in layout.names.iter().enumerate().skip(TAG + 1) {
        if let Some((_, value)) = replaced.filter(|(field, _)| field == name) {
            entries.push(name, value);
            continue;
        }
        match (gap(place), object.get(place)) {
            (None, Some(value)) => entries.push(name, value),
            (Some(Gap::Null), _) => entries.push(name, View::Null),
            (Some(Gap::Absent), _) | (None, None) => {}
        }
    }
    let known = layout.known();
    for (name, value) in extra.iter().filter(|(name, _)| !known.contains(name)) {
        entries.push_any(name, View::Raw(value));
    }
    entries.end();
}

fn push_table(out: &mut BytesMut, table: &dyn Table) {
    let mut entries = Entries { out, is_empty: true };
    table.visit(&mut |key, value| {
        entries.push_any(key, value);
        true
    });
    entries.end();
}

/// The entries of an object.
struct Entries<'a> {
    out: &'a mut BytesMut,
    is_empty: bool,
}

impl Entries<'_> {
    /// Adds an entry whose name needs no escapes.
    fn push(&mut self, name: &str, value: View<'_>) {
        self.out.extend_from_slice(if self.is_empty { b"{\"" } else { b",\"" });
        self.is_empty = false;
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        push_json(self.out, value);
    }

    /// Adds the `type`, which comes first.
    fn push_tag(&mut self, tag: &str) {
        self.out.extend_from_slice(b"{\"type\":");
        self.is_empty = false;
        push_plain(self.out, tag);
    }

    /// Adds an entry of any name.
    fn push_any(&mut self, name: &str, value: View<'_>) {
        self.out.extend_from_slice(if self.is_empty { b"{" } else { b"," });
        self.is_empty = false;
        push_string(self.out, name);
        self.out.extend_from_slice(b":");
        push_json(self.out, value);
    }

    fn end(self) {
        self.out.extend_from_slice(if self.is_empty { b"{}" } else { b"}" });
    }
}

/// Appends a string that needs no escapes.
fn push_plain(out: &mut BytesMut, text: &str) {
    out.extend_from_slice(b"\"");
    out.extend_from_slice(text.as_bytes());
    out.extend_from_slice(b"\"");
}

fn push_string(out: &mut BytesMut, text: &str) {
    out.extend_from_slice(b"\"");
    push_escaped(out, text);
    out.extend_from_slice(b"\"");
}
