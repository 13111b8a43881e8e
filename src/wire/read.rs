//! The reader of values. One function for each JSON type serves all wire types.

use std::fmt;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor,
};

use super::defaulted::{deny_gaps, gap_count};
use super::field::{Field, Kind, List, Name, Nullable, Shape, Slot, Table, Target};
use super::number::{float, read_number};
use super::path::{at, segment};
use super::problem::Problem;
use super::read_object::{ObjectVisitor, UnionVisitor, read_object, read_union};
use crate::json::{Json, Nesting, allocation, charge};

/// Reads a value of a wire type.
pub(crate) fn read<'de, T: Field, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let mut value = T::blank();
    Fill(value.slot()).deserialize(deserializer)?;
    Ok(value)
}

/// Reads a text that is a value of a wire type, of one that is too large to be moved often.
#[cfg(any(feature = "client", feature = "server"))]
pub(crate) fn read_boxed<T: Field>(text: &str) -> serde_json::Result<Box<T>> {
    let (mut value, mut reader) = (Box::new(T::blank()), serde_json::Deserializer::from_str(text));
    Fill(value.slot()).deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// Reads a value into a slot.
pub(super) struct Fill<'a>(pub(super) Slot<'a>);

impl<'de> DeserializeSeed<'de> for Fill<'_> {
    type Value = ();

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.0 {
            // Most values are strings.
            Slot { bytes: 0, target: Target::Text(text) } => {
                deserializer.deserialize_string(TextVisitor(text))
            }
            slot => fill(slot, deserializer),
        }
    }
}

#[inline(never)]
fn fill<'de, D: Deserializer<'de>>(slot: Slot<'_>, deserializer: D) -> Result<(), D::Error> {
    if slot.bytes > 0 {
        charge(slot.bytes)?;
    }
    match slot.target {
        Target::Flag(flag) => *flag = bool::deserialize(deserializer)?,
        Target::Unsigned(number) => *number = read_number(deserializer)?.to_u64()?,
        Target::Count(count) => *count = read_number(deserializer)?.to_count()?,
        Target::Signed(number) => *number = read_number(deserializer)?.to_i64()?,
        Target::Float(number) => *number = float(&Json::deserialize(deserializer)?)?,
        Target::Raw(json) => *json = Json::deserialize(deserializer)?,
        Target::Any(value) => value.set(Json::deserialize(deserializer)?),
        Target::Text(text) => deserializer.deserialize_string(TextVisitor(text))?,
        Target::Name(name) => deserializer.deserialize_str(NameVisitor(name))?,
        Target::List(list) => deserializer.deserialize_seq(ListVisitor(list))?,
        Target::Table(table) => deserializer.deserialize_map(TableVisitor(table))?,
        Target::Object(object) => deserializer.deserialize_map(ObjectVisitor(object))?,
        Target::Union(union) => deserializer.deserialize_map(UnionVisitor(union))?,
        Target::Shape(shape) => {
            let gaps_before = gap_count();
            deserializer.deserialize_any(ShapeVisitor(shape))?;
            if shape.is_strict() {
                deny_gaps(gaps_before, shape.inner()).map_err(Problem::into_error)?;
            }
        }
        Target::Nullable(value) => deserializer.deserialize_option(NullableVisitor(value))?,
    }
    Ok(())
}

struct TextVisitor<'a>(&'a mut String);

impl Visitor<'_> for TextVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.visit_string(text.to_owned())
    }

    fn visit_string<E: Error>(self, text: String) -> Result<(), E> {
        *self.0 = text;
        charge(allocation(self.0.capacity()))
    }
}

struct NullableVisitor<'a>(&'a mut dyn Nullable);

impl<'de> Visitor<'de> for NullableVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or null")
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        Fill(self.0.begin()).deserialize(deserializer)
    }
}

struct NameVisitor<'a>(&'a mut dyn Name);

impl Visitor<'_> for NameVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        charge(allocation(self.0.set(text)))
    }
}

struct ListVisitor<'a>(&'a mut dyn List);

impl<'de> Visitor<'de> for ListVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        read_list(self.0, seq)
    }
}

fn read_list<'de, A: SeqAccess<'de>>(list: &mut dyn List, mut seq: A) -> Result<(), A::Error> {
    let _nesting = Nesting::enter()?;
    let mut index = 0;
    while seq.next_element_seed(ItemSeed(list)).map_err(|error| at(index, error))?.is_some() {
        index += 1;
    }
    list.shrink();
    Ok(())
}

struct ItemSeed<'a>(&'a mut dyn List);

impl<'de> DeserializeSeed<'de> for ItemSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let slot = self.0.grow().map_err(Problem::into_error)?;
        match slot {
            // Most items are objects of a union.
            Slot { bytes: 0, target: Target::Union(union) } => {
                deserializer.deserialize_map(UnionVisitor(union))
            }
            slot => fill(slot, deserializer),
        }
    }
}

struct TableVisitor<'a>(&'a mut dyn Table);

impl<'de> Visitor<'de> for TableVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let _nesting = Nesting::enter()?;
        while let Some(key) = map.next_key::<String>()? {
            let name = segment(&key);
            match self.0.insert(key).map_err(Problem::into_error)? {
                Some(slot) => map.next_value_seed(Fill(slot)).map_err(|error| at(name, error))?,
                None => return Err(A::Error::custom(format_args!("{name}: duplicate field"))),
            }
        }
        Ok(())
    }
}

struct ShapeVisitor<'a>(&'a mut dyn Shape);

impl ShapeVisitor<'_> {
    fn invalid<E: Error>(&self, found: Unexpected<'_>) -> E {
        E::invalid_type(found, &self.0.expecting())
    }
}

impl<'de> Visitor<'de> for ShapeVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.expecting())
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<(), E> {
        match self.0.begin(Kind::Flag) {
            Some(Slot { target: Target::Flag(slot), .. }) => *slot = flag,
            _ => return Err(self.invalid(Unexpected::Bool(flag))),
        }
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        match self.0.begin(Kind::Text) {
            Some(Slot { target: Target::Text(slot), .. }) => TextVisitor(slot).visit_str(text),
            _ => Err(self.invalid(Unexpected::Str(text))),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        match self.0.begin(Kind::List) {
            Some(Slot { target: Target::List(list), .. }) => read_list(list, seq),
            _ => Err(self.invalid(Unexpected::Seq)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        match self.0.begin(Kind::Object) {
            Some(Slot { target: Target::Object(object), .. }) => read_object(object, map),
            Some(Slot { target: Target::Union(union), .. }) => read_union(union, map),
            _ => Err(self.invalid(Unexpected::Map)),
        }
    }
}
