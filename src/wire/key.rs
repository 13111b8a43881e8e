//! Keys and tags, compared with the names that a type knows without allocating.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, Visitor};

/// A key of an object, or the value of its `type`.
pub(super) enum Key {
    /// The position of the key in the list of names.
    Known(usize),
    Unknown(Box<str>),
}

/// Returns the positions of `names` in `known`.
///
/// # Panics
///
/// When a name is not in `known`. In a constant, that is a compile error.
pub(crate) const fn places<const N: usize>(names: [&str; N], known: &[&str]) -> [usize; N] {
    let mut places = [0; N];
    let mut at = 0;
    while at < N {
        while !is_same(names[at].as_bytes(), known[places[at]].as_bytes()) {
            places[at] += 1;
            assert!(places[at] < known.len(), "the type has no field of this name");
        }
        at += 1;
    }
    places
}

/// Returns the name that a field has on the wire; its Rust name may be a raw identifier.
pub(crate) const fn wire_name(name: &'static str) -> &'static str {
    match name.as_bytes() {
        [b'r', b'#', rest @ ..] => match std::str::from_utf8(rest) {
            Ok(rest) => rest,
            Err(_) => name,
        },
        _ => name,
    }
}

/// Compares two strings in a constant, where `==` cannot be used.
const fn is_same(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

/// Returns the position of `name` in `names`.
pub(super) fn find(names: &[&str], name: &str) -> Option<usize> {
    names.iter().position(|known| is_name(known, name))
}

/// Compares short strings faster than `==`, which calls `memcmp`.
#[inline]
fn is_name(known: &str, name: &str) -> bool {
    fn ends<const N: usize>(a: &[u8], b: &[u8]) -> Option<bool> {
        Some(a.first_chunk::<N>()? == b.first_chunk()? && a.last_chunk::<N>()? == b.last_chunk()?)
    }

    let (a, b) = (known.as_bytes(), name.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    match a.len() {
        8..=16 => ends::<8>(a, b).unwrap_or(false),
        4..=7 => ends::<4>(a, b).unwrap_or(false),
        _ => a == b,
    }
}

/// Reads a [`Key`] and looks it up in a list of names.
pub(super) struct KeySeed {
    pub(super) names: &'static [&'static str],
    /// The position of the name that is the most likely.
    pub(super) likely: usize,
}

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for KeySeed {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    #[inline]
    fn visit_str<E: Error>(self, text: &str) -> Result<Key, E> {
        if self.names.get(self.likely).is_some_and(|name| is_name(name, text)) {
            return Ok(Key::Known(self.likely));
        }
        Ok(look_up(self.names, text))
    }
}

#[inline(never)] // so that what tries the likely name first is short
fn look_up(names: &[&str], text: &str) -> Key {
    find(names, text).map_or_else(|| Key::Unknown(text.into()), Key::Known)
}

/// Reads a key that may be `type`. Returns any other.
pub(super) struct TypeSeed;

impl<'de> DeserializeSeed<'de> for TypeSeed {
    type Value = Option<Box<str>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for TypeSeed {
    type Value = Option<Box<str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(if text == "type" { None } else { Some(text.into()) })
    }
}

/// A key of any name, owned.
pub(super) struct AnyKey(pub(super) Box<str>);

impl<'de> Deserialize<'de> for AnyKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<str>::deserialize(deserializer).map(Self)
    }
}
