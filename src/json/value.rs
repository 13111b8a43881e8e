//! One raw JSON value.

use std::fmt;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error};
use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::budget::{allocation, charge};
use super::buffered::Buffered;
use super::depth::{MAX_DEPTH, Nesting, check_depth};
use super::string::end_of_string;

/// A JSON value kept as its text, so that key order and the exact digits of every number survive.
///
/// It stands wherever this crate carries JSON that it does not interpret: tool inputs, JSON schemas, unknown
/// fields and blocks. Convert it to and from types of your own with [`decode`](Self::decode) and
/// [`encode`](Self::encode). There is no access to members by name; decode to a `serde_json::Value` for that:
///
/// ```
/// use messages_api::Json;
///
/// let json = Json::parse(r#"{"b": 1.0, "a": 12345678901234567890}"#)?;
/// assert_eq!(json.as_raw_str(), r#"{"b": 1.0, "a": 12345678901234567890}"#);
///
/// let value = json.decode::<serde_json::Value>()?;
/// assert_eq!(value["b"], 1.0);
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// Two values are equal when their texts are: `{"a":1}` and `{"a": 1}` differ.
///
/// # The text
///
/// The text never contains a line break, so the value fits in one line of an event stream: if there is a line
/// break between tokens, all white space between tokens is removed when the value is taken in. Otherwise the
/// text stays byte for byte as it was read.
///
/// That holds for JSON read from text or bytes. A value that serde has already parsed, as happens below
/// `#[serde(flatten)]` and `#[serde(untagged)]` and when reading from a `serde_json::Value`, is written anew
/// from serde's copy, which may have lost key order and digits. `serde_json` is the only supported format.
///
/// # Limits
///
/// A value nests at most [`MAX_DEPTH`] levels deep, counted from the outermost value of this crate's types
/// that contains it.
#[derive(Clone)]
// `null` takes no allocation.
pub struct Json(Option<Box<RawValue>>);

impl Json {
    pub(crate) const NULL: Self = Self(None);

    /// Parses `text` as one JSON value.
    ///
    /// # Errors
    ///
    /// When `text` is not exactly one JSON value, or nests deeper than [`MAX_DEPTH`].
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// Serializes `value` to JSON.
    ///
    /// # Errors
    ///
    /// When JSON cannot represent the value, such as a map whose keys are not strings, or when it nests
    /// deeper than [`MAX_DEPTH`].
    pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        Self::new(serde_json::value::to_raw_value(value)?, MAX_DEPTH)
    }

    /// Deserializes the value as a `T`.
    ///
    /// # Errors
    ///
    /// When the value does not have the form that `T` requires.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.as_raw_str())
    }

    /// Returns the JSON text of the value. The text of a string includes its quotes and escapes.
    ///
    /// To get at the content of a string, call `decode::<String>()`. To look up a member of an object, call
    /// `decode::<serde_json::Value>()` or decode into a struct.
    ///
    /// ```
    /// use messages_api::Json;
    ///
    /// let json = Json::encode("Oslo")?;
    /// assert_eq!(json.as_raw_str(), r#""Oslo""#);
    /// assert_eq!(json.decode::<String>()?, "Oslo");
    ///
    /// let json = Json::parse(r#"{"city":"Oslo"}"#)?;
    /// assert_eq!(json.decode::<serde_json::Value>()?["city"], "Oslo");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn as_raw_str(&self) -> &str {
        self.raw().get()
    }

    /// Creates the value `null`.
    pub fn null() -> Self {
        Self::NULL
    }

    /// Creates the value `{}`, the input of a tool call without arguments.
    pub fn empty_object() -> Self {
        Self::from(serde_json::Map::new())
    }

    /// Returns `true` if the value is `null`.
    pub fn is_null(&self) -> bool {
        self.0.is_none()
    }

    /// Creates an object from text that is composed of values already checked by [`Json::new`].
    pub(crate) fn of_parts(text: String) -> Result<Self, serde_json::Error> {
        RawValue::from_string(text).map(|raw| Self(Some(raw)))
    }

    /// Returns the size in memory of the text.
    pub(crate) fn allocation(&self) -> usize {
        self.0.as_ref().map_or(0, |raw| allocation(raw.get().len()))
    }

    fn raw(&self) -> &RawValue {
        self.0.as_deref().unwrap_or(RawValue::NULL)
    }

    /// Creates a value from raw JSON that may nest at most `room` levels deep, and removes line breaks.
    fn new(raw: Box<RawValue>, room: usize) -> Result<Self, serde_json::Error> {
        if raw.get() == RawValue::NULL.get() {
            return Ok(Self::NULL);
        }
        check_depth::<serde_json::Error>(raw.get().as_bytes(), room)?;
        let has_line_break = memchr::memchr2(b'\n', b'\r', raw.get().as_bytes()).is_some();
        Ok(Self(Some(if has_line_break { RawValue::from_string(compact(raw.get()))? } else { raw })))
    }
}

/// Removes the white space between tokens.
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
    /// When the value nests deeper than [`MAX_DEPTH`]. A value that `serde_json` has parsed never does.
    fn from(map: serde_json::Map<String, serde_json::Value>) -> Self {
        Self::from(serde_json::Value::Object(map))
    }
}

impl From<serde_json::Value> for Json {
    /// # Panics
    ///
    /// When the value nests deeper than [`MAX_DEPTH`]. A value that `serde_json` has parsed never does.
    fn from(value: serde_json::Value) -> Self {
        Self::encode(&value).expect("a `Value` is JSON and nests at most `MAX_DEPTH` levels deep")
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.raw().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(Buffered(deserializer))?;
        let json = Self::new(raw, Nesting::room()).map_err(D::Error::custom)?;
        charge(json.allocation())?;
        Ok(json)
    }
}
