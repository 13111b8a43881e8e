//! Properties of any JSON that can be read as one of the types. The JSON is the
//! same in every run.

use messages_api::types::CountTokensRequest;
use messages_api::{CreateMessageRequest, Message, StreamEvent};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::compare::assert_same;
use crate::random::Random;
use crate::vectors::vectors;

/// A value that may or may not be valid in the place it is put in.
fn value(random: &mut Random) -> Value {
    match random.below(8) {
        0 => Value::Null,
        1 => random.one_in(2).into(),
        2 => random.number().into(),
        3 => (random.below(160) as f64 / 8.0 - 10.0).into(),
        4 => random.text(6).into(),
        5 => json!([]),
        6 => json!({"type": "new", "b": [null, {"type": 1}], "a\n": "\r\u{0}"}),
        _ => json!([{"type": "text", "text": "x"}, {"text": "y", "type": "text", "citations": null}]),
    }
}

/// The places of the objects in `json`, as JSON pointers.
fn objects(json: &Value, path: String) -> Vec<String> {
    match json {
        Value::Object(entries) => {
            let below = entries.iter().flat_map(|(key, value)| {
                let key = key.replace('~', "~0").replace('/', "~1");
                objects(value, format!("{path}/{key}"))
            });
            below.chain([path.clone()]).collect()
        }
        Value::Array(items) => {
            (0..items.len()).flat_map(|at| objects(&items[at], format!("{path}/{at}"))).collect()
        }
        _ => Vec::new(),
    }
}

/// If `json` can be read as a `T`, checks that it is written as the same JSON,
/// and that this is read and written as the same again.
fn assert_round_trips<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(json: &Value) {
    let Ok(typed) = serde_json::from_str::<T>(&json.to_string()) else { return };
    let text = serde_json::to_string(&typed).unwrap();
    assert_same("property", &json.to_string(), &text);
    let again: T = serde_json::from_str(&text).unwrap();
    assert_eq!(again, typed);
    assert_eq!(serde_json::to_string(&again).unwrap(), text);
}

/// Adds, replaces or removes an entry of one of the objects in `json`.
fn change(json: &mut Value, random: &mut Random) {
    let path = random.pick(&objects(json, String::new())).clone();
    let Some(Value::Object(entries)) = json.pointer_mut(&path) else { return };
    let keys: Vec<String> = entries.keys().cloned().collect();
    match random.below(3) {
        1 if !keys.is_empty() => _ = entries.insert(random.pick(&keys).clone(), value(random)),
        2 if !keys.is_empty() => _ = entries.remove(random.pick(&keys)),
        _ => _ = entries.insert("new".to_owned(), value(random)),
    }
}

#[test]
fn a_value_that_is_read_loses_nothing() {
    let vectors = vectors();
    let mut random = Random::new(1);
    for _ in 0..2000 {
        let mut json = random.pick(&vectors).json.clone();
        for _ in 0..random.below(3) {
            change(&mut json, &mut random);
        }
        assert_round_trips::<CreateMessageRequest>(&json);
        assert_round_trips::<CountTokensRequest>(&json);
        assert_round_trips::<Message>(&json);
        assert_round_trips::<StreamEvent>(&json);
    }
}
