//! Raw JSON values: the payload that belongs to someone else.

mod buffered;
mod depth;
mod partial;
mod string;

use std::fmt;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error};
use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;

use buffered::Buffered;
pub(crate) use buffered::Reread;
pub use depth::MAX_DEPTH;
pub(crate) use depth::Nesting;
use depth::check_depth;
pub use partial::PartialMode;
pub(crate) use string::{push_escaped, unescape};

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
/// assert_eq!(json.as_raw_str(), r#"{"b": 1.0, "a": 12345678901234567890}"#);
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
        serde_json::from_str(self.as_raw_str())
    }

    /// The text.
    pub fn as_raw_str(&self) -> &str {
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
        self.as_raw_str() == "null"
    }

    /// Takes an object made of values that were taken before.
    pub(crate) fn of_parts(text: String) -> Result<Self, serde_json::Error> {
        RawValue::from_string(text).map(Self)
    }

    /// Takes a value where it may nest `room` levels deep.
    fn new(raw: Box<RawValue>, room: usize) -> Result<Self, serde_json::Error> {
        check_depth::<serde_json::Error>(raw.get().as_bytes(), room)?;
        let has_line_break = memchr::memchr2(b'\n', b'\r', raw.get().as_bytes()).is_some();
        Ok(Self(if has_line_break { RawValue::from_string(compact(raw.get()))? } else { raw }))
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
        self.as_raw_str() == other.as_raw_str()
    }
}

impl Eq for Json {}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_raw_str())
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_raw_str())
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
        Self::new(raw, Nesting::room()).map_err(D::Error::custom)
    }
}
