//! Fields that a response may lack: they read as their default, and are written
//! back as they came. Requests may not lack them, except in what the model said.

use messages_api::types::events::{ContentBlockStartEvent, MessageDeltaEvent};
use messages_api::types::{ApiVersion, CountTokensRequest, ErrorResponse, MessageTokensCount};
use messages_api::{ContentBlock, CreateMessageRequest, Message, Role, Usage};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Reads `json` and asserts that it is written back as it came.
#[track_caller]
fn read<T: Serialize + DeserializeOwned>(json: &Value) -> T {
    let value: T =
        serde_json::from_str(&json.to_string()).unwrap_or_else(|error| panic!("{error} in {json}"));
    assert_eq!(serde_json::to_value(&value).unwrap(), *json);
    value
}

#[test]
fn a_message_may_lack_all_but_the_identity_of_its_calls() {
    let message: Message = read(&json!({}));
    assert_eq!((message.id.as_str(), message.model.as_str(), message.role), ("", "", Role::Assistant));
    assert_eq!((message.content, message.usage), (vec![], Usage::new(0, 0)));

    let message: Message = read(
        &json!({"type": null, "id": null, "role": null, "model": null, "usage": null,
        "content": [
            {"type": "text"}, {"type": "text", "text": null}, {"type": "thinking", "thinking": "hm"},
            {"type": "tool_use", "id": "t1", "name": "f"}, {"type": "tool_use", "id": "t2", "name": "f", "input": null}
        ]}),
    );
    assert_eq!(message.text(), "");
    assert_eq!(message.thinking().next().unwrap().signature, "");
    assert!(message.tool_uses().all(|call| call.input.as_raw_str() == "{}"));

    for call in [json!({"type": "tool_use", "name": "f"}), json!({"type": "tool_use", "id": "t1"})] {
        let error = serde_json::from_value::<Message>(json!({"content": [call]})).unwrap_err().to_string();
        assert!(error.starts_with("content.0.") && error.contains("missing field"), "{error}");
    }
}

#[test]
fn counts_may_be_absent_null_fractional_or_negative() {
    let usage: Usage =
        read(&json!({"input_tokens": null, "cache_creation": {"ephemeral_5m_input_tokens": 3},
        "server_tool_use": {"web_search_requests": 1}, "output_tokens_details": {}}));
    assert_eq!((usage.input_tokens, usage.output_tokens), (0, 0));
    assert_eq!(usage.cache_creation.unwrap().ephemeral_1h_input_tokens, 0);

    let usage: Usage = serde_json::from_value(json!({"input_tokens": -7, "output_tokens": 5.0,
        "cache_read_input_tokens": -1}))
    .unwrap();
    let written = json!({"input_tokens": 0, "output_tokens": 5, "cache_read_input_tokens": 0});
    assert_eq!(serde_json::to_value(&usage).unwrap(), written);

    let error = serde_json::from_value::<Usage>(json!({"input_tokens": "7"})).unwrap_err().to_string();
    assert!(error.starts_with("input_tokens: invalid type"), "{error}");
    assert_eq!(read::<MessageTokensCount>(&json!({})).input_tokens, 0);
}

#[test]
fn events_and_errors_may_lack_fields() {
    let event: ContentBlockStartEvent =
        read(&json!({"type": "content_block_start", "index": 0, "content_block": {"type": "thinking"}}));
    assert_eq!(event.content_block.as_thinking().unwrap().signature, "");
    let event: MessageDeltaEvent = read(&json!({"type": "message_delta", "usage": {"input_tokens": 9}}));
    assert_eq!(event.delta.stop_reason, None);
    let error: ErrorResponse = read(&json!({"error": {"message": "no"}}));
    assert_eq!((error.error.message.as_str(), error.error.r#type.as_str()), ("no", "api_error"));
    assert!(
        serde_json::from_value::<ContentBlockStartEvent>(json!({"type": "content_block_start",
        "content_block": {"type": "text"}}))
        .is_err(),
        "the index identifies the block"
    );
}

#[test]
fn what_is_set_is_written() {
    let mut message: Message = read(&json!({"content": [{"type": "text"}]}));
    message.id = "msg_01".into();
    message.usage.output_tokens = 3;
    if let ContentBlock::Text(block) = &mut message.content[0] {
        block.text.push_str("hi");
    }
    let written = serde_json::to_value(&message).unwrap();
    assert_eq!(written["id"], "msg_01");
    assert_eq!(written["usage"]["output_tokens"], 3);
    assert_eq!(written["content"][0], json!({"type": "text", "text": "hi"}));
    assert_eq!(written.get("model"), None);
}

/// A request whose messages have one block by each of `roles`.
fn request(roles: &[&str], block: &Value) -> Value {
    let messages: Vec<_> = roles.iter().map(|role| json!({"role": role, "content": [block]})).collect();
    json!({"model": "m", "max_tokens": 9, "messages": messages})
}

#[test]
fn requests_may_lack_fields_only_in_the_models_own_turns() {
    let lacking = [
        (json!({"type": "text"}), "text: missing field"),
        (json!({"type": "text", "text": null}), "text: invalid type: null"),
        (json!({"type": "thinking", "thinking": "hm"}), "signature: missing field"),
        (json!({"type": "tool_use", "id": "t1", "name": "f"}), "input: missing field"),
        (
            json!({"type": "text", "text": "a", "citations": [{"type": "char_location", "document_index": 0,
            "document_title": null, "start_char_index": 0, "end_char_index": 1}]}),
            "citations.0.cited_text: missing field",
        ),
        (
            json!({"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text"}]}),
            "content.0.text: missing field",
        ),
    ];
    for (block, problem) in &lacking {
        let request_of_model: CreateMessageRequest = read(&request(&["assistant"], block));
        let found = request_of_model.validate(&ApiVersion::default()).unwrap_err().to_string();
        assert!(found.contains(&format!("messages.0.content.0.{problem}")), "{found}");
        for role in ["user", "system", "wizard"] {
            let text = request(&["assistant", role], block).to_string();
            let error = serde_json::from_str::<CreateMessageRequest>(&text).unwrap_err().to_string();
            assert!(error.starts_with(&format!("messages.1.content.0.{problem}")), "{role}: {error}");
            // The role may come last.
            let last = format!(r#"{{"model":"m","messages":[{{"content":[{block}],"role":"{role}"}}]}}"#);
            let error = serde_json::from_str::<CountTokensRequest>(&last).unwrap_err().to_string();
            assert!(error.starts_with(&format!("messages.0.content.0.{problem}")), "{role}: {error}");
        }
        let mut in_system = request(&["user"], &json!({"type": "text", "text": "hi"}));
        in_system["system"] = json!([block]);
        let error = serde_json::from_value::<CreateMessageRequest>(in_system).unwrap_err().to_string();
        assert!(error.starts_with(&format!("system.0.{problem}")), "{error}");
    }
    // A negative number is no exception in a request.
    let mut negative = request(&["user"], &json!({"type": "text", "text": "hi"}));
    negative["max_tokens"] = json!(-1);
    assert!(serde_json::from_value::<CreateMessageRequest>(negative).is_err());
}
