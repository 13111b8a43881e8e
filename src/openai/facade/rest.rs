//! What is left of an object once everything that can be carried over was taken out of it.

use bytes::BytesMut;

use crate::openai::losses::{LossKind, Losses};
use crate::wire::{Field, View, push_json};

/// The longest value in bytes that can ask for nothing.
const MAX_BYTES: usize = 64;

/// Lists each field of `rest` that asks for something. `path` is empty or ends in a dot.
pub(super) fn report(rest: &impl Field, path: &str, losses: &mut Losses) {
    let View::Object(object) = rest.view() else { return };
    let names = object.layout().names.iter().enumerate();
    let known = names.filter_map(|(place, name)| Some((*name, object.get(place)?)));
    let unknown = object.rest().0.iter().map(|(name, value)| (name, View::Raw(value)));
    for (name, value) in known.chain(unknown) {
        if !asks_for_nothing(name, value) {
            losses.add(format!("{path}{name}"), LossKind::Dropped, "has no counterpart in the Messages API");
        }
    }
}

/// Returns `true` if a request means the same without the field.
fn asks_for_nothing(name: &str, value: View<'_>) -> bool {
    let mut json = BytesMut::new();
    push_json(&mut json, value);
    if json.len() > MAX_BYTES {
        return false;
    }
    let json = String::from_utf8_lossy(&json).replace([' ', '\t'], "");
    match (name, json.as_str()) {
        (_, "null" | "false" | "\"\"" | "[]" | "{}") | ("role" | "type", _) => true,
        ("detail", "\"auto\"") | ("modalities", "[\"text\"]") => true,
        ("n", number) => number.parse() == Ok(1.0),
        ("seed", _) => false,
        (_, number) => number.parse() == Ok(0.0),
    }
}
