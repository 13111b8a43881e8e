//! The constructors of settings: what they put on the wire.

use messages_api::CreateMessageRequest;
use messages_api::types::settings::{ThinkingConfig, ThinkingConfigEnabled};

#[test]
fn thinking_constructors_write_their_type() {
    for (thinking, json) in [
        (ThinkingConfig::enabled(1024), r#"{"type":"enabled","budget_tokens":1024}"#),
        (ThinkingConfig::adaptive(), r#"{"type":"adaptive"}"#),
        (ThinkingConfig::disabled(), r#"{"type":"disabled"}"#),
        (ThinkingConfig::between_tools(), r#"{"type":"between_tools"}"#),
    ] {
        assert_eq!(serde_json::to_string(&thinking).unwrap(), json);
        assert_eq!(serde_json::from_str::<ThinkingConfig>(json).unwrap(), thinking);
    }
}

#[test]
fn a_request_takes_the_constructor_and_the_struct() {
    let request = CreateMessageRequest::new("m", 2048).user("hi");
    let by_constructor = request.clone().thinking(ThinkingConfig::enabled(1024));
    let by_struct = request.thinking(ThinkingConfigEnabled::new(1024));
    assert_eq!(by_constructor, by_struct);
    assert_eq!(by_constructor.validate(&Default::default()), Ok(()));
}
