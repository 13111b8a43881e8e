//! The rule that each call has one result, directly after the message of the call.

use messages_api::openai::types::{ChatMessage, ChatRequest, ChatRole};

/// Returns how `request` breaks the rule, if it does.
pub(super) fn violation(request: &ChatRequest) -> Option<String> {
    let mut open: Vec<&str> = Vec::new();
    for (at, message) in request.messages.iter().enumerate() {
        if message.role == ChatRole::Tool {
            let id = message.tool_call_id.as_deref().unwrap_or_default();
            let Some(place) = open.iter().position(|call| *call == id) else {
                return Some(format!("message {at} is a result of {id:?}, which is not open: {open:?}"));
            };
            open.remove(place);
            continue;
        }
        if !open.is_empty() {
            return Some(format!("message {at} comes before the results of {open:?}"));
        }
        if message.role != ChatRole::Assistant && message.tool_calls.is_some() {
            return Some(format!("message {at} of {:?} has calls", message.role));
        }
        open = calls(message);
        let mut ids = open.clone();
        ids.sort_unstable();
        ids.dedup();
        if ids.len() < open.len() {
            return Some(format!("message {at} has calls with the same id: {open:?}"));
        }
    }
    (!open.is_empty()).then(|| format!("no results of {open:?}"))
}

fn calls(message: &ChatMessage) -> Vec<&str> {
    message.tool_calls.iter().flatten().map(|call| call.id.as_str()).collect()
}

#[test]
fn the_check_finds_what_breaks_the_rule() {
    let call = |id: &str| format!(r#"{{"id":"{id}","function":{{"name":"f","arguments":"{{}}"}}}}"#);
    let assistant = |ids: &[&str]| {
        let calls: Vec<_> = ids.iter().map(|id| call(id)).collect();
        format!(r#"{{"role":"assistant","tool_calls":[{}]}}"#, calls.join(","))
    };
    let tool = |id: &str| format!(r#"{{"role":"tool","tool_call_id":"{id}","content":""}}"#);
    let user = || r#"{"role":"user","content":"hi"}"#.to_owned();
    for (messages, is_legal) in [
        (vec![user(), assistant(&["a", "b"]), tool("b"), tool("a"), user()], true),
        (vec![user(), assistant(&["a"]), user(), tool("a")], false),
        (vec![user(), assistant(&["a", "b"]), tool("a"), user()], false),
        (vec![user(), assistant(&["a"]), tool("a"), tool("a")], false),
        (vec![user(), assistant(&["a", "a"]), tool("a"), tool("a")], false),
        (vec![user(), assistant(&["a"])], false),
        (vec![user(), tool("a")], false),
    ] {
        let json = format!(r#"{{"model":"m","messages":[{}]}}"#, messages.join(","));
        let request = serde_json::from_str(&json).unwrap();
        assert_eq!(violation(&request).is_none(), is_legal, "{json}: {:?}", violation(&request));
    }
}
