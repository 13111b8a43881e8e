//! Values that were taken as raw JSON first and then turn out to be fields of a known type.

use std::marker::PhantomData;

use serde::de::{Deserializer, Error, Visitor};

use super::buffered::RawEntry;
use super::string::unescape;
use super::value::Json;

/// A deserializer that reads a [`Json`] again, as a type in which `RawValue` is the only newtype.
///
/// Raw values and strings, of which objects mostly consist, are taken over without the parser. Everything
/// else is parsed from a reader, because the result must not borrow from the text.
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
        visitor.visit_map(RawEntry::new(name, self.json.into_text()))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// Removes the position from an error, which counts from the start of one value instead of the document.
fn without_position<E: Error>(error: serde_json::Error) -> E {
    let text = error.to_string();
    let end = text.rfind(" at line ").filter(|_| error.line() > 0);
    E::custom(&text[..end.unwrap_or(text.len())])
}
