//! Objects of a type that this version of the crate does not know.

use std::fmt;

use serde::de::{Error, MapAccess};
use serde::ser::{Serialize, Serializer};

use super::read_object::{Before, next_entry};
use crate::json::{Json, allocation, charge, release};

/// An object whose `type` this version of the crate does not know, such as a
/// content block, a tool, an event or a delta that was added to the protocol
/// later.
///
/// Every union of the protocol has a variant `Unknown` that holds one. It is
/// kept as raw JSON and written back as it came. Read its fields with
/// [`json`](Self::json) and [`Json::decode`].
///
/// ```
/// use messages_api::ContentBlock;
///
/// let json = r#"{"type":"hologram","size":1.0}"#;
/// let block: ContentBlock = serde_json::from_str(json)?;
/// let ContentBlock::Unknown(unknown) = &block else { panic!("it is unknown") };
/// assert_eq!(unknown.type_name(), "hologram");
/// assert_eq!(serde_json::to_string(&block)?, json);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Unknown(Option<Box<Content>>);

/// What an [`Unknown`] holds, apart from one that is yet to be read.
#[derive(Clone, PartialEq)]
struct Content {
    type_name: Box<str>,
    json: Json,
}

impl Unknown {
    /// Returns the `type` of the object.
    pub fn type_name(&self) -> &str {
        self.0.as_ref().map_or("", |content| &content.type_name)
    }

    /// Returns the whole object, including its `type`.
    pub fn json(&self) -> &Json {
        self.0.as_ref().map_or(&Json::NULL, |content| &content.json)
    }

    /// Keeps an object that has no `type`.
    pub(crate) fn untyped(json: Json) -> Self {
        Self::new("".into(), json)
    }

    /// Creates an object that is yet to be read.
    pub(crate) fn blank() -> Self {
        Self(None)
    }

    pub(super) fn read<'de, A: MapAccess<'de>>(
        type_name: Box<str>,
        before: Before,
        mut rest: A,
    ) -> Result<Self, A::Error> {
        let mut text = String::from("{");
        for (name, value) in before {
            push(&mut text, &name, value.as_raw_str());
            release(allocation(name.len()) + value.allocation());
        }
        push(&mut text, "type", &quoted(&type_name));
        while let Some((name, value)) = next_entry(&mut rest)? {
            // A receiver that goes by the last `type` would read the object as
            // another type.
            if &*name == "type" {
                return Err(Error::custom("type: duplicate field"));
            }
            push(&mut text, &name, value.as_raw_str());
            release(value.allocation());
        }
        text.push('}');
        let json = Json::of_parts(text).map_err(Error::custom)?;
        charge(allocation(size_of::<Content>()) + allocation(type_name.len()) + json.allocation())?;
        Ok(Self::new(type_name, json))
    }

    fn new(type_name: Box<str>, json: Json) -> Self {
        Self(Some(Box::new(Content { type_name, json })))
    }
}

impl fmt::Debug for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unknown").field("type_name", &self.type_name()).field("json", self.json()).finish()
    }
}

impl Serialize for Unknown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json().serialize(serializer)
    }
}

fn push(text: &mut String, name: &str, value: &str) {
    if text.len() > 1 {
        text.push(',');
    }
    text.push_str(&quoted(name));
    text.push(':');
    text.push_str(value);
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
