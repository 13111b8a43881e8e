//! The types inside of types that use serde's attributes.

use messages_api::{ContentBlock, CreateMessageRequest, Message, StreamEvent, Usage};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::compare::assert_same;

fn request() -> Value {
    json!({
        "future": {"k": [1, 2.5]},
        "model": "m", "max_tokens": 5, "temperature": 0.25, "top_k": null,
        "messages": [{"content": [
            {"text": "hi", "type": "text", "new": 1},
            {"id": "t", "name": "f", "input": {"a": {"b": 1}}, "type": "tool_use"},
            {"z": {}, "type": "hologram"},
        ], "role": "user"}],
        "tools": [{"name": "f", "input_schema": {"type": "object"}}, {"type": "future_1", "n": 1}],
    })
}

#[derive(Debug, Serialize, Deserialize)]
struct Flattened {
    tenant: String,
    #[serde(flatten)]
    request: CreateMessageRequest,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Numbers(Vec<u64>),
    Request(Box<CreateMessageRequest>),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Tagged {
    #[serde(rename = "request")]
    Request(Box<CreateMessageRequest>),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "t", content = "c")]
enum Adjacent {
    Event(StreamEvent),
}

/// Checks that a `T` survives reading from a text, a `Value` and a reader.
fn assert_survives<T: Serialize + for<'de> Deserialize<'de>>(before: &Value) {
    let text = before.to_string();
    let typed: T = serde_json::from_str(&text).unwrap();
    assert_same("text", &text, &serde_json::to_string(&typed).unwrap());
    let typed: T = serde_json::from_value(before.clone()).unwrap();
    assert_same("value", &text, &serde_json::to_value(&typed).unwrap().to_string());
    let typed: T = serde_json::from_reader(text.as_bytes()).unwrap();
    assert_same("reader", &text, &serde_json::to_string(&typed).unwrap());
}

#[test]
fn a_request_may_be_flattened() {
    let mut before = request();
    before["tenant"] = json!("acme");
    assert_survives::<Flattened>(&before);
}

#[test]
fn a_request_may_be_in_an_untagged_enum() {
    assert_survives::<Untagged>(&request());
    assert_survives::<Untagged>(&json!([1, 2]));
}

#[test]
fn requests_and_events_may_be_in_tagged_enums() {
    let mut before = request();
    before["kind"] = json!("request");
    assert_survives::<Tagged>(&before);
    let event =
        json!({"type": "content_block_delta", "index": 3, "delta": {"text": "x", "type": "text_delta"}});
    assert_survives::<Adjacent>(&json!({"c": event, "t": "Event"}));
}

#[test]
fn blocks_may_be_in_options_lists_and_maps() {
    assert_survives::<std::collections::BTreeMap<String, Vec<Option<ContentBlock>>>>(
        &json!({"a": [{"type": "text", "text": "x"}, null]}),
    );
}

#[test]
fn null_stays_null_and_absent_stays_absent_but_both_are_equal() {
    let base = r#"{"type":"message","id":"m","role":"assistant","model":"m","content":[],"usage":{"input_tokens":1,"output_tokens":2}"#;
    let absent: Message = serde_json::from_str(&format!("{base}}}")).unwrap();
    let null: Message = serde_json::from_str(&format!("{base},\"stop_reason\":null}}")).unwrap();
    assert_eq!(absent, null);
    assert!(!serde_json::to_string(&absent).unwrap().contains("stop_reason"));
    assert!(serde_json::to_string(&null).unwrap().contains("\"stop_reason\":null"));

    let new = serde_json::to_value(Message::new("m", "m", vec![], Usage::new(1, 2))).unwrap();
    assert_eq!(new["stop_sequence"], Value::Null);
    assert!(new.as_object().unwrap().contains_key("stop_sequence"));
    let set = null.stop_reason("end_turn");
    assert!(serde_json::to_string(&set).unwrap().contains("\"stop_reason\":\"end_turn\""));
}
