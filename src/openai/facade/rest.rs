//! What is left of an object once everything that can be carried over was taken out of it.

use serde_json::Value;

use crate::json::Json;
use crate::openai::losses::{LossKind, Losses};
use crate::wire::Field;

/// Lists each field of `rest` that asks for something. `path` is empty or ends in a dot.
pub(super) fn report<T: Field + serde::Serialize>(rest: &T, path: &str, losses: &mut Losses) {
    let fields = Json::encode(rest).and_then(|json| json.decode::<serde_json::Map<String, Value>>());
    for (name, value) in fields.unwrap_or_default() {
        if !asks_for_nothing(&name, &value) {
            losses.add(format!("{path}{name}"), LossKind::Dropped, "has no counterpart in the Messages API");
        }
    }
}

/// Returns `true` if a request means the same without the field.
fn asks_for_nothing(name: &str, value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_f64() == Some(if name == "n" { 1.0 } else { 0.0 }),
        Value::String(text) => {
            text.is_empty() || matches!((name, &**text), ("role" | "type", _) | ("detail", "auto"))
        }
        Value::Array(items) => items.is_empty() || (name == "modalities" && items == &["text"]),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(true) => false,
    }
}
