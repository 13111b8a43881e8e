//! The errors of invalid input, which name the place.

use messages_api::json::MAX_DEPTH;
use messages_api::{ContentBlock, CreateMessageRequest, ErrorType, Json, Message, StreamEvent};
use serde_json::{Value, json};

/// The error of reading `request`, whose path is the same from a `Value`.
fn error_of(request: &Value) -> String {
    let from_text =
        serde_json::from_str::<CreateMessageRequest>(&request.to_string()).unwrap_err().to_string();
    let from_value = serde_json::from_value::<CreateMessageRequest>(request.clone()).unwrap_err().to_string();
    let path = |text: &str| text.split_once(": ").unwrap().0.to_owned();
    assert_eq!(path(&from_text), path(&from_value));
    from_text
}

fn with_block(block: &Value) -> Value {
    json!({"model": "m", "max_tokens": 1, "messages": [
        {"role": "user", "content": "a"},
        {"role": "user", "content": [{"type": "text", "text": "b"}, block]},
    ]})
}

#[test]
fn an_error_begins_with_the_path_of_the_field() {
    let cases = [
        (
            with_block(&json!({"type": "tool_result", "content": "x"})),
            "messages.1.content.1.tool_use_id: missing field",
        ),
        (
            with_block(&json!({"content": "x", "type": "tool_result"})),
            "messages.1.content.1.tool_use_id: missing field",
        ),
        (
            with_block(&json!({"type": "text", "text": 5})),
            "messages.1.content.1.text: invalid type: integer `5`",
        ),
        (
            with_block(&json!({"text": 5, "type": "text"})),
            "messages.1.content.1.text: invalid type: integer `5`",
        ),
        (with_block(&json!({"text": "no type"})), "messages.1.content.1.type: missing field"),
        (with_block(&json!({"type": 5})), "messages.1.content.1.type: invalid type: integer `5`"),
        (with_block(&json!({"type": null})), "messages.1.content.1.type: invalid type: null"),
        (with_block(&json!("text")), "messages.1.content.1: invalid type: string"),
        (
            with_block(
                &json!({"type": "tool_result", "tool_use_id": "t", "content": [{"type": "image", "source": {"type": "url"}}]}),
            ),
            "messages.1.content.1.content.0.source.url: missing field",
        ),
        (json!({"model": "m", "messages": []}), "max_tokens: missing field"),
        (json!({"model": "m", "max_tokens": -1, "messages": []}), "max_tokens: invalid value: integer `-1`"),
        (
            json!({"model": "m", "max_tokens": 1.5, "messages": []}),
            "max_tokens: invalid value: floating point `1.5`",
        ),
        (json!({"model": null, "max_tokens": 1, "messages": []}), "model: invalid type: null"),
        (json!({"model": "m", "max_tokens": 1, "messages": {}}), "messages: invalid type: map"),
        (
            json!({"model": "m", "max_tokens": 1, "messages": [{"role": "user"}]}),
            "messages.0.content: missing field",
        ),
        (
            json!({"model": "m", "max_tokens": 1, "messages": [], "tools": [{"name": "f"}]}),
            "tools.0.input_schema: missing field",
        ),
        (
            json!({"model": "m", "max_tokens": 1, "messages": [], "thinking": {"type": "enabled"}}),
            "thinking.budget_tokens: missing field",
        ),
        (
            json!({"model": "m", "max_tokens": 1, "messages": [], "system": 5}),
            "system: invalid type: integer `5`, expected a string or an array",
        ),
    ];
    for (request, expected) in cases {
        let error = error_of(&request);
        assert!(error.starts_with(expected), "{request}\n  found    {error}\n  expected {expected}");
    }
}

#[test]
fn a_duplicate_known_key_is_an_error() {
    let error = serde_json::from_str::<ContentBlock>(r#"{"type":"text","text":"a","text":"b"}"#).unwrap_err();
    assert!(error.to_string().starts_with("text: duplicate field"), "{error}");
    let error =
        serde_json::from_str::<ContentBlock>(r#"{"type":"text","text":"a","type":"text"}"#).unwrap_err();
    assert!(error.to_string().starts_with("type: duplicate field"), "{error}");
    let error =
        serde_json::from_str::<Message>(r#"{"type":"message","stop_reason":null,"stop_reason":null}"#)
            .unwrap_err();
    assert!(error.to_string().starts_with("stop_reason: duplicate field"), "{error}");
    // An object cannot have two types, even if both are unknown.
    for json in
        [r#"{"type":"hologram","type":"text","text":"a"}"#, r#"{"a":1,"type":"hologram","type":"hologram"}"#]
    {
        let error = serde_json::from_str::<ContentBlock>(json).unwrap_err();
        assert!(error.to_string().starts_with("type: duplicate field"), "{error}");
    }
}

#[test]
fn a_struct_outside_of_a_union_checks_its_type() {
    let error =
        serde_json::from_str::<messages_api::types::TextBlock>(r#"{"type":"image","text":"a"}"#).unwrap_err();
    assert!(
        error.to_string().starts_with("type: invalid value: string \"image\", expected \"text\""),
        "{error}"
    );
    let error = serde_json::from_str::<messages_api::types::TextBlock>(r#"{"text":"a"}"#).unwrap_err();
    assert!(error.to_string().starts_with("type: missing field"), "{error}");
}

#[test]
fn a_huge_value_does_not_make_a_huge_error() {
    let long = "é".repeat(1_000_000);
    let error =
        serde_json::from_str::<CreateMessageRequest>(&json!({"max_tokens": long}).to_string()).unwrap_err();
    let error = error.to_string();
    assert!(error.len() < 1000 && error.starts_with("max_tokens: invalid type: string"), "{error}");
    assert!(error.contains("expected a whole number"), "{error}");
}

#[test]
fn deep_nesting_is_an_error_and_does_not_overflow_the_stack() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(Json::parse(&nested(MAX_DEPTH)).is_ok());
    assert!(Json::parse(&nested(MAX_DEPTH + 1)).is_err());
    for depth in [MAX_DEPTH + 1, 100_000, 1_000_000] {
        let deep = nested(depth);
        for body in [
            format!(r#"{{"type":"tool_use","id":"a","name":"b","input":{deep}}}"#),
            format!(r#"{{"type":"text","text":"a","future":{deep}}}"#),
            format!(r#"{{"type":"hologram","x":{deep}}}"#),
            format!(r#"{{"x":{deep},"type":"hologram"}}"#),
            format!(r#"{{"type":"tool_result","tool_use_id":"a","content":{deep}}}"#),
        ] {
            assert!(serde_json::from_str::<ContentBlock>(&body).is_err());
        }
    }
    let recursive = r#"{"x":1,"type":"tool_result","tool_use_id":"a","content":["#.repeat(50_000);
    assert!(serde_json::from_str::<ContentBlock>(&recursive).is_err());
    let closed = format!(
        "{}{}",
        r#"{"x":1,"type":"tool_result","tool_use_id":"a","content":["#.repeat(9),
        "]}".repeat(9)
    );
    let block: ContentBlock = serde_json::from_str(&closed).unwrap();
    assert!(!format!("{block:?}").is_empty());
}

#[test]
fn every_error_type_has_its_status_and_back() {
    let pairs = [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (402, "billing_error"),
        (403, "permission_error"),
        (404, "not_found_error"),
        (409, "conflict_error"),
        (413, "request_too_large"),
        (429, "rate_limit_error"),
        (500, "api_error"),
        (504, "timeout_error"),
        (529, "overloaded_error"),
    ];
    for (status, name) in pairs {
        let error_type = ErrorType::from(name);
        assert_eq!(error_type.status().as_u16(), status);
        assert_eq!(ErrorType::from_status(http::StatusCode::from_u16(status).unwrap()), error_type);
    }
    assert_eq!(ErrorType::from("new_error").status().as_u16(), 500);
    assert_eq!(ErrorType::from_status(http::StatusCode::UNPROCESSABLE_ENTITY), ErrorType::InvalidRequest);
    assert_eq!(ErrorType::from_status(http::StatusCode::BAD_GATEWAY), ErrorType::Api);
}

#[test]
fn an_event_with_an_invalid_index_is_rejected() {
    for index in ["-1", "\"0\"", "null", "1.5", "1e30"] {
        let json = format!(r#"{{"type":"content_block_stop","index":{index}}}"#);
        let error = serde_json::from_str::<StreamEvent>(&json).unwrap_err();
        assert!(error.to_string().starts_with("index: "), "{error}");
    }
}

/// An object whose `type` does not come first is read twice, so the nesting of
/// such objects is limited.
#[test]
fn the_nesting_of_objects_whose_type_comes_last_is_limited() {
    let nested = |levels: usize| {
        let open = r#"{"content":["#.repeat(levels);
        let close = r#"],"tool_use_id":"x","type":"tool_result"}"#.repeat(levels);
        format!("{open}{close}")
    };
    assert!(serde_json::from_str::<ContentBlock>(&nested(8)).is_ok());
    let error = serde_json::from_str::<ContentBlock>(&nested(40)).unwrap_err().to_string();
    assert!(error.contains("does not come first"), "{error}");
    assert!(serde_json::from_str::<ContentBlock>(&nested(8)).is_ok());
}
