//! A conversation that grows.

use messages_api::openai::UpstreamProfile;
use serde_json::{Value, json};

use super::{pairing, translate};

const TOOLS: [&str; 2] = ["Read", "mcp__a_server_with_a_rather_long_name__a_tool_with_a_rather_long_name"];

/// Returns the messages that turn `turn` adds: what the model has written, and what the caller says then.
fn turn(turn: usize) -> Vec<Value> {
    let id = |call: usize| format!("toolu_{turn}_{call}");
    let call = |call: usize| json!({"type": "tool_use", "id": id(call), "name": TOOLS[call], "input": {"z": turn, "a": call}});
    let image = json!({"type": "image", "source":
        {"type": "base64", "media_type": "image/png", "data": "aGk="}});
    let result = |call: usize, content: Value| json!({"type": "tool_result", "tool_use_id": id(call), "content": content});
    let thinking = json!({"type": "thinking", "thinking": format!("Step {turn}."), "signature": "EqQB"});
    let reminder = json!({"role": "system", "content": format!("Reminder {turn}.")});
    match turn % 3 {
        0 => vec![
            json!({"role": "assistant", "content": [thinking, {"type": "text", "text": "Let me look."}, call(0)]}),
            json!({"role": "user", "content": [result(0, json!("a line")), {"type": "text", "text": "Go on."}]}),
            reminder,
        ],
        1 => vec![
            json!({"role": "assistant", "content": [thinking, call(0), call(1)]}),
            json!({"role": "user", "content": [
                {"type": "text", "text": "<system-reminder>x</system-reminder>"},
                result(1, json!([{"type": "text", "text": "a picture"}, image])),
                result(0, json!([])),
            ]}),
        ],
        _ => vec![
            json!({"role": "assistant", "content": "Done."}),
            json!({"role": "user", "content": [image, {"type": "text", "text": "And this?"}]}),
            reminder,
        ],
    }
}

#[test]
fn the_translation_of_a_conversation_only_grows() {
    for name in UpstreamProfile::NAMES {
        let tools =
            TOOLS.map(|name| json!({"name": name, "input_schema": {"type": "object", "properties": {}}}));
        let mut messages = vec![json!({"role": "user", "content": "hi"})];
        let mut before = String::new();
        for at in 0..6 {
            let request = json!({
                "model": "m", "max_tokens": 64, "system": "Be brief.", "tools": tools, "messages": messages,
            });
            let (chat, _) = translate(&request, UpstreamProfile::named(name).unwrap()).unwrap();
            assert_eq!(pairing::violation(&chat), None, "{name}");
            let now = serde_json::to_string(&chat).unwrap();
            // Everything up to the end of the messages, which come before all settings.
            let end = now.find(r#"],"max_"#).unwrap();
            assert!(now.starts_with(&before), "{name}, turn {at}:\n{before}\n{now}");
            assert!(end > before.len(), "{name}, turn {at}");
            before = now[..end].to_owned();
            messages.extend(turn(at));
        }
    }
}
