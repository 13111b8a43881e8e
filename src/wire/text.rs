//! The JSON text of values, without a serializer.
//!
//! This is what the client and the server send. It equals what `serde_json` writes, but a long
//! string is copied as a whole where `serde_json` looks at each byte.

#[cfg(any(feature = "client", feature = "server"))]
use bytes::Bytes;

use super::bits::Gap;
use super::field::{Interpreted, List, Name, Shape, Table, View};
use super::object::{LABEL_BYTES, Object, TAG, label_len};
use super::union::Union;
use crate::json::{Buffer, push_escaped};

/// The bytes that are reserved for a document. Most of them are not longer, and growing up to there would take as
/// long as writing.
#[cfg(any(feature = "client", feature = "server"))]
const DOCUMENT_BYTES: usize = 1024;

/// Returns `value` as JSON.
#[cfg(any(feature = "client", feature = "server"))]
pub(crate) fn to_json(value: View<'_>) -> Bytes {
    let mut out = Vec::with_capacity(DOCUMENT_BYTES);
    push_json(&mut out, value);
    document(out)
}

/// Returns `object` as JSON, with the value `replaced.1` for the field `replaced.0`.
#[cfg(feature = "client")]
pub(crate) fn to_json_with(object: &dyn Object, replaced: (&str, View<'_>)) -> Bytes {
    let mut out = Vec::with_capacity(DOCUMENT_BYTES);
    push_object(&mut out, object, Some(replaced));
    document(out)
}

/// A request is kept as long as its call takes, so a short one is moved to where it fits.
#[cfg(any(feature = "client", feature = "server"))]
fn document(out: Vec<u8>) -> Bytes {
    if out.len() < DOCUMENT_BYTES { Bytes::copy_from_slice(&out) } else { out.into() }
}

/// Appends `value` as JSON.
///
/// This is called for each value, so whatever needs a stack frame is a function of its own.
#[inline]
pub(crate) fn push_json(out: &mut impl Buffer, value: View<'_>) {
    match value {
        View::Null => push_raw(out, "null"),
        View::Flag(flag) => push_raw(out, if flag { "true" } else { "false" }),
        View::Unsigned(number) => push_number(out, number),
        View::Signed(number) => push_number(out, number),
        View::Float(number) => push_float(out, number),
        View::Text(text) => push_string(out, text),
        View::Name(name) => push_name(out, name),
        View::Raw(json) => push_raw(out, json.as_raw_str()),
        View::Any(value) => push_any(out, value),
        View::List(list) => push_list(out, list),
        View::Table(table) => push_table(out, table),
        View::Object(object) => push_object(out, object, None),
        View::Union(union) => push_union(out, union),
        View::Shape(shape) => push_shape(out, shape),
    }
}

#[inline(never)]
fn push_raw(out: &mut impl Buffer, json: &str) {
    out.append(json.as_bytes());
}

#[inline(never)]
fn push_number(out: &mut impl Buffer, number: impl itoa::Integer) {
    out.append(itoa::Buffer::new().format(number).as_bytes());
}

#[inline(never)]
fn push_float(out: &mut impl Buffer, number: f64) {
    out.append(serde_json::Value::from(number).to_string().as_bytes());
}

#[inline(never)]
fn push_name(out: &mut impl Buffer, name: &dyn Name) {
    if name.is_known() { push_plain(out, name.text()) } else { push_string(out, name.text()) }
}

#[inline(never)]
fn push_any(out: &mut impl Buffer, value: &dyn Interpreted) {
    push_json(out, value.inner());
}

#[inline(never)]
fn push_shape(out: &mut impl Buffer, shape: &dyn Shape) {
    push_json(out, shape.inner());
}

#[inline(never)]
fn push_list(out: &mut impl Buffer, list: &dyn List) {
    out.append(b"[");
    for index in 0..list.items() {
        if index > 0 {
            out.append(b",");
        }
        push_json(out, list.item(index));
    }
    out.append(b"]");
}

#[inline(never)]
fn push_union(out: &mut impl Buffer, union: &dyn Union) {
    match union.view() {
        Ok(object) => push_object(out, object, None),
        Err(unknown) => push_raw(out, unknown.json().as_raw_str()),
    }
}

/// Appends `object` as JSON, with the value `replaced.1` for the field `replaced.0`.
#[inline(never)]
fn push_object(out: &mut impl Buffer, object: &dyn Object, replaced: Option<(&str, View<'_>)>) {
    let layout = object.layout();
    let (extra, gaps) = object.rest();
    let is_usual = gaps.is_empty() && replaced.is_none();
    let start = out.len();
    match (layout.tag, if is_usual { None } else { object.gap(layout, gaps, TAG) }) {
        (Some(tag), None) => {
            out.append(br#","type":"#);
            push_plain(out, tag);
        }
        (_, Some(Gap::Null)) => out.append(br#","type":null"#),
        (None, None) | (_, Some(Gap::Absent)) => {}
    }
    let (type_name, names) = layout.names.split_first().expect("the name of the tag");
    let mut labels = &layout.labels[label_len(type_name)..];
    for (place, name) in (TAG + 1..).zip(names) {
        let (label, len) = (labels, label_len(name));
        labels = &labels[len..];
        let value = if is_usual { object.get(place) } else { unusual(object, place, replaced) };
        if let Some(value) = value {
            push_label(out, label, len);
            push_json(out, value);
        }
    }
    if !extra.is_empty() {
        let known = layout.known();
        for (name, value) in extra.iter().filter(|(name, _)| !known.contains(name)) {
            push_entry(out, name, View::Raw(value));
        }
    }
    end_object(out, start);
}

/// Returns the value of a field of an object that has gaps or in which a field is replaced.
#[inline(never)]
fn unusual<'a>(object: &'a dyn Object, place: usize, replaced: Option<(&str, View<'a>)>) -> Option<View<'a>> {
    let layout = object.layout();
    if let Some((_, value)) = replaced.filter(|(field, _)| *field == layout.names[place]) {
        return Some(value);
    }
    match object.gap(layout, object.rest().1, place) {
        None => object.get(place),
        Some(Gap::Null) => Some(View::Null),
        Some(Gap::Absent) => None,
    }
}

#[inline(never)]
fn push_table(out: &mut impl Buffer, table: &dyn Table) {
    let start = out.len();
    table.visit(&mut |key, value| {
        push_entry(out, key, value);
        true
    });
    end_object(out, start);
}

/// Appends the first `len` bytes of `label`.
#[inline]
fn push_label(out: &mut impl Buffer, label: &[u8], len: usize) {
    match label.first_chunk::<LABEL_BYTES>() {
        Some(fixed) if len <= LABEL_BYTES => {
            let end = out.len() + len;
            // A copy of a fixed length is cheaper than one of the right length.
            out.append(fixed);
            out.truncate(end);
        }
        _ => out.append(&label[..len]),
    }
}

/// Appends an entry of any name, after a comma.
fn push_entry(out: &mut impl Buffer, name: &str, value: View<'_>) {
    out.append(b",");
    push_string(out, name);
    out.append(b":");
    push_json(out, value);
}

/// Ends an object that begins at `start`, with a comma if it has an entry.
fn end_object(out: &mut impl Buffer, start: usize) {
    if out.len() == start {
        out.append(b"{}");
    } else {
        out.set(start, b'{');
        out.append(b"}");
    }
}

/// Appends a string that needs no escapes.
fn push_plain(out: &mut impl Buffer, text: &str) {
    out.append(b"\"");
    out.append(text.as_bytes());
    out.append(b"\"");
}

#[inline(never)]
fn push_string(out: &mut impl Buffer, text: &str) {
    out.append(b"\"");
    push_escaped(out, text);
    out.append(b"\"");
}
