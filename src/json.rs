//! Raw JSON values: the payload that belongs to someone else.

use std::cell::Cell;
use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{
    Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, Visitor,
};
use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;

/// How deep arrays and objects may nest in a document, raw values and what
/// they stand in together. `serde_json` holds typed values to the same limit.
pub const MAX_DEPTH: usize = 127;

/// A JSON value kept as its text: key order and the exact digits of every
/// number survive. Tool inputs, JSON schemas, unknown fields and blocks are
/// held in it.
///
/// The text holds no line break: insignificant white space is dropped when it
/// contains one, so that the value can stand in one line of an event stream.
/// It nests at most [`MAX_DEPTH`] levels, counted from the outermost value of
/// this crate's types that it is read in. Two values are equal when their
/// texts are.
///
/// Exact when read from JSON text or bytes. From a `serde_json::Value`, or
/// inside a type of yours that uses `#[serde(flatten)]` or `untagged`, it holds
/// what serde passes on: key order and digits may be lost. Only `serde_json`
/// is supported as the format.
///
/// ```
/// use messages_api::Json;
///
/// let json = Json::parse(r#"{"b": 1.0, "a": 12345678901234567890}"#)?;
/// assert_eq!(json.get(), r#"{"b": 1.0, "a": 12345678901234567890}"#);
/// let value: serde_json::Value = json.decode()?;
/// assert_eq!(value["b"], 1.0);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone)]
pub struct Json(Box<RawValue>);

impl Json {
    /// Takes one JSON value.
    ///
    /// # Errors
    ///
    /// When `text` is not exactly one JSON value, or nests deeper than
    /// [`MAX_DEPTH`].
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// Writes `value` as JSON.
    ///
    /// # Errors
    ///
    /// When the value cannot be written as JSON, such as a map whose keys are
    /// not strings, or nests deeper than [`MAX_DEPTH`].
    pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        Self::new(serde_json::value::to_raw_value(value)?, MAX_DEPTH)
    }

    /// Reads the value as a `T`.
    ///
    /// # Errors
    ///
    /// When the value is not a `T`.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.get())
    }

    /// The text.
    pub fn get(&self) -> &str {
        self.0.get()
    }

    /// The value `null`.
    pub fn null() -> Self {
        Self(RawValue::NULL.to_owned())
    }

    /// The value `{}`.
    pub fn empty_object() -> Self {
        Self::from(serde_json::Map::new())
    }

    /// Whether the value is `null`.
    pub fn is_null(&self) -> bool {
        self.get() == "null"
    }

    /// Takes text that was put together from other values of this type and
    /// nests as deep as it may.
    pub(crate) fn assembled(text: String) -> Result<Self, serde_json::Error> {
        RawValue::from_string(text).map(Self)
    }

    fn new(raw: Box<RawValue>, max_depth: usize) -> Result<Self, serde_json::Error> {
        check_depth_to(max_depth, raw.get().as_bytes()).map_err(Error::custom)?;
        let has_line_break = memchr::memchr2(b'\n', b'\r', raw.get().as_bytes()).is_some();
        Ok(Self(if has_line_break { RawValue::from_string(compact(raw.get()))? } else { raw }))
    }
}

/// JSON that nests deeper than [`MAX_DEPTH`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("JSON nests deeper than {MAX_DEPTH} levels")]
pub(crate) struct TooDeep;

/// Checks the nesting of a whole document before anything recurses into it.
pub(crate) fn check_depth(json: &[u8]) -> Result<(), TooDeep> {
    check_depth_to(MAX_DEPTH, json)
}

fn check_depth_to(max_depth: usize, json: &[u8]) -> Result<(), TooDeep> {
    if json.len() <= max_depth {
        return Ok(());
    }
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(&byte) = json.get(at) {
        at += 1;
        match byte {
            b'"' => at = end_of_string(json, at),
            b'{' | b'[' => {
                depth += 1;
                if depth > max_depth {
                    return Err(TooDeep);
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// One array or object that this thread is reading: a raw value does not know
/// what it stands in, and the limit is for the whole document.
pub(crate) struct Nesting;

impl Nesting {
    pub(crate) fn enter<E: Error>() -> Result<Self, E> {
        let depth = DEPTH.get();
        if depth == MAX_DEPTH {
            return Err(E::custom(TooDeep));
        }
        DEPTH.set(depth + 1);
        Ok(Self)
    }
}

impl Drop for Nesting {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
    }
}

/// The text without white space between tokens.
fn compact(json: &str) -> String {
    let bytes = json.as_bytes();
    let mut out = String::with_capacity(json.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        at += 1;
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => continue,
            b'"' => at = end_of_string(bytes, at),
            _ => {
                while bytes.get(at).is_some_and(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'"')) {
                    at += 1;
                }
            }
        }
        out.push_str(&json[start..at]);
    }
    out
}

/// Where the string ends whose first byte is at `at`, its quote included.
pub(crate) fn end_of_string(json: &[u8], mut at: usize) -> usize {
    while let Some(found) = json.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        if json[at + found] == b'"' {
            return at + found + 1;
        }
        at += found + 2;
    }
    json.len()
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl Eq for Json {}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.get())
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.get())
    }
}

impl From<serde_json::Map<String, serde_json::Value>> for Json {
    /// # Panics
    ///
    /// When the value nests deeper than [`MAX_DEPTH`]; none that `serde_json`
    /// has read does.
    fn from(map: serde_json::Map<String, serde_json::Value>) -> Self {
        Self::from(serde_json::Value::Object(map))
    }
}

impl From<serde_json::Value> for Json {
    /// # Panics
    ///
    /// When the value nests deeper than [`MAX_DEPTH`]; none that `serde_json`
    /// has read does.
    fn from(value: serde_json::Value) -> Self {
        Self::encode(&value).expect("a `Value` is JSON, and one this deep was built by hand")
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(Buffered(deserializer))?;
        Self::new(raw, MAX_DEPTH - DEPTH.get()).map_err(D::Error::custom)
    }
}

/// Lets `RawValue` be read from what serde has buffered, as it does below
/// `flatten` and `untagged`: `serde_json` hands over raw text as a map of one
/// private key, every other deserializer passes itself on.
struct Buffered<D>(D);

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
        self.visitor.visit_map(RawEntry { name: Some(self.name), text, error: std::marker::PhantomData })
    }
}

/// The map in which `serde_json` hands over raw text.
struct RawEntry<E> {
    name: Option<&'static str>,
    text: String,
    error: std::marker::PhantomData<E>,
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
