//! Requests of the Messages API as requests for a completion.

mod growth;
mod pairing;
mod properties;
mod raw;
mod recorded;

use std::sync::Arc;

use messages_api::openai::types::ChatRequest;
use messages_api::openai::{Exchange, UpstreamProfile, request_to_openai, response_from_openai};
use messages_api::{ApiError, CreateMessageRequest};
use serde_json::{Value, json};

use crate::cases;

/// Translates `request`, whose model the server knows under the same name.
fn translate(request: &Value, profile: UpstreamProfile) -> Result<(ChatRequest, Exchange), ApiError> {
    let request: CreateMessageRequest = serde_json::from_str(&request.to_string()).unwrap();
    request_to_openai(&request, &request.model.clone(), &Arc::new(profile))
}

/// Each row is a request, of which only what differs from the smallest one is written, changes of the
/// profile, and what differs from the translation of the smallest request, or an error, and the paths of the
/// losses.
#[test]
fn requests_are_translated_as_in_the_table() {
    let mut failures = 0;
    let rows = cases::fixture("openai_requests.jsonl");
    for row in &rows {
        let name = row["name"].as_str().unwrap();
        let hi = json!([{"role": "user", "content": "hi"}]);
        let request = changed(&json!({"model": "m", "max_tokens": 64, "messages": hi}), &row["request"]);
        let chat = changed(&json!({"model": "m", "max_tokens": 64, "messages": hi}), &row["chat"]);
        let mut profile = serde_json::to_value(UpstreamProfile::default()).unwrap();
        if let Some(changes) = row.get("profile") {
            profile = changed(&profile, changes);
        }
        let profile = serde_json::from_value(profile).unwrap();
        let problem = match (translate(&request, profile), row["error"].as_str()) {
            (Err(error), Some(expected))
                if error.status() == 400 && error.message().starts_with(expected) =>
            {
                None
            }
            (Err(error), _) => Some(format!("{error}")),
            (Ok((found, _)), Some(_)) => Some(format!("no error, but {found:?}")),
            (Ok((found, exchange)), None) => differences(row, &found, &exchange, &chat),
        };
        println!("{} {name}", if problem.is_some() { "FAILED" } else { "ok    " });
        if let Some(problem) = problem {
            println!("{problem}");
            failures += 1;
        }
    }
    println!("{} rows", rows.len());
    assert_eq!(failures, 0, "rows failed");
}

/// No profile knows which chat templates keep to the limit, so only the response shows that it was not kept.
#[test]
fn several_calls_in_place_of_one_are_a_loss() {
    let request = json!({"model": "m", "max_tokens": 64, "messages": [{"role": "user", "content": "hi"}],
        "tools": [{"name": "f", "input_schema": {"type": "object", "properties": {}}}],
        "tool_choice": {"type": "auto", "disable_parallel_tool_use": true}});
    let call = |id: &str| json!({"id": id, "function": {"name": "f", "arguments": "{}"}});
    let further = vec!["tool_choice.disable_parallel_tool_use"];
    let three = || vec![call("a"), call("b"), call("c")];
    for (first_call_only, calls, kept, losses) in [
        (false, vec![call("a")], 1, vec![]),
        (false, three(), 3, further.clone()),
        (true, vec![call("a")], 1, vec![]),
        (true, three(), 1, further),
    ] {
        let mut profile = UpstreamProfile::llama_cpp();
        profile.first_call_only = first_call_only;
        let (chat, mut exchange) = translate(&request, profile).unwrap();
        assert_eq!(chat.parallel_tool_calls, Some(false));
        let completion = json!({"id": "c", "model": "m", "usage": {"prompt_tokens": 1, "completion_tokens": 1},
            "choices": [{"index": 0, "finish_reason": "tool_calls",
                "message": {"role": "assistant", "tool_calls": calls}}]});
        let completion = serde_json::from_value(completion).unwrap();
        let message = response_from_openai(completion, &mut exchange).unwrap();
        assert_eq!(message.tool_uses().count(), kept);
        let paths: Vec<_> = exchange.losses().iter().map(|loss| loss.path.as_str()).collect();
        assert_eq!(paths, losses);
    }
}

/// Returns `base` with the keys of `changes`. `max_tokens` is removed if it is `null` there.
fn changed(base: &Value, changes: &Value) -> Value {
    let mut object = base.as_object().unwrap().clone();
    for (key, value) in changes.as_object().into_iter().flatten() {
        if value.is_null() && key == "max_tokens" {
            object.remove(key);
        } else {
            object.insert(key.clone(), value.clone());
        }
    }
    object.into()
}

fn differences(row: &Value, found: &ChatRequest, exchange: &Exchange, expected: &Value) -> Option<String> {
    let found = serde_json::to_value(found).unwrap();
    // Some servers reject a message whose content is absent rather than `null`.
    for message in found["messages"].as_array().unwrap() {
        assert!(message.as_object().unwrap().contains_key("content"), "{message}");
    }
    let losses: Vec<_> = exchange.losses().iter().map(|loss| loss.path.as_str()).collect();
    if found != *expected {
        return Some(format!("found    {found}\nexpected {expected}"));
    }
    let is_expected = json!(losses) == row["losses"];
    (!is_expected).then(|| format!("losses {losses:?}, expected {}: {:?}", row["losses"], exchange.losses()))
}
