//! The constructors of `tool_choice`.

use messages_api::CreateMessageRequest;
use messages_api::types::tools::{ToolChoice, ToolChoiceAny, ToolChoiceAuto, ToolChoiceNone, ToolChoiceTool};

#[test]
fn each_constructor_writes_its_choice() {
    for (choice, json) in [
        (ToolChoice::auto(), r#"{"type":"auto"}"#),
        (ToolChoice::any(), r#"{"type":"any"}"#),
        (ToolChoice::tool("get_weather"), r#"{"type":"tool","name":"get_weather"}"#),
        (ToolChoice::none(), r#"{"type":"none"}"#),
    ] {
        assert_eq!(serde_json::to_string(&choice).unwrap(), json);
        assert_eq!(serde_json::from_str::<ToolChoice>(json).unwrap(), choice);
    }
}

#[test]
fn each_constructor_equals_the_conversion_of_its_payload() {
    assert_eq!(ToolChoice::auto(), ToolChoiceAuto::new().into());
    assert_eq!(ToolChoice::any(), ToolChoiceAny::new().into());
    assert_eq!(ToolChoice::tool("now"), ToolChoiceTool::new("now").into());
    assert_eq!(ToolChoice::none(), ToolChoiceNone::new().into());
}

#[test]
fn a_request_takes_a_choice() {
    let name = String::from("get_weather");
    let request = CreateMessageRequest::new("m", 1).tool_choice(ToolChoice::tool(name));
    let json = serde_json::to_value(&request).unwrap();
    assert_eq!(json["tool_choice"], serde_json::json!({"type": "tool", "name": "get_weather"}));
}
