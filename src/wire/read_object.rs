//! The reader of objects, and of unions of objects that are distinguished by `type`.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Unexpected, Visitor};

use super::bits::Seen;
use super::defaulted::{count_gap, gap_count};
use super::field::{Slot, Target};
use super::key::{AnyKey, Key, KeySeed, find};
use super::object::{Layout, Object, TAG, complete};
use super::path::{at, missing, segment};
use super::problem::Problem;
use super::read::Fill;
use super::reread::reread;
use super::union::{Tags, Union};
use super::unknown::Unknown;
use crate::json::{Json, Nesting, allocation, allocation_of, charge, push, release};

pub(super) struct ObjectVisitor<'a>(pub(super) &'a mut dyn Object);

impl<'de> Visitor<'de> for ObjectVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        read_object(self.0, map)
    }
}

pub(super) fn read_object<'de, A: MapAccess<'de>>(object: &mut dyn Object, map: A) -> Result<(), A::Error> {
    let _nesting = Nesting::enter()?;
    read_entries(object, Seen::default(), Before::default(), map)
}

/// Reads the entries of an object: first those that were read `before` its `type` was known, then
/// the rest.
fn read_entries<'de, A: MapAccess<'de>>(
    object: &mut dyn Object,
    mut seen: Seen,
    before: Before,
    mut map: A,
) -> Result<(), A::Error> {
    let layout = object.layout();
    let (names, skip) = (layout.known(), layout.first_known());
    let gaps_before = if layout.is_checked { gap_count() } else { 0 };
    let mut has_null = false;
    if !before.is_empty() {
        has_null = reread_entries(object, &mut seen, before).map_err(Problem::into_error)?;
    }
    while let Some(key) = map.next_key_seed(KeySeed(names))? {
        match key {
            Key::Known(place) => {
                let place = place + skip;
                seen.insert(place, layout.names)?;
                let field = FieldSeed { object, layout, place };
                has_null |= map.next_value_seed(field).map_err(|error| at(layout.names[place], error))?;
            }
            Key::Unknown(name) => {
                let value = map.next_value().map_err(|error| at(segment(&name), error))?;
                object.rest_mut().0.add(name, value).map_err(Problem::into_error)?;
            }
        }
    }
    complete(object, layout, seen, has_null).map_err(Problem::into_error)?;
    if layout.is_checked {
        object.check(gaps_before).map_err(Problem::into_error)?;
    }
    Ok(())
}

/// Reads the entries that came before the `type`. Returns `true` if a known one is `null`.
fn reread_entries(object: &mut dyn Object, seen: &mut Seen, before: Before) -> Result<bool, Problem> {
    let layout = object.layout();
    let mut has_null = false;
    for (name, json) in before {
        release(allocation(name.len()));
        let Some(place) = find(layout.known(), &name) else {
            object.rest_mut().0.add(name, json)?;
            continue;
        };
        let place = place + layout.first_known();
        seen.insert(place, layout.names)?;
        let field = FieldSeed { object, layout, place };
        has_null |= reread(field, json).map_err(|error| at(layout.names[place], error))?;
    }
    Ok(has_null)
}

/// Reads the value of one field. Returns `true` if it is `null`.
pub(super) struct FieldSeed<'a> {
    object: &'a mut dyn Object,
    layout: &'static Layout,
    pub(super) place: usize,
}

impl<'a> FieldSeed<'a> {
    pub(super) fn is_nullable(&self) -> bool {
        if self.place == TAG {
            self.layout.tag_may_be_absent
        } else {
            self.place >= self.layout.first_defaulted()
        }
    }

    pub(super) fn slot(self) -> Slot<'a> {
        let is_count = self.layout.counts & (1 << self.place) != 0;
        match self.object.field(self.place) {
            Slot { bytes, target: Target::Unsigned(count) } if is_count => {
                Slot { bytes, target: Target::Count(count) }
            }
            slot => slot,
        }
    }

    fn set_null(self) {
        self.object.rest_mut().1.insert_null(self.place);
        // Of a defaulted field, it is counted when the default is set.
        if self.place == TAG {
            count_gap();
        }
    }
}

impl<'de> DeserializeSeed<'de> for FieldSeed<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        if self.is_nullable() {
            return deserializer.deserialize_option(self);
        }
        self.visit_some(deserializer)
    }
}

/// Visits the value of a field that may be `null`.
impl<'de> Visitor<'de> for FieldSeed<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or null")
    }

    fn visit_none<E: Error>(self) -> Result<bool, E> {
        self.set_null();
        Ok(true)
    }

    fn visit_unit<E: Error>(self) -> Result<bool, E> {
        self.set_null();
        Ok(true)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        if self.place == TAG {
            deserializer.deserialize_str(TagVisitor(self.layout.tag.unwrap_or_default()))?;
        } else {
            Fill(self.slot()).deserialize(deserializer)?;
        }
        Ok(false)
    }
}

/// Checks the value of `type` in an object that is not part of a union.
struct TagVisitor(&'static str);

impl Visitor<'_> for TagVisitor {
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

pub(super) struct UnionVisitor<'a>(pub(super) &'a mut dyn Union);

impl<'de> Visitor<'de> for UnionVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a `type`")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        read_union(self.0, map)
    }
}

pub(super) fn read_union<'de, A: MapAccess<'de>>(union: &mut dyn Union, mut map: A) -> Result<(), A::Error> {
    let _nesting = Nesting::enter()?;
    let Tags { names: tags, default } = *union.tags();
    let mut before = Vec::new();
    let mut tag = default;
    while let Some(key) = map.next_key_seed(KeySeed(&["type"]))? {
        if let Key::Unknown(name) = key {
            let value = map.next_value().map_err(|error| at(segment(&name), error))?;
            charge(allocation(name.len()))?;
            push(&mut before, (name, value))?;
            continue;
        }
        match map.next_value_seed(TagSeed(tags)).map_err(|error| at("type", error))? {
            // `null` counts as an absent `type` where it may be absent.
            Tag::Null if default.is_some() => before.push(("type".into(), Json::null())),
            Tag::Null => return Err(A::Error::custom("type: invalid type: null, expected a string")),
            Tag::Named(Key::Unknown(tag)) => {
                union.set_unknown(Unknown::read(tag, Before::new(before), map)?);
                return Ok(());
            }
            Tag::Named(Key::Known(named)) => {
                // The default variant has `type` as a field, so it reads it again.
                if default == Some(named) {
                    before.push(("type".into(), Json::from(serde_json::Value::from(tags[named]))));
                }
                tag = Some(named);
            }
        }
        break;
    }
    let (object, bytes) = union.begin(tag.ok_or_else(|| missing("type"))?);
    charge(allocation(bytes))?;
    let mut seen = Seen::default();
    seen.insert::<A::Error>(TAG, &[])?;
    read_entries(object, seen, Before::new(before), map)
}

enum Tag {
    Null,
    Named(Key),
}

struct TagSeed(&'static [&'static str]);

impl<'de> DeserializeSeed<'de> for TagSeed {
    type Value = Tag;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tag, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for TagSeed {
    type Value = Tag;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Tag, E> {
        KeySeed(self.0).visit_str(text).map(Tag::Named)
    }

    fn visit_unit<E: Error>(self) -> Result<Tag, E> {
        Ok(Tag::Null)
    }
}

/// The entries that were read before the `type` was known.
#[derive(Default)]
pub(super) struct Before {
    entries: std::vec::IntoIter<(Box<str>, Json)>,
    /// The memory that was charged for the list, apart from names and values.
    bytes: usize,
}

impl Before {
    fn new(entries: Vec<(Box<str>, Json)>) -> Self {
        let bytes = allocation_of(&entries);
        Self { entries: entries.into_iter(), bytes }
    }

    fn is_empty(&self) -> bool {
        self.entries.as_slice().is_empty()
    }
}

impl Iterator for Before {
    type Item = (Box<str>, Json);

    fn next(&mut self) -> Option<Self::Item> {
        self.entries.next()
    }
}

impl Drop for Before {
    fn drop(&mut self) {
        if self.bytes > 0 {
            release(self.bytes);
        }
    }
}

/// Reads the next entry of any name.
pub(super) fn next_entry<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<(Box<str>, Json)>, A::Error> {
    let Some(AnyKey(name)) = map.next_key()? else { return Ok(None) };
    let value = map.next_value().map_err(|error| at(segment(&name), error))?;
    Ok(Some((name, value)))
}
