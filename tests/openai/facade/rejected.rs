//! Requests that cannot be carried over.

use messages_api::openai::FacadeOptions;
use serde_json::{Value, json};

use super::requests::PNG;
use super::translate;

#[test]
fn what_cannot_be_asked_for_is_rejected_with_its_path() {
    let parts = |part: Value| json!({"messages": [{"role": "user", "content": [part]}]});
    let rows = [
        (json!({"messages": []}), "messages: must contain a message of the user"),
        (
            json!({"messages": [{"role": "system", "content": "A"}]}),
            "messages: must contain a message of the user",
        ),
        (
            json!({"messages": [{"role": "assistant", "content": "A"}]}),
            "messages: must begin with a message of the user, after the instructions",
        ),
        (json!({"messages": [{"content": "A"}]}), "messages.0.role: missing field"),
        (json!({"messages": [{"role": "user"}]}), "messages.0.content: missing field"),
        (json!({"messages": [{"role": "user", "content": null}]}), "messages.0.content: missing field"),
        (
            json!({"messages": [{"role": "robot", "content": "A"}]}),
            "messages.0.role: \"robot\" is not supported",
        ),
        (json!({"messages": [{"role": "tool", "content": "A"}]}), "messages.0.tool_call_id: missing field"),
        (
            json!({"messages": [{"role": "assistant", "tool_calls": [{"type": "function", "function": {"name": "f"}}]}]}),
            "messages.0.tool_calls.0.id: missing field",
        ),
        (
            json!({"messages": [{"role": "system", "content": [{"type": "image_url", "image_url": {"url": PNG}}]}]}),
            "messages.0.content: must contain nothing but text",
        ),
        (
            parts(json!({"type": "input_audio", "input_audio": {"data": "", "format": "wav"}})),
            "messages.0.content.0: parts of the type \"input_audio\" are not supported",
        ),
        (
            parts(json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,%%"}})),
            "messages.0.content.0.image_url.url: must contain base64",
        ),
        (
            parts(json!({"type": "image_url", "image_url": {"url": "data:image/bmp;base64,Qk0="}})),
            "messages.0.content.0.image_url.url: must be an image of one of the types image/jpeg, image/png, image/gif, image/webp",
        ),
        (
            parts(json!({"type": "image_url", "image_url": {"url": "file:///etc/passwd"}})),
            "messages.0.content.0.image_url.url: must be an http, https or base64 data URL",
        ),
        (
            parts(json!({"type": "file", "file": {}})),
            "messages.0.content.0.file: must have `file_data` or `file_id`",
        ),
        (
            parts(json!({"type": "file", "file": {"file_data": "JVBERi0="}})),
            "messages.0.content.0.file.file_data: must be a base64 data URL",
        ),
        (
            parts(json!({"type": "file", "file": {"file_data": "data:application/zip;base64,UEs="}})),
            "messages.0.content.0.file.file_data: must be a PDF or text",
        ),
        (
            json!({"tools": [{"type": "custom", "custom": {"name": "g"}}]}),
            "tools.0: tools of the type \"custom\" are not supported",
        ),
        (json!({"tool_choice": "required"}), "tool_choice: needs `tools`"),
        (
            json!({"tools": [{"type": "function", "function": {"name": "f"}}], "tool_choice": "any"}),
            "tool_choice: must be `auto`, `none`, `required` or an object",
        ),
        (
            json!({"tools": [{"type": "function", "function": {"name": "f"}}], "tool_choice": {"type": "custom", "custom": {"name": "g"}}}),
            "tool_choice: the type \"custom\" is not supported",
        ),
        (
            json!({"reasoning_effort": "extreme"}),
            "reasoning_effort: must be one of none, minimal, low, medium, high, xhigh, max",
        ),
        (
            json!({"response_format": {"type": "grammar"}}),
            "response_format: the type \"grammar\" is not supported",
        ),
        (
            json!({"response_format": {"type": "json_schema", "json_schema": {"name": "x"}}}),
            "response_format.json_schema.schema: missing field",
        ),
    ];
    for (fields, message) in rows {
        let error = translate(&fields, &FacadeOptions::default()).unwrap_err();
        println!("{fields}\n    -> {}", error.message());
        assert_eq!((error.message(), error.status().as_u16()), (message, 400), "{fields}");
    }
}
