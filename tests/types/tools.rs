//! Tools and tool inputs as Rust types.

use messages_api::{Json, ToolUseBlock};
use serde::Deserialize;

#[derive(Debug, PartialEq, Deserialize)]
struct Weather {
    city: String,
    days: Option<u8>,
}

fn call(input: &str) -> ToolUseBlock {
    ToolUseBlock::new("toolu_01", "get_weather", Json::parse(input).unwrap())
}

#[test]
fn an_input_is_read_as_a_type() {
    let block = call(r#"{"city":"Oslo","days":2}"#);
    assert_eq!(block.input::<Weather>().unwrap(), Weather { city: "Oslo".to_owned(), days: Some(2) });
    assert_eq!(block.input.as_raw_str(), r#"{"city":"Oslo","days":2}"#);
    assert_eq!(block.input::<serde_json::Value>().unwrap()["days"], 2);
}

#[test]
fn the_error_of_an_invalid_input_names_the_tool_and_the_reason() {
    for (input, why) in [
        ("{}", "missing field `city` at line 1 column 2"),
        (r#"{"city":7}"#, "invalid type: integer `7`, expected a string at line 1 column 9"),
        (r#"{"city":"Oslo","days":300}"#, "invalid value: integer `300`, expected u8 at line 1 column 25"),
        ("[]", "invalid length 0, expected struct Weather with 2 elements at line 1 column 2"),
    ] {
        let error = call(input).input::<Weather>().unwrap_err();
        assert_eq!(error.to_string(), format!("input of the tool \"get_weather\": {why}"));
        assert!(error.is_data() && error.line() == 1);
    }
}

#[cfg(feature = "schemars")]
#[test]
fn a_tool_from_a_type_has_the_schema_of_the_type() {
    #[derive(schemars::JsonSchema, Deserialize)]
    struct Weather {
        /// The city's name.
        city: String,
    }

    let tool = messages_api::Tool::from_type::<Weather>("get_weather", "The weather in a city").unwrap();
    assert_eq!(tool.name(), Some("get_weather"));
    let json = serde_json::to_value(&tool).unwrap();
    assert_eq!(json["description"], "The weather in a city");
    assert_eq!(json["input_schema"]["type"], "object");
    assert_eq!(json["input_schema"]["properties"]["city"]["description"], "The city's name.");
    assert_eq!(call(r#"{"city":"Oslo"}"#).input::<Weather>().unwrap().city, "Oslo");
}
