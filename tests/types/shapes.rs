//! Fields that have several JSON types, and names that have several meanings.

use messages_api::types::batches::MessageBatch;
use messages_api::types::models::ModelInfo;
use messages_api::types::{ErrorResponse, MessageContent};
use messages_api::{ContentBlock, CreateMessageRequest, InputMessage, Message, Role, StreamEvent};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::cases::fixture;
use crate::common::verbatim;
use crate::compare::assert_same;

/// Reads `json` as a `T` and writes it; `None` if it cannot be read.
fn reread<T: Serialize + DeserializeOwned>(json: &Value) -> Option<Value> {
    let typed: T = serde_json::from_str(&json.to_string()).ok()?;
    Some(serde_json::to_value(typed).unwrap())
}

/// Collects the place of every field in `json`, as JSON pointers.
fn find_fields(json: &Value, at: &str, found: &mut Vec<String>) {
    match json {
        Value::Object(object) => {
            for (key, value) in object {
                let at = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
                find_fields(value, &at, found);
                found.push(at);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                find_fields(item, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn a_field_that_may_be_absent_may_be_null() {
    let mut nulls = 0;
    for vector in fixture("wire_vectors.jsonl") {
        let json = &vector["json"];
        let reread = match vector["kind"].as_str().unwrap() {
            "request" => reread::<CreateMessageRequest>,
            "response" => reread::<Message>,
            "event" => reread::<StreamEvent>,
            "error" => reread::<ErrorResponse>,
            "model" if json.get("id").is_some() => reread::<ModelInfo>,
            "batch" if json["type"] == "message_batch" => reread::<MessageBatch>,
            _ => continue,
        };
        let mut places = Vec::new();
        find_fields(json, "", &mut places);
        for place in places {
            let name = format!("{}{place}", vector["name"]);
            let mut null = json.clone();
            *null.pointer_mut(&place).unwrap() = Value::Null;
            if let Some(after) = reread(&null) {
                assert_same(&name, &null.to_string(), &after.to_string());
                nulls += 1;
                continue;
            }
            let (object, key) = place.rsplit_once('/').unwrap();
            let mut absent = json.clone();
            absent.pointer_mut(object).unwrap().as_object_mut().unwrap().remove(key);
            assert_eq!(reread(&absent), None, "{name} may be absent but not null");
        }
    }
    assert!(nulls > 300, "{nulls}");
}

/// Like [`verbatim`]; also reads the `T` from a `Value` and compares.
#[track_caller]
fn verbatim_and_by_value<T: Serialize + DeserializeOwned>(json: &str) -> T {
    let typed = verbatim(json);
    let value: Value = serde_json::from_str(json).unwrap();
    let by_value: T = serde_json::from_value(value.clone()).unwrap();
    assert_same(json, &value.to_string(), &serde_json::to_value(by_value).unwrap().to_string());
    typed
}

#[test]
fn a_system_message_may_lack_content() {
    for json in [
        r#"{"role":"system","output_config":{"effort":"high"}}"#,
        r#"{"role":"system","content":null,"clear_at":null,"output_config":{"effort":"high"}}"#,
        r#"{"role":"system","content":[],"clear_at":"never","output_config":{"effort":"high"}}"#,
        r#"{"role":"system"}"#,
    ] {
        let mut message = verbatim_and_by_value::<InputMessage>(json);
        assert!(message.content.blocks().is_empty() && message.content.to_text().is_empty());
        message.content = MessageContent::from("be brief");
        let written = serde_json::to_string(&message).unwrap();
        assert!(written.contains(r#""content":"be brief""#), "{written}");
    }
    let mut absent: InputMessage = serde_json::from_str(r#"{"role":"system"}"#).unwrap();
    absent.role = Role::User;
    assert_eq!(serde_json::to_string(&absent).unwrap(), r#"{"role":"user","content":[]}"#);
    absent.role = Role::System;
    assert_eq!(absent, InputMessage::new(Role::System, MessageContent::Blocks(Vec::new())));

    for (json, error) in [
        (r#"{"role":"user"}"#, "content: missing field"),
        (r#"{"role":"later"}"#, "content: missing field"),
        (r#"{"role":"assistant","content":null}"#, "content: invalid type: null"),
        (r#"{"content":"x"}"#, "role: missing field"),
        (r#"{"role":"user","content":"x","content":"y"}"#, "content: duplicate field"),
        (r#"{"role":"user","content":[{"type":"text"}]}"#, "content.0.text: missing field"),
    ] {
        let found = serde_json::from_str::<InputMessage>(json).unwrap_err().to_string();
        assert!(found.starts_with(error), "{json}: {found}");
    }
    let message = verbatim_and_by_value::<InputMessage>(
        r#"{"role":"r","content":[{"type":"t"}],"clear_at":"c","output_config":{"x":1},"y":1}"#,
    );
    assert_eq!(message.unknown(), ["role=r", "content.0=t", "clear_at=c", "output_config.x", "y"]);
}

#[test]
fn a_tool_reference_is_a_block_or_a_part_of_a_tool_change() {
    let block = verbatim_and_by_value::<ContentBlock>(
        r#"{"type":"tool_result","tool_use_id":"a","content":[{"type":"tool_reference","tool_name":"f"}]}"#,
    );
    assert!(block.unknown().is_empty());
    let block = verbatim_and_by_value::<ContentBlock>(
        r#"{"type":"tool_addition","tool":{"type":"tool_reference","name":"f"}}"#,
    );
    assert!(block.unknown().is_empty());
    for (json, error) in [
        (r#"{"type":"tool_reference","name":"f"}"#, "tool_name: missing field"),
        (
            r#"{"type":"tool_removal","tool":{"type":"tool_reference","tool_name":"f"}}"#,
            "tool.name: missing field",
        ),
    ] {
        let found = serde_json::from_str::<ContentBlock>(json).unwrap_err().to_string();
        assert_eq!(found.split(" at line").next(), Some(error));
    }
}

#[test]
fn a_field_may_have_several_json_types() {
    let request = |field: &str| format!(r#"{{"model":"m","max_tokens":1,"messages":[],{field}}}"#);
    let block = |field: &str| format!(r#"{{"type":"tool_result","tool_use_id":"a",{field}}}"#);
    for field in [
        r#""system":"be brief""#,
        r#""system":[{"type":"text","text":"be brief"}]"#,
        r#""container":"container_01""#,
        r#""container":{"id":null,"skills":[]}"#,
        r#""context_management":{"edits":[{"type":"clear_thinking_20251015","keep":"all"}]}"#,
        r#""context_management":{"edits":[{"type":"clear_thinking_20251015","keep":{"type":"all"}}]}"#,
        r#""context_management":{"edits":[{"type":"clear_thinking_20251015","keep":{"type":"thinking_turns","value":2}}]}"#,
        r#""context_management":{"edits":[{"type":"clear_tool_uses_20250919","clear_tool_inputs":true}]}"#,
        r#""context_management":{"edits":[{"type":"clear_tool_uses_20250919","clear_tool_inputs":["f"]}]}"#,
        r#""fallbacks":"default""#,
        r#""fallbacks":[{"model":"m","max_tokens":null,"later":1}]"#,
        r#""fallback_credit_token":"fct_01""#,
        r#""fallback_credit_token":{"token":"fct_01","mode":"strict"}"#,
        r#""tools":[{"name":"f","input_schema":{"type":"object"}},{"type":"mcp_toolset","mcp_server_name":"m"}]"#,
        r#""tools":[{"name":"f","input_schema":{"type":"object"},"type":null},{"type":"browser_toolset_20260801"}]"#,
        r#""tools":[{"type":"web_search_20990101","name":"web_search","x":1},{"type":"toolset_20990101","x":1}]"#,
    ] {
        verbatim_and_by_value::<CreateMessageRequest>(&request(field));
    }
    for field in [r#""content":"4 °C""#, r#""content":[{"type":"text","text":"4 °C"}]"#] {
        verbatim_and_by_value::<ContentBlock>(&block(field));
    }
    for json in [
        r#"{"type":"web_search_tool_result","tool_use_id":"a","content":[]}"#,
        r#"{"type":"web_search_tool_result","tool_use_id":"a","content":{"type":"web_search_tool_result_error","error_code":"unavailable"}}"#,
        r#"{"type":"mcp_tool_result","tool_use_id":"a","content":"sent"}"#,
        r#"{"type":"mcp_tool_result","tool_use_id":"a","content":[{"type":"text","text":"sent"}]}"#,
        r#"{"type":"fallback","from":{"model":"a"},"to":{"model":"b"},"trigger":{"type":"refusal","category":null}}"#,
        r#"{"type":"mid_conv_system","content":[{"type":"text","text":"be brief"}]}"#,
        r#"{"type":"document","source":{"type":"content","content":"a page"}}"#,
        r#"{"type":"document","source":{"type":"content","content":[{"type":"text","text":"a page"}]}}"#,
    ] {
        assert!(verbatim_and_by_value::<ContentBlock>(json).unknown().is_empty(), "{json}");
    }
    // The trigger of a fallback may be any JSON.
    for (trigger, shown) in [
        (r#""refusal""#, r#""refusal""#),
        ("{}", "{}"),
        (r#"{"type":"later","n":1.0}"#, "later"),
        (r#"{"type":"refusal","category":1}"#, "refusal"),
        ("[1e400]", "[1e400]"),
    ] {
        let json = format!(
            r#"{{"type":"fallback","from":{{"model":"a"}},"to":{{"model":"b"}},"trigger":{trigger}}}"#
        );
        let block: ContentBlock = serde_json::from_str(&json).unwrap();
        assert_eq!(serde_json::to_string(&block).unwrap(), json);
        assert_eq!(block.unknown(), [format!("trigger={shown}")]);
    }
}
