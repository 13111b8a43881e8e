//! The reader of objects, and of unions of objects that are distinguished by `type`.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Unexpected, Visitor};

use super::bits::Seen;
use super::defaulted::{count_gap, gap_count};
use super::field::Slot;
use super::key::{AnyKey, Key, KeySeed, TypeSeed, find};
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
    let layout = object.layout();
    let gaps_before = gap_count();
    let seen = if layout.tag.is_none() { Seen::TAG } else { Seen::default() };
    read_entries(object, seen, false, map)?;
    if layout.is_checked {
        object.check(gaps_before).map_err(Problem::into_error)?;
    }
    Ok(())
}

/// Reads the entries of an object, apart from those that were `seen` already. `has_null` tells whether one
/// of these was `null`.
fn read_entries<'de, A: MapAccess<'de>>(
    object: &mut dyn Object,
    mut seen: Seen,
    mut has_null: bool,
    mut map: A,
) -> Result<(), A::Error> {
    let layout = object.layout();
    let (names, skip) = (layout.known(), layout.first_known());
    // Most writers keep to the order of the declaration.
    let mut likely = seen.first_free() - skip;
    while let Some(key) = map.next_key_seed(KeySeed { names, likely })? {
        match key {
            Key::Known(place) => {
                likely = place + 1;
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
    if has_null || seen.first_free() < layout.first_optional() {
        complete(object, layout, seen, has_null).map_err(Problem::into_error)?;
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
        self.object.field(self.place)
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

    #[inline]
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        if self.place == TAG {
            read_tag(self.layout, deserializer)?;
        } else {
            Fill(self.slot()).deserialize(deserializer)?;
        }
        Ok(false)
    }
}

#[inline(never)]
fn read_tag<'de, D: Deserializer<'de>>(layout: &Layout, deserializer: D) -> Result<(), D::Error> {
    deserializer.deserialize_str(TagVisitor(layout.tag.unwrap_or_default()))
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
    let Tags { names: tags, default } = union.tags();
    let mut before = None;
    let mut tag = *default;
    while let Some(key) = map.next_key_seed(TypeSeed)? {
        if let Some(name) = key {
            let value = map.next_value().map_err(|error| at(segment(&name), error))?;
            charge(allocation(name.len()))?;
            push(before.get_or_insert_default(), (name, value))?;
            continue;
        }
        match map.next_value_seed(TagSeed(tags)).map_err(|error| at("type", error))? {
            // `null` counts as an absent `type` where it may be absent.
            Tag::Null if default.is_some() => {
                before.get_or_insert_default().push(("type".into(), Json::null()));
            }
            Tag::Null => return Err(A::Error::custom("type: invalid type: null, expected a string")),
            Tag::Named(Key::Unknown(tag)) => {
                union.set_unknown(Unknown::read(tag, Before::new(before.unwrap_or_default()), map)?);
                return Ok(());
            }
            Tag::Named(Key::Known(named)) => {
                // The default variant has `type` as a field, so it reads it again.
                if *default == Some(named) {
                    let tag = Json::from(serde_json::Value::from(tags[named]));
                    before.get_or_insert_default().push(("type".into(), tag));
                }
                tag = Some(named);
            }
        }
        break;
    }
    let (object, bytes) = union.begin(tag.ok_or_else(|| missing("type"))?);
    charge(allocation(bytes))?;
    let mut seen = Seen::TAG;
    let mut has_null = false;
    if let Some(before) = before {
        has_null = reread_entries(object, &mut seen, Before::new(before)).map_err(Problem::into_error)?;
    }
    read_entries(object, seen, has_null, map)
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
        KeySeed { names: self.0, likely: 0 }.visit_str(text).map(Tag::Named)
    }

    fn visit_unit<E: Error>(self) -> Result<Tag, E> {
        Ok(Tag::Null)
    }
}

/// The entries that were read before the `type` was known.
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

/// Reads the next entry of any name.
pub(super) fn next_entry<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<(Box<str>, Json)>, A::Error> {
    let Some(AnyKey(name)) = map.next_key()? else { return Ok(None) };
    let value = map.next_value().map_err(|error| at(segment(&name), error))?;
    Ok(Some((name, value)))
}
