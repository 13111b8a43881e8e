//! Keys and tags, compared with the names that a type knows without allocating.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, Unexpected, Visitor};

use super::bits::Gaps;
use super::defaulted::count_gap;
use super::field::read_optional;
use super::path::at;

/// A key of an object, or the value of its `type`.
#[derive(Debug)]
pub(crate) enum Key {
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

/// Compares two strings in a constant, where `==` cannot be used.
const fn is_same(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

/// Reads a [`Key`] and looks it up in `names`, ignoring the first `skip` of them.
pub(crate) struct KeySeed {
    pub(crate) names: &'static [&'static str],
    pub(crate) skip: usize,
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

    fn visit_str<E: Error>(self, text: &str) -> Result<Key, E> {
        let known = self.names[self.skip..].iter().position(|name| *name == text);
        Ok(known.map_or_else(|| Key::Unknown(text.into()), |at| Key::Known(at + self.skip)))
    }
}

/// Reads the value of `type`, which must be `expected`.
pub(crate) fn read_tag<'de, A: MapAccess<'de>>(map: &mut A, expected: &'static str) -> Result<(), A::Error> {
    struct Expected(&'static str);

    impl<'de> DeserializeSeed<'de> for Expected {
        type Value = ();

        fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
            deserializer.deserialize_str(self)
        }
    }

    impl Visitor<'_> for Expected {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{:?}", self.0)
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
            if text == self.0 {
                return Ok(());
            }
            Err(E::invalid_value(Unexpected::Str(text), &self))
        }
    }

    map.next_value_seed(Expected(expected)).map_err(|error| at("type", error))
}

/// Reads the value of `type`, which must be `expected` or `null`.
pub(crate) fn read_tag_or_null<'de, A: MapAccess<'de>>(
    map: &mut A,
    expected: &'static str,
    gaps: &mut Gaps,
) -> Result<(), A::Error> {
    /// The position of the tag in the names of every type.
    const PLACE: usize = 0;

    match read_optional::<String, A>(map, "type", PLACE, gaps)? {
        Some(text) if text == expected => Ok(()),
        Some(text) => {
            let expected = format!("{expected:?}");
            Err(at("type", A::Error::invalid_value(Unexpected::Str(&text), &expected.as_str())))
        }
        None => {
            count_gap();
            Ok(())
        }
    }
}

/// A key of any name, owned.
pub(super) struct AnyKey(pub(super) Box<str>);

impl<'de> Deserialize<'de> for AnyKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<str>::deserialize(deserializer).map(Self)
    }
}
