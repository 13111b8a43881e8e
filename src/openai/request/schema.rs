//! JSON schemas. They are changed in their text, so that the order of keys and the digits of numbers stay.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::json::Json;

/// Returns `schema` with the `type` and the `properties` that the parameters of a function must have, or
/// `None` if it has them.
pub(super) fn with_object_keys(schema: &Json) -> Option<Json> {
    const EMPTY: &str = r#"{"type":"object","properties":{}}"#;
    let text = schema.as_raw_str();
    if !text.starts_with('{') {
        return Json::parse(EMPTY).ok();
    }
    let Members(members) = serde_json::from_str(text).ok()?;
    let lacks = |name: &str| !members.iter().any(|(key, _)| key == name);
    let mut added = String::new();
    for (name, member) in [("type", r#""type":"object""#), ("properties", r#""properties":{}"#)] {
        if lacks(name) {
            added.push(',');
            added.push_str(member);
        }
    }
    if added.is_empty() {
        return None;
    }
    if members.is_empty() {
        return Json::parse(EMPTY).ok();
    }
    let body = text.trim_end().strip_suffix('}')?;
    Json::of_parts(format!("{}{added}}}", body.trim_end())).ok()
}

/// Returns `schema` without what servers reject that know a small subset of JSON Schema, or `None` if there
/// is nothing of that in it.
pub(super) fn filtered(schema: &Json) -> Option<Json> {
    let mut out = String::new();
    let mut is_changed = false;
    push_filtered(schema.as_raw_str(), &mut out, &mut is_changed);
    if is_changed { Json::of_parts(out).ok() } else { None }
}

/// The size of the largest schema that is read as a whole.
const MAX_STRICT_BYTES: usize = 256 * 1024;

/// Whether `schema` has the form that strict mode demands: each object is closed, and all of its properties
/// are required.
///
/// A schema of more than 256 KiB is not looked at.
pub(super) fn is_strict(schema: &Json) -> bool {
    schema.as_raw_str().len() <= MAX_STRICT_BYTES
        && schema.decode::<Value>().is_ok_and(|schema| is_strict_value(&schema))
}

fn is_strict_value(schema: &Value) -> bool {
    match schema {
        Value::Object(map) => {
            let is_object = map.contains_key("properties")
                || match map.get("type") {
                    Some(Value::Array(types)) => types.iter().any(|name| name == "object"),
                    name => name.is_some_and(|name| name == "object"),
                };
            let required = map.get("required").and_then(Value::as_array);
            let required: HashSet<&str> = required.into_iter().flatten().filter_map(Value::as_str).collect();
            let is_required = |key: &String| required.contains(&**key);
            let properties = map.get("properties").and_then(Value::as_object);
            let is_closed = map.get("additionalProperties") == Some(&Value::Bool(false));
            let is_legal =
                !is_object || is_closed && properties.is_none_or(|map| map.keys().all(is_required));
            let is_strict_member = |(key, value): (&String, &Value)| match (&**key, value) {
                ("properties" | "$defs" | "definitions", Value::Object(schemas)) => {
                    schemas.values().all(is_strict_value)
                }
                // These are data, in which nothing is a schema.
                ("enum" | "const" | "default" | "examples" | "required", _) => true,
                _ => is_strict_value(value),
            };
            is_legal && map.iter().all(is_strict_member)
        }
        Value::Array(items) => items.iter().all(is_strict_value),
        _ => true,
    }
}

/// The members of an object in their order, as they are written.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(Reader).map(Self)
    }
}

fn push_filtered(schema: &str, out: &mut String, is_changed: &mut bool) {
    let Ok(Members(members)) = serde_json::from_str(schema) else {
        out.push_str(schema);
        return;
    };
    let mut separator = '{';
    for (key, value) in &members {
        let value = value.get();
        if is_rejected(key, value) {
            *is_changed = true;
            continue;
        }
        push_key(key, separator, out);
        separator = ',';
        match &**key {
            "properties" | "$defs" | "definitions" => push_table(value, out, is_changed),
            "anyOf" | "oneOf" | "allOf" | "prefixItems" => push_list(value, out, is_changed),
            "items" if value.starts_with('[') => push_list(value, out, is_changed),
            "items" | "not" => push_filtered(value, out, is_changed),
            _ => out.push_str(value),
        }
    }
    out.push_str(if separator == '{' { "{}" } else { "}" });
}

fn is_rejected(key: &str, value: &str) -> bool {
    match key {
        "$schema" | "$id" | "$comment" | "additionalProperties" | "default" | "examples" => true,
        "format" => ![r#""enum""#, r#""date-time""#].contains(&value),
        _ => false,
    }
}

/// Appends an object whose values are schemas.
fn push_table(table: &str, out: &mut String, is_changed: &mut bool) {
    let Ok(Members(members)) = serde_json::from_str(table) else {
        out.push_str(table);
        return;
    };
    let mut separator = '{';
    for (key, value) in &members {
        push_key(key, separator, out);
        separator = ',';
        push_filtered(value.get(), out, is_changed);
    }
    out.push_str(if separator == '{' { "{}" } else { "}" });
}

fn push_list(list: &str, out: &mut String, is_changed: &mut bool) {
    let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(list) else {
        out.push_str(list);
        return;
    };
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        push_filtered(item.get(), out, is_changed);
    }
    out.push(']');
}

fn push_key(key: &str, separator: char, out: &mut String) {
    out.push(separator);
    out.push_str(&Value::from(key).to_string());
    out.push(':');
}
