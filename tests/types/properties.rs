//! Properties of any JSON that can be read as one of the types.

use std::sync::LazyLock;

use messages_api::types::CountTokensRequest;
use messages_api::{CreateMessageRequest, Message, StreamEvent};
use proptest::prelude::*;
use proptest::sample::Index;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::compare::assert_same;
use crate::vectors::vectors;

static VECTORS: LazyLock<Vec<Value>> =
    LazyLock::new(|| vectors().into_iter().map(|vector| vector.json).collect());

/// A value that may or may not be valid in the place it is put in.
fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-80_i16..80).prop_map(|eighths| Value::from(f64::from(eighths) / 8.0)),
        "\\PC{0,6}".prop_map(Value::from),
        Just(json!([])),
        Just(json!({"type": "new", "b": [null, {"type": 1}], "a\n": "\r\u{0}"})),
        Just(json!([{"type": "text", "text": "x"}, {"text": "y", "type": "text", "citations": null}])),
    ]
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

/// A change of one of the objects.
#[derive(Clone, Debug)]
enum Change {
    Add(Value),
    Replace(Index, Value),
    Remove(Index),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        value().prop_map(Change::Add),
        (any::<Index>(), value()).prop_map(|(key, value)| Change::Replace(key, value)),
        any::<Index>().prop_map(Change::Remove),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn a_value_that_is_read_loses_nothing(
        vector in any::<Index>(),
        changes in prop::collection::vec((any::<Index>(), change()), 0..3),
    ) {
        let mut json = vector.get(&VECTORS).clone();
        for (object, change) in changes {
            let path = object.get(&objects(&json, String::new())).clone();
            let Some(Value::Object(entries)) = json.pointer_mut(&path) else { continue };
            let nth = |index: Index| entries.keys().nth(index.index(entries.len().max(1))).cloned();
            match change {
                Change::Add(value) => _ = entries.insert("new".to_owned(), value),
                Change::Replace(key, value) => _ = nth(key).and_then(|key| entries.insert(key, value)),
                Change::Remove(key) => _ = nth(key).and_then(|key| entries.remove(&key)),
            }
        }
        assert_round_trips::<CreateMessageRequest>(&json);
        assert_round_trips::<CountTokensRequest>(&json);
        assert_round_trips::<Message>(&json);
        assert_round_trips::<StreamEvent>(&json);
    }
}
