//! Values that were read already, and are read again as another type.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::StrDeserializer;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, Visitor};

use super::{Json, unescape};

/// Lets `RawValue` be read from what serde has buffered, as it does below
/// `flatten` and `untagged`: `serde_json` hands over raw text as a map of one
/// private key, every other deserializer passes itself on.
pub(super) struct Buffered<D>(pub(super) D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Buffered<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_newtype_struct(name, RawVisitor { name, visitor })
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct RawVisitor<V> {
    name: &'static str,
    visitor: V,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for RawVisitor<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_map(map)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        let text = serde_json::Value::deserialize(deserializer)?.to_string();
        self.visitor.visit_map(RawEntry { name: Some(self.name), text, error: PhantomData })
    }
}

/// The map in which `serde_json` hands over raw text.
struct RawEntry<E> {
    name: Option<&'static str>,
    text: String,
    error: PhantomData<E>,
}

impl<'de, E: Error> MapAccess<'de> for RawEntry<E> {
    type Error = E;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, E> {
        self.name.take().map(|name| seed.deserialize(StrDeserializer::new(name))).transpose()
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, E> {
        seed.deserialize(std::mem::take(&mut self.text).into_deserializer())
    }
}

/// Reads a [`Json`] as a type whose only newtype is `RawValue`. Raw values and
/// strings, of which objects mostly consist, are handed over; all else is read
/// as from a file, because it may outlive the text.
pub(crate) struct Reread<E> {
    json: Json,
    error: PhantomData<E>,
}

impl<E> Reread<E> {
    pub(crate) fn new(json: Json) -> Self {
        Self { json, error: PhantomData }
    }
}

impl<'de, E: Error> Deserializer<'de> for Reread<E> {
    type Error = E;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        let text = self.json.as_raw_str();
        if let Some(text) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).and_then(unescape)
        {
            return visitor.visit_string(text);
        }
        let mut values = serde_json::Deserializer::from_reader(text.as_bytes());
        values.deserialize_any(visitor).map_err(without_position)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        if self.json.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, E> {
        let text = String::from(Box::<str>::from(self.json.0));
        visitor.visit_map(RawEntry { name: Some(name), text, error: PhantomData })
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// The position counts from the start of one value, not of the document.
fn without_position<E: Error>(error: serde_json::Error) -> E {
    let text = error.to_string();
    let end = text.rfind(" at line ").filter(|_| error.line() > 0);
    E::custom(&text[..end.unwrap_or(text.len())])
}
