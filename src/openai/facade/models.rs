//! Models in the form of Chat Completions.

use serde_json::{Value, json};

use crate::calendar::unix_seconds;
use crate::json::Json;
use crate::types::models::{ModelInfo, ModelPage};

/// Returns a list of models as an API of Chat Completions has it.
pub(super) fn list(page: &ModelPage) -> Json {
    let models: Vec<Value> = page.data.iter().map(value).collect();
    Json::from(json!({ "object": "list", "data": models }))
}

/// Returns a model as an API of Chat Completions has it.
pub(super) fn model(model: &ModelInfo) -> Json {
    Json::from(value(model))
}

fn value(model: &ModelInfo) -> Value {
    let created = created(&model.created_at).unwrap_or(0);
    json!({ "id": model.id, "object": "model", "created": created, "owned_by": "system" })
}

/// Returns the seconds from 1970 to a time in the form of RFC 3339, by its date and its time of day in UTC.
fn created(time: &str) -> Option<i64> {
    let numbers = |text: Option<&str>, separator| {
        let mut parts = text?.split(separator).map(str::parse);
        Some([parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?])
    };
    unix_seconds(numbers(time.get(..10), '-')?, numbers(time.get(11..19), ':')?)
}
