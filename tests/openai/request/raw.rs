//! JSON that goes through as it is.

use std::sync::Arc;

use messages_api::openai::{UpstreamProfile, request_to_openai};
use messages_api::{CreateMessageRequest, Json};

const INPUT: &str =
    r#"{"z":12345678901234567890123,"a":1.0,"e":1E+2,"n":-0,"u":"\u00e9","s":"a\/b","o":{ "b":1, "a":2 }}"#;

fn request(json: &str) -> CreateMessageRequest {
    serde_json::from_str(json).unwrap()
}

#[test]
fn numbers_and_the_order_of_keys_stay() {
    let schema = r#"{"properties":{"z":{"maximum":1e400,"minimum":1.0},"a":{"const":12345678901234567890123}},"type":"object"}"#;
    let json = format!(
        r#"{{"model":"m","max_tokens":64,"tools":[{{"name":"f","input_schema":{schema}}}],"messages":[
            {{"role":"user","content":"hi"}},
            {{"role":"assistant","content":[{{"type":"tool_use","id":"t","name":"f","input":{INPUT}}}]}},
            {{"role":"user","content":[{{"type":"tool_result","tool_use_id":"t"}}]}}]}}"#
    );
    let (chat, _) = request_to_openai(&request(&json), "m", &Arc::new(UpstreamProfile::default())).unwrap();
    let arguments = chat.messages[1].tool_calls.as_ref().unwrap()[0].function.arguments.as_ref().unwrap();
    assert_eq!(arguments.decode::<String>().unwrap(), INPUT);
    let sent = serde_json::to_string(&chat).unwrap();
    assert!(sent.contains(&format!(r#""parameters":{schema}"#)), "{sent}");
}

#[test]
fn what_a_schema_lacks_is_appended_to_its_text() {
    for (schema, expected) in [
        (r#"{"b":1.0,"a":1E2}"#, r#"{"b":1.0,"a":1E2,"type":"object","properties":{}}"#),
        (r#"{ "properties" : {} }"#, r#"{ "properties" : {},"type":"object"}"#),
        (r#"{"type":"object"}"#, r#"{"type":"object","properties":{}}"#),
        (r#"{ }"#, r#"{"type":"object","properties":{}}"#),
        ("true", r#"{"type":"object","properties":{}}"#),
        ("null", r#"{"type":"object","properties":{}}"#),
    ] {
        let json = format!(
            r#"{{"model":"m","max_tokens":64,"tools":[{{"name":"f","input_schema":{schema}}}],
                "messages":[{{"role":"user","content":"hi"}}]}}"#
        );
        let (chat, _) =
            request_to_openai(&request(&json), "m", &Arc::new(UpstreamProfile::default())).unwrap();
        let sent = serde_json::to_string(&chat.tools.unwrap()[0]).unwrap();
        assert!(sent.contains(&format!(r#""parameters":{expected}"#)), "{sent}");
    }
}

#[test]
fn a_schema_is_filtered_in_its_text() {
    let schema = r#"{"$schema":"x","z":1.0,"properties":{"b":{"default":1,"x":1E2},"default":{"anyOf":[{"format":"uri"},{"format":"enum"}]}},"items":[{"$id":"i"}],"type":"object"}"#;
    let expected = r#"{"z":1.0,"properties":{"b":{"x":1E2},"default":{"anyOf":[{},{"format":"enum"}]}},"items":[{}],"type":"object"}"#;
    let json = format!(
        r#"{{"model":"m","max_tokens":64,"tools":[{{"name":"f","input_schema":{schema}}}],
            "messages":[{{"role":"user","content":"hi"}}]}}"#
    );
    let profile = serde_json::from_str(r#"{"schema_filter":"subset"}"#).unwrap();
    let (chat, _) = request_to_openai(&request(&json), "m", &Arc::new(profile)).unwrap();
    let sent = serde_json::to_string(&chat.tools.unwrap()[0]).unwrap();
    assert!(sent.contains(&format!(r#""parameters":{expected}"#)), "{sent}");
}

#[test]
fn a_tool_whose_name_is_the_short_form_of_another_is_rejected() {
    let long = "x".repeat(70);
    let tool = |name: &str| format!(r#"{{"name":"{name}","input_schema":{{}}}}"#);
    let json = |tools: &str| {
        format!(
            r#"{{"model":"m","max_tokens":64,"tools":[{tools}],"messages":[{{"role":"user","content":"hi"}}]}}"#
        )
    };
    let profile = Arc::new(UpstreamProfile::default());
    let (chat, _) = request_to_openai(&request(&json(&tool(&long))), "m", &profile).unwrap();
    let tools = serde_json::to_value(chat.tools).unwrap();
    let short = tools[0]["function"]["name"].as_str().unwrap();
    assert_eq!(short.len(), 64);
    let both = json(&format!("{},{}", tool(&long), tool(short)));
    let error = request_to_openai(&request(&both), "m", &profile).unwrap_err();
    assert!(error.message().starts_with("tools.1.name: "), "{error}");
}

#[test]
fn an_input_of_null_is_an_empty_object() {
    let call = messages_api::ToolUseBlock::new("t", "f", Json::null());
    let request =
        CreateMessageRequest::new("m", 64).user("hi").assistant(messages_api::ContentBlock::from(call));
    let (chat, _) = request_to_openai(&request, "m", &Arc::new(UpstreamProfile::default())).unwrap();
    let arguments = chat.messages[1].tool_calls.as_ref().unwrap()[0].function.arguments.as_ref().unwrap();
    assert_eq!(arguments.as_raw_str(), r#""{}""#);
}

#[test]
fn tools_that_the_api_defines_become_functions() {
    for (type_name, name, command) in [
        ("bash_20241022", "bash", "command"),
        ("bash_20250124", "bash", "command"),
        ("text_editor_20241022", "str_replace_editor", "command"),
        ("text_editor_20250124", "str_replace_editor", "command"),
        ("text_editor_20250429", "str_replace_based_edit_tool", "command"),
        ("text_editor_20250728", "str_replace_based_edit_tool", "command"),
        ("memory_20250818", "memory", "command"),
        ("computer_20241022", "computer", "action"),
        ("computer_20250124", "computer", "action"),
        ("computer_20251124", "computer", "action"),
    ] {
        let json = format!(
            r#"{{"model":"m","max_tokens":64,"messages":[{{"role":"user","content":"hi"}}],"tools":[
                {{"type":"{type_name}","name":"{name}","display_width_px":800,"display_height_px":600}}]}}"#
        );
        let (chat, _) =
            request_to_openai(&request(&json), "m", &Arc::new(UpstreamProfile::default())).unwrap();
        let tool = &serde_json::to_value(chat.tools).unwrap()[0]["function"];
        assert_eq!(tool["name"], name);
        assert!(tool["description"].is_string(), "{tool}");
        let parameters = &tool["parameters"];
        assert_eq!(parameters["type"], "object");
        assert_eq!(parameters["properties"][command]["type"], "string", "{tool}");
        for required in parameters["required"].as_array().into_iter().flatten() {
            assert!(parameters["properties"][required.as_str().unwrap()].is_object(), "{tool}");
        }
    }
}
