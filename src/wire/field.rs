//! The values that a field of a wire type can have.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor,
};

use super::bits::Gaps;
use super::path::{Path, at, segment};
use crate::json::{Json, Nesting, allocation, charge, push, release, shrink};
use crate::text;

/// Adds a field to the `Debug` output of a struct. The value of a secret is left
/// out, because whoever reads a log could use it.
pub(crate) fn show(
    debug: &mut fmt::DebugStruct<'_, '_>,
    name: &str,
    value: &dyn fmt::Debug,
    is_secret: bool,
) {
    if is_secret {
        debug.field(name, &format_args!("…"));
    } else {
        debug.field(name, value);
    }
}

/// Writes the `Debug` output of an enum's variant, without the value of a secret.
pub(crate) fn show_variant(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    value: &dyn fmt::Debug,
    is_secret: bool,
) -> fmt::Result {
    let mut debug = f.debug_tuple(name);
    if is_secret {
        debug.field(&format_args!("…"))
    } else {
        debug.field(value)
    };
    debug.finish()
}

/// A value that a field of a wire type can have. Reading it is like `Deserialize`,
/// but errors contain a path, and numbers can be read even if serde_json's feature
/// `arbitrary_precision` is on.
pub(crate) trait Field: Sized {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;

    /// Reports everything in this value that this version of the crate does not
    /// know.
    fn unknown(&self, _path: &mut Path) {}
}

/// Reads the value of the required field `name`.
pub(crate) fn read_required<'de, T: Field, A: MapAccess<'de>>(
    map: &mut A,
    name: &'static str,
) -> Result<Option<T>, A::Error> {
    map.next_value_seed(Seed(PhantomData)).map(Some).map_err(|error| at(name, error))
}

/// Reads the value of the optional field `name`, and records if it is `null`.
pub(crate) fn read_optional<'de, T: Field, A: MapAccess<'de>>(
    map: &mut A,
    name: &'static str,
    field: usize,
    gaps: &mut Gaps,
) -> Result<Option<T>, A::Error> {
    let value = map.next_value_seed(NullableSeed(PhantomData)).map_err(|error| at(name, error))?;
    if value.is_none() {
        gaps.insert_null(field);
    }
    Ok(value)
}

struct Seed<T>(PhantomData<T>);

impl<'de, T: Field> DeserializeSeed<'de> for Seed<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        T::read(deserializer)
    }
}

struct NullableSeed<T>(PhantomData<T>);

impl<'de, T: Field> DeserializeSeed<'de> for NullableSeed<T> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        Option::read(deserializer)
    }
}

impl<'de, T: Field> Visitor<'de> for NullableSeed<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or null")
    }

    fn visit_none<E: Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        T::read(deserializer).map(Some)
    }
}

macro_rules! as_serde_reads {
    ($($ty:ty),*) => {$(
        impl Field for $ty {
            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::deserialize(deserializer)
            }
        }
    )*};
}

as_serde_reads!(bool, Json);

impl Field for String {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Self::deserialize(deserializer)?;
        charge(allocation(text.capacity()))?;
        Ok(text)
    }
}

impl<T: Field> Field for Box<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = T::read(deserializer)?;
        charge(allocation(size_of::<T>()))?;
        Ok(Self::new(value))
    }

    fn unknown(&self, path: &mut Path) {
        (**self).unknown(path);
    }
}

impl<T: Field> Field for Option<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_option(NullableSeed(PhantomData))
    }

    fn unknown(&self, path: &mut Path) {
        if let Some(value) = self {
            value.unknown(path);
        }
    }
}

impl<T: Field> Field for Vec<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ListVisitor(PhantomData))
    }

    fn unknown(&self, path: &mut Path) {
        for (index, item) in self.iter().enumerate() {
            path.below(index, |path| item.unknown(path));
        }
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Field> Visitor<'de> for ListVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
        let _nesting = Nesting::enter()?;
        let mut items = Vec::new();
        while let Some(item) =
            seq.next_element_seed(Seed::<T>(PhantomData)).map_err(|error| at(items.len(), error))?
        {
            push(&mut items, item)?;
        }
        shrink(&mut items);
        Ok(items)
    }
}

impl<T: Field> Field for BTreeMap<String, T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(TableVisitor(PhantomData))
    }

    fn unknown(&self, path: &mut Path) {
        for (key, value) in self {
            path.below(segment(key), |path| value.unknown(path));
        }
    }
}

/// The nodes of a `BTreeMap` have room for 11 entries. Five of these are in use where keys arrive in
/// order, which is the worst case, and there is an inner node for every few of them.
const NODE_ENTRIES: usize = 11;
const LEAST_IN_NODE: usize = 5;
/// The size of a node apart from its entries, with its share in an inner node.
const NODE_BYTES: usize = 64;

struct TableVisitor<T>(PhantomData<T>);

impl<'de, T: Field> Visitor<'de> for TableVisitor<T> {
    type Value = BTreeMap<String, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let _nesting = Nesting::enter()?;
        let mut table = BTreeMap::new();
        while let Some(key) = map.next_key::<String>()? {
            let value = map.next_value_seed(Seed(PhantomData)).map_err(|error| at(segment(&key), error))?;
            let name = segment(&key);
            charge(allocation(key.capacity()))?;
            if table.len() % LEAST_IN_NODE == 0 {
                charge(allocation(NODE_ENTRIES * size_of::<(String, T)>() + NODE_BYTES))?;
            }
            if table.insert(key, value).is_some() {
                return Err(A::Error::custom(format_args!("{name}: duplicate field")));
            }
        }
        Ok(table)
    }
}

impl Field for u64 {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_number(deserializer)?.to_u64()
    }
}

impl Field for i64 {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = read_number(deserializer)?;
        match number {
            Number::Unsigned(value) => Self::try_from(value).ok(),
            Number::Signed(value) => Some(value),
            Number::Float(value) => {
                let size = whole(value.abs()).and_then(|size| Self::try_from(size).ok());
                size.map(|size| if value < 0.0 { -size } else { size })
            }
        }
        .ok_or_else(|| number.unexpected("a whole number"))
    }
}

impl Field for f64 {
    /// Parses the raw text, because `serde_json` itself may be off by the last bit.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Json::deserialize(deserializer)?;
        release(json.allocation());
        let is_number = json.as_raw_str().starts_with(|c: char| c == '-' || c.is_ascii_digit());
        let number = json.as_raw_str().parse().ok().filter(|number: &Self| is_number && number.is_finite());
        number.ok_or_else(|| {
            let found = text::start(json.as_raw_str(), MAX_SHOWN_BYTES);
            D::Error::custom(format_args!("invalid value: {found}, expected a number"))
        })
    }
}

/// The maximum number of bytes of an invalid number that an error quotes.
const MAX_SHOWN_BYTES: usize = 40;

/// Converts `value` if it is a whole number in the range in which floats are exact.
/// Some servers write counts as `15.0`.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn whole(value: f64) -> Option<u64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    (value.fract() == 0.0 && (0.0..=EXACT).contains(&value)).then_some(value as u64)
}

#[derive(Clone, Copy)]
pub(super) enum Number {
    Unsigned(u64),
    /// A negative number.
    Signed(i64),
    Float(f64),
}

impl Number {
    pub(super) fn to_u64<E: Error>(self) -> Result<u64, E> {
        match self {
            Self::Unsigned(value) => Some(value),
            Self::Float(value) => whole(value),
            Self::Signed(_) => None,
        }
        .ok_or_else(|| self.unexpected("a non-negative whole number"))
    }

    fn unexpected<E: Error>(self, expected: &str) -> E {
        let found = match self {
            Self::Unsigned(value) => Unexpected::Unsigned(value),
            Self::Signed(value) => Unexpected::Signed(value),
            Self::Float(value) => Unexpected::Float(value),
        };
        E::invalid_value(found, &expected)
    }
}

pub(super) fn read_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Number, D::Error> {
    deserializer.deserialize_any(NumberVisitor("a whole number"))
}

/// Accepts any number. If the feature `arbitrary_precision` of serde_json is
/// on, a number that serde has buffered arrives as a map, which
/// `serde_json::Number` can read.
struct NumberVisitor(&'static str);

impl<'de> Visitor<'de> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Number, E> {
        Ok(Number::Unsigned(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Number, E> {
        Ok(u64::try_from(value).map_or(Number::Signed(value), Number::Unsigned))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Number, E> {
        Ok(Number::Float(value))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Number, A::Error> {
        let number = serde_json::Number::deserialize(MapAccessDeserializer::new(map))
            .map_err(|_| A::Error::invalid_type(Unexpected::Map, &self))?;
        if let Some(value) = number.as_u64() {
            return Ok(Number::Unsigned(value));
        }
        Ok(number.as_i64().map_or_else(|| Number::Float(number.as_f64().unwrap_or(f64::NAN)), Number::Signed))
    }
}
