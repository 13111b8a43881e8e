//! Values survive reading and writing.

use messages_api::{ContentBlock, CreateMessageRequest, InputMessage, Json, Message, StopReason, Tool};

use crate::common::verbatim;

#[test]
fn a_payload_keeps_the_order_of_keys_and_the_digits_of_numbers() {
    verbatim::<ContentBlock>(
        r#"{"type":"tool_use","id":"a","name":"f","input":{"z":12345678901234567890123,"a":1.0,"m":[1e400,-0.0,1E+2]}}"#,
    );
    verbatim::<Tool>(r#"{"name":"f","input_schema":{"type":"object","properties":{"b":{},"a":{}}}}"#);
    verbatim::<ContentBlock>(r#"{"type":"text","text":"a","z":{"b":1.0,"a":2},"b":1e999}"#);
}

#[test]
fn objects_of_unknown_types_keep_everything() {
    verbatim::<ContentBlock>(r#"{"type":"hologram","z":1.0,"a":{"c":1,"b":2},"z":3}"#);
    let block = verbatim::<ContentBlock>(r#"{"z":1.0,"type":"holo\ngram","é\"":{"c":1,"b":2}}"#);
    assert_eq!(block.type_name(), "holo\ngram");
    verbatim::<Tool>(r#"{"name":"bash","type":"bash_20990101","x":{}}"#);
}

#[test]
fn a_custom_tool_keeps_how_its_type_was_given() {
    for tool in [
        r#"{"name":"f","input_schema":{}}"#,
        r#"{"name":"f","input_schema":{},"type":"custom"}"#,
        r#"{"name":"f","input_schema":{},"type":null}"#,
    ] {
        let tool = verbatim::<Tool>(tool);
        assert_eq!(tool.name(), Some("f"));
        assert!(tool.unknown().is_empty());
    }
}

#[test]
fn raw_json_never_holds_a_line_break() {
    let json = Json::parse("{\"a\" : \"x \\n y\",\r\n \"b\":\t[1 ,\n2] }").unwrap();
    assert_eq!(json.as_raw_str(), r#"{"a":"x \n y","b":[1,2]}"#);
    let block: ContentBlock =
        serde_json::from_str("{\"type\":\"tool_use\",\"id\":\"a\",\"name\":\"f\",\"input\":{\n\"a\":\r1}}")
            .unwrap();
    assert!(!serde_json::to_string(&block).unwrap().contains(['\r', '\n']));
    let pretty =
        serde_json::to_string_pretty(&serde_json::json!({"type": "new", "b": [1, {"c": "\n"}]})).unwrap();
    let block: ContentBlock = serde_json::from_str(&pretty).unwrap();
    assert!(!serde_json::to_string(&block).unwrap().contains(['\r', '\n']));
}

#[test]
fn unknown_strings_of_open_enums_survive() {
    let message = verbatim::<Message>(
        r#"{"type":"message","id":"m","role":"narrator","model":"m","content":[],"usage":{"input_tokens":1,"output_tokens":2,"service_tier":"gold"},"stop_reason":"bored"}"#,
    );
    assert_eq!(message.stop_reason, Some(StopReason::Unknown("bored".into())));
    assert_eq!(message.unknown(), ["role=narrator", "usage.service_tier=gold", "stop_reason=bored"]);
}

#[test]
fn unknown_values_are_listed_with_their_paths() {
    let request: CreateMessageRequest = serde_json::from_str(
        r#"{"model":"m","max_tokens":1,"x":1,"messages":[{"role":"user","content":[{"type":"new"},{"type":"text","text":"","y z":1}]}]}"#,
    )
    .unwrap();
    assert_eq!(request.unknown(), ["messages.0.content.0=new", "messages.0.content.1.y_z", "x"]);
}

#[test]
fn a_message_becomes_the_next_turn() {
    let json = r#"{"type":"message","id":"m","role":"assistant","model":"m","content":[{"type":"thinking","thinking":"t","signature":"s"},{"type":"text","text":"q","citations":[{"type":"char_location","cited_text":"h","document_index":0,"document_title":null,"file_id":"file_1","start_char_index":0,"end_char_index":1,"new":1},{"type":"web_search_result_location","cited_text":"w","encrypted_index":"Eo8B","title":null,"url":"https://example.test"}]},{"type":"hologram","x":1.0},{"type":"tool_use","id":"a","name":"f","input":{"b":1,"a":2},"caller":{"type":"direct"}}],"usage":{"input_tokens":1,"output_tokens":2}}"#;
    let message: Message = serde_json::from_str(json).unwrap();
    let content = serde_json::to_string(&message.content).unwrap();
    let turn = serde_json::to_string(&InputMessage::from(message)).unwrap();
    assert_eq!(turn, format!(r#"{{"role":"assistant","content":{content}}}"#));
    let [turn, read]: [serde_json::Value; 2] = [&turn, json].map(|json| serde_json::from_str(json).unwrap());
    assert_eq!(turn["content"], read["content"]);
}

#[test]
fn a_known_field_wins_over_an_extra_field_of_its_name() {
    let mut request = CreateMessageRequest::new("m", 1);
    request.extra.insert("model", Json::null());
    request.extra.insert("type", Json::null());
    assert_eq!(
        serde_json::to_string(&request).unwrap(),
        r#"{"model":"m","max_tokens":1,"messages":[],"type":null}"#
    );
}

#[test]
fn floats_without_a_fraction_are_read_as_integers() {
    let usage: messages_api::Usage =
        serde_json::from_str(r#"{"input_tokens":15.0,"output_tokens":2e1}"#).unwrap();
    assert_eq!((usage.input_tokens, usage.output_tokens), (15, 20));
    for (number, expected) in [("0.0", 0), ("-0.0", 0), ("-9.0", -9), ("13e1", 130)] {
        let json = format!(
            r#"{{"type":"code_execution_result","stdout":"","stderr":"","return_code":{number},"content":[]}}"#
        );
        let result: messages_api::types::server_tools::CodeExecutionResult =
            serde_json::from_str(&json).unwrap();
        assert_eq!(result.return_code, expected);
    }
}

#[test]
fn a_float_keeps_all_of_its_digits() {
    for number in ["0.9073038322028689", "0.1", "1.0", "1e-7", "0.30000000000000004"] {
        let json = format!(r#"{{"model":"m","max_tokens":1,"messages":[],"temperature":{number}}}"#);
        let request: CreateMessageRequest = serde_json::from_str(&json).unwrap();
        assert_eq!(request.temperature, Some(number.parse().unwrap()));
        let again: CreateMessageRequest =
            serde_json::from_str(&serde_json::to_string(&request).unwrap()).unwrap();
        assert_eq!(again, request);
    }
}

#[test]
fn debug_shows_no_secrets() {
    let json = r#"{"model":"m","max_tokens":1,"messages":[],"fallback_credit_token":"fct_secret",
        "mcp_servers":[{"type":"url","name":"mail","url":"https://mcp.example.test","authorization_token":"secret"}]}"#;
    let request: CreateMessageRequest = serde_json::from_str(json).unwrap();
    let shown = format!("{request:?} {request:#?}");
    assert!(!shown.contains("secret"), "{shown}");
    assert!(shown.contains("authorization_token") && shown.contains("mcp.example.test"), "{shown}");
}
