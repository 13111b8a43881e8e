//! A JSON object as the list of its entries, for changing some and keeping the others as they are.

use std::fmt;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use super::value::Json;

/// The entries of an object in their original order, with unparsed values.
#[derive(Default)]
pub(crate) struct RawObject(Vec<(String, Json)>);

impl RawObject {
    /// Serializes `value`, which must become an object.
    pub(crate) fn of(value: &impl Serialize) -> Result<Self, serde_json::Error> {
        Json::encode(value)?.decode()
    }

    /// Deserializes the object as a `T`.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        Json::encode(self)?.decode()
    }

    /// Sets the entry `name`, or appends it if there is none, and returns the previous value.
    pub(crate) fn set(&mut self, name: &str, value: Json) -> Option<Json> {
        if let Some((_, before)) = self.0.iter_mut().rfind(|(key, _)| key == name) {
            return Some(std::mem::replace(before, value));
        }
        self.0.push((name.to_owned(), value));
        None
    }

    /// Removes the entry `name`.
    #[cfg(feature = "client")]
    pub(crate) fn remove(&mut self, name: &str) {
        self.0.retain(|(key, _)| key != name);
    }

    /// Returns the value of the entry `name`.
    #[cfg(feature = "client")]
    pub(crate) fn get(&self, name: &str) -> Option<&Json> {
        self.0.iter().rfind(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Returns the entries in their order.
    #[cfg(feature = "client")]
    pub(crate) fn entries(&self) -> &[(String, Json)] {
        &self.0
    }
}

impl Serialize for RawObject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<'de> Deserialize<'de> for RawObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntriesVisitor;

        impl<'de> Visitor<'de> for EntriesVisitor {
            type Value = RawObject;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawObject, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(RawObject(entries))
            }
        }

        deserializer.deserialize_map(EntriesVisitor)
    }
}
