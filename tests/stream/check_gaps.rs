//! What leaves a checker in place of fields that an upstream leaves out. The official SDKs fail without them.

use messages_api::StreamEvent;
use messages_api::stream::check;
use serde_json::{Value, json};

/// Passes events through a checker, and through another one, which finds nothing to do.
fn checked(events: Vec<Value>) -> Vec<Value> {
    let events = events.into_iter().map(|event| serde_json::from_value::<StreamEvent>(event).unwrap());
    let leaving = check(events).unwrap();
    assert_eq!(check(leaving.clone()).as_ref(), Ok(&leaving));
    leaving.iter().map(|event| serde_json::to_value(event).unwrap()).collect()
}

fn start() -> Value {
    let message = json!({
        "type": "message", "id": "", "role": "assistant", "model": "", "content": [],
        "usage": {"input_tokens": 0, "output_tokens": 0}, "stop_reason": null, "new": 1,
    });
    json!({"type": "message_start", "message": message})
}

fn stop() -> Value {
    json!({"type": "message_stop"})
}

/// Blocks without fields, and how they begin.
fn blocks() -> [(Value, Value); 5] {
    [
        (json!({"type": "text"}), json!({"type": "text", "text": ""})),
        (
            json!({"type": "text", "text": null, "citations": null}),
            json!({"type": "text", "text": "", "citations": null}),
        ),
        (
            json!({"type": "thinking", "new": 1}),
            json!({"type": "thinking", "thinking": "", "signature": "", "new": 1}),
        ),
        (
            json!({"type": "tool_use", "id": "a", "name": "b"}),
            json!({"type": "tool_use", "id": "a", "name": "b", "input": {}}),
        ),
        (json!({"type": "new_block", "text": null}), json!({"type": "new_block", "text": null})),
    ]
}

#[test]
fn a_message_begins_with_all_its_fields() {
    for message in [
        json!({"stop_reason": null, "new": 1}),
        json!({"content": null, "usage": {"input_tokens": null}, "stop_reason": null, "new": 1}),
        start()["message"].clone(),
    ] {
        let leaving = checked(vec![json!({"type": "message_start", "message": message}), stop()]);
        assert_eq!(leaving[0], start());
    }
}

#[test]
fn a_block_begins_with_all_its_fields() {
    for (block, begins) in blocks() {
        let block = json!({"type": "content_block_start", "index": 0, "content_block": block});
        assert_eq!(checked(vec![start(), block, stop()])[1]["content_block"], begins);
    }
}

#[test]
fn so_does_a_block_that_comes_with_the_message() {
    let (content, begin): (Vec<_>, Vec<_>) = blocks().into_iter().unzip();
    let mut whole = start();
    whole["message"]["content"] = content.into();
    let leaving = checked(vec![whole, stop()]);
    let blocks = leaving.iter().filter_map(|event| event.get("content_block").cloned());
    assert_eq!(blocks.collect::<Vec<_>>(), begin);
}

#[test]
fn the_last_usage_has_output_tokens() {
    let end = json!({"type": "message_delta", "usage": {"input_tokens": 4}});
    let leaving = checked(vec![start(), end, stop()]);
    assert_eq!(leaving[1]["usage"], json!({"input_tokens": 4, "output_tokens": 0}));
}
