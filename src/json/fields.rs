//! Some fields of an object that needs no type of its own.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Returns the raw values of the fields `names` of the object in `text`. Those that are absent or `null` are
/// `None`.
///
/// A derived implementation of `Deserialize` would be compiled for each set of names.
///
/// # Errors
///
/// When `text` is not exactly one object, or has one of the fields twice.
pub(crate) fn fields<'a, const N: usize>(
    text: &'a str,
    names: [&str; N],
) -> Result<[Option<&'a str>; N], serde_json::Error> {
    let mut values = [None; N];
    read(text, &names, &mut values)?;
    Ok(values.map(|value| value.filter(|value| *value != "null")))
}

/// Returns `true` if `text` is an object with the field `name`, which may be `null`.
#[cfg(feature = "client")]
pub(crate) fn has_field(text: &str, name: &str) -> bool {
    let mut values = [None];
    read(text, &[name], &mut values).is_ok() && values[0].is_some()
}

fn read<'a>(text: &'a str, names: &[&str], values: &mut [Option<&'a str>]) -> Result<(), serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_str(text);
    reader.deserialize_map(Fields { names, values })?;
    reader.end()
}

struct Fields<'a, 'de> {
    names: &'a [&'a str],
    values: &'a mut [Option<&'de str>],
}

impl<'de> Visitor<'de> for Fields<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(place) = map.next_key_seed(Place(self.names))? {
            let Some(place) = place else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let value = map.next_value::<&RawValue>()?.get();
            if self.values[place].replace(value).is_some() {
                return Err(A::Error::custom(format_args!("duplicate field `{}`", self.names[place])));
            }
        }
        Ok(())
    }
}

/// Reads a name as its position in a list.
struct Place<'a>(&'a [&'a str]);

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Place<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().position(|known| *known == name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_raw() {
        let text = r#" {"a": [1 , 2], "\u0062": "x\n", "c": null, "other": {"a": 1}} "#;
        let values = fields(text, ["b", "a", "c", "d"]).expect("an object");
        assert_eq!(values, [Some(r#""x\n""#), Some("[1 , 2]"), None, None]);
    }

    #[test]
    fn only_one_object_has_fields() {
        for text in ["", "[]", r#"["a"]"#, "null", r#""a""#, "{", r#"{"a":1}{}"#, r#"{"a":1,"a":2}"#] {
            assert!(fields(text, ["a"]).is_err(), "{text}");
        }
        assert!(fields(r#"{"b":1,"b":2}"#, ["a"]).is_ok_and(|values| values == [None]));
    }

    #[test]
    #[cfg(feature = "client")]
    fn a_field_may_be_null() {
        assert!(has_field(r#"{"a":null}"#, "a"));
        assert!(!has_field(r#"{"b":{"a":1}}"#, "a"));
        assert!(!has_field(r#"["a"]"#, "a"));
    }
}
