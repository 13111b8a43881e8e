//! Reading raw values that serde has already parsed into its own buffers.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::StrDeserializer;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, Visitor};

/// A deserializer from which `RawValue` can be read even if serde has buffered the value, as it does below
/// `flatten` and `untagged`.
///
/// To the visitor of a newtype, `serde_json` gives the raw text, as a map with one private key. Every other
/// deserializer gives itself; its value is then read here and written out as text.
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
        self.visitor.visit_map(RawEntry::new(self.name, text))
    }
}

/// The map with one private key in which `serde_json` gives raw text to a visitor.
pub(super) struct RawEntry<E> {
    name: Option<&'static str>,
    text: String,
    error: PhantomData<E>,
}

impl<E> RawEntry<E> {
    pub(super) fn new(name: &'static str, text: String) -> Self {
        Self { name: Some(name), text, error: PhantomData }
    }
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
