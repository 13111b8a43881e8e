//! Reading objects, and unions of objects that are distinguished by `type`.

use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Error, IntoDeserializer, MapAccess, Visitor};

use super::key::{AnyKey, Key, KeySeed};
use super::path::{at, missing, segment};
use crate::json::{Json, Nesting, Reread, allocation, allocation_of, charge, push, release};

/// An object with named fields.
pub(crate) trait WireStruct: Sized {
    /// Reads the entries of the object; `tagged` if its `type` was read before and
    /// matches.
    fn read_map<'de, A: MapAccess<'de>>(map: A, tagged: bool) -> Result<Self, A::Error>;

    /// Returns the value of the field whose Rust name is `name`, unless it is absent.
    /// `extra` counts as a field.
    fn field(&self, name: &str) -> Option<&dyn Any>;

    /// Returns the value as [`field`](Self::field) does, to change it. `extra` does not
    /// count as a field here.
    fn field_mut(&mut self, name: &str) -> Option<&mut dyn Any>;
}

/// The declaration of an object, for tests: its tag, and the name and the type
/// of each field.
#[cfg(test)]
pub(crate) trait Described {
    const TAG: Option<&'static str>;
    const TAG_MAY_BE_ABSENT: bool;
    const REQUIRED: &'static [(&'static str, &'static str)];
    const DEFAULTED: &'static [(&'static str, &'static str)];
    const OPTIONAL: &'static [(&'static str, &'static str)];
}

pub(crate) struct StructVisitor<T>(pub(crate) PhantomData<T>);

impl<'de, T: WireStruct> Visitor<'de> for StructVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        let _nesting = Nesting::enter()?;
        T::read_map(map, false)
    }
}

/// One of several objects, distinguished by `type`.
pub(crate) trait WireUnion: Sized {
    const TAGS: &'static [&'static str];

    /// The position in `TAGS` of the variant for an object without `type`.
    const DEFAULT: Option<usize>;

    /// Reads the other entries of an object whose tag is at position `tag` in `TAGS`.
    fn read_variant<'de, A: MapAccess<'de>>(tag: usize, map: A) -> Result<Self, A::Error>;

    /// Keeps an object whose tag is not in `TAGS` as raw JSON.
    fn read_unknown<'de, A: MapAccess<'de>>(tag: Box<str>, map: Entries<A>) -> Result<Self, A::Error>;
}

pub(crate) struct UnionVisitor<T>(pub(crate) PhantomData<T>);

impl<'de, T: WireUnion> Visitor<'de> for UnionVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a `type`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let _nesting = Nesting::enter()?;
        let mut before = Vec::new();
        while let Some(key) = map.next_key_seed(KeySeed { names: &["type"], skip: 0 })? {
            match key {
                Key::Unknown(name) => {
                    let value = map.next_value().map_err(|error| at(segment(&name), error))?;
                    charge(allocation(name.len()))?;
                    push(&mut before, (name, value))?;
                }
                // `null` counts as an absent `type` where it may be absent.
                Key::Known(_) => {
                    let tag =
                        map.next_value_seed(TagSeed::<T>(PhantomData)).map_err(|error| at("type", error))?;
                    return match tag {
                        Tag::Null if T::DEFAULT.is_some() => {
                            before.push(("type".into(), Json::null()));
                            Self::read_default(Entries::new(before, map))
                        }
                        Tag::Null => Err(A::Error::custom("type: invalid type: null, expected a string")),
                        Tag::Named(Key::Unknown(tag)) => T::read_unknown(tag, Entries::new(before, map)),
                        // The default variant has `type` as a field, so it reads it again.
                        Tag::Named(Key::Known(tag)) if T::DEFAULT == Some(tag) => {
                            before.push(("type".into(), Json::from(serde_json::Value::from(T::TAGS[tag]))));
                            T::read_variant(tag, Entries::new(before, map))
                        }
                        Tag::Named(Key::Known(tag)) if before.is_empty() => T::read_variant(tag, map),
                        Tag::Named(Key::Known(tag)) => T::read_variant(tag, Entries::new(before, map)),
                    };
                }
            }
        }
        Self::read_default(Entries::new(before, map))
    }
}

impl<T: WireUnion> UnionVisitor<T> {
    fn read_default<'de, A: MapAccess<'de>>(map: Entries<A>) -> Result<T, A::Error> {
        let tag = T::DEFAULT.ok_or_else(|| missing("type"))?;
        T::read_variant(tag, map)
    }
}

enum Tag {
    Null,
    Named(Key),
}

struct TagSeed<T>(PhantomData<T>);

impl<'de, T: WireUnion> DeserializeSeed<'de> for TagSeed<T> {
    type Value = Tag;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Tag, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<T: WireUnion> Visitor<'_> for TagSeed<T> {
    type Value = Tag;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Tag, E> {
        KeySeed { names: T::TAGS, skip: 0 }.visit_str(text).map(Tag::Named)
    }

    fn visit_unit<E: Error>(self) -> Result<Tag, E> {
        Ok(Tag::Null)
    }
}

/// The entries of an object: first those that were read before its `type` was
/// known, then the rest.
pub(crate) struct Entries<A> {
    before: Before,
    value: Option<Json>,
    rest: A,
}

/// The entries that were read before the `type` was known.
pub(super) struct Before {
    entries: std::vec::IntoIter<(Box<str>, Json)>,
    /// The memory that was charged for the list, apart from names and values.
    bytes: usize,
}

impl Iterator for Before {
    type Item = (Box<str>, Json);

    fn next(&mut self) -> Option<Self::Item> {
        self.entries.next()
    }
}

impl Drop for Before {
    fn drop(&mut self) {
        release(self.bytes);
    }
}

impl<A> Entries<A> {
    fn new(before: Vec<(Box<str>, Json)>, rest: A) -> Self {
        let bytes = allocation_of(&before);
        Self { before: Before { entries: before.into_iter(), bytes }, value: None, rest }
    }

    /// Splits into the entries that came before the tag, and the rest.
    pub(super) fn into_parts(self) -> (Before, A) {
        (self.before, self.rest)
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Entries<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        let Some((name, value)) = self.before.next() else {
            return self.rest.next_key_seed(seed);
        };
        self.value = Some(value);
        release(allocation(name.len()));
        seed.deserialize(String::from(name).into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        let Some(value) = self.value.take() else {
            return self.rest.next_value_seed(seed);
        };
        let _level = Level::enter()?;
        let bytes = value.allocation();
        let value = seed.deserialize(Reread::new(value))?;
        release(bytes);
        Ok(value)
    }
}

/// The maximum nesting of objects whose `type` does not come first. The entries before the
/// `type` are read a second time, so each level costs a copy of everything in it, and the
/// limit bounds the work that a small body can cause. The protocol's own types nest less.
const MAX_REREADS: u8 = 10;

// The count belongs to one call of serde, but serde's traits have no parameter that could
// carry it from an outer reader to the readers within it. What these do share is the
// thread: reading is synchronous, so it never moves to another one. `Level` restores the
// count when it is dropped, even during a panic, so the count is 0 between two calls.
thread_local! {
    static REREADS: Cell<u8> = const { Cell::new(0) };
}

/// A guard that lives as long as one value is being read a second time.
struct Level;

impl Level {
    fn enter<E: Error>() -> Result<Self, E> {
        let level = REREADS.get();
        if level == MAX_REREADS {
            return Err(E::custom(format_args!(
                "more than {MAX_REREADS} nested objects whose `type` does not come first"
            )));
        }
        REREADS.set(level + 1);
        Ok(Self)
    }
}

impl Drop for Level {
    fn drop(&mut self) {
        REREADS.set(REREADS.get() - 1);
    }
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

/// Reads the next entry of any name.
pub(super) fn next_entry<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<(Box<str>, Json)>, A::Error> {
    let Some(AnyKey(name)) = map.next_key()? else { return Ok(None) };
    let value = map.next_value().map_err(|error| at(segment(&name), error))?;
    Ok(Some((name, value)))
}
