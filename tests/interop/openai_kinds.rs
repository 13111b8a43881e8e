//! The kinds of responses that the tests of the bridge know, for models named after them.

#[path = "../openai/kinds/mod.rs"]
mod kinds;

use axum::body::Body;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use kinds::{Block, End, Expected, NAMES, Script, kind};
use serde_json::{Value, json};

use super::faults::Step;
use super::{events, response};

/// The prefix of the names of the models.
const PREFIX: &str = "kind-";

/// Returns the response of the kind that the model is named after, or `None` if there is none.
pub(crate) fn find(model: &str, is_streamed: bool) -> Option<Response<Body>> {
    let script = kind(model.strip_prefix(PREFIX)?, is_streamed)?;
    let mut steps: Vec<_> = script.chunks.into_iter().map(|chunk| Step::Send(chunk.into())).collect();
    if script.end == End::Reset {
        steps.push(Step::Cut);
    }
    let body = events(steps).into_body();
    let mut response = response(StatusCode::from_u16(script.status).ok()?, script.content_type, body);
    for (name, value) in script.headers {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    Some(response)
}

/// Lists the kinds: what a request for each of them has to say, and what must become of its response, streamed
/// and whole. Those that need a profile are left out.
pub(crate) fn list() -> Value {
    let scripts = |name: &&str| [kind(name, true), kind(name, false)];
    let is_plain = |script: &Script| script.profile == "{}";
    let row = |name: &&str| {
        let [streamed, whole] = scripts(name).map(|script| script.filter(is_plain));
        let request = streamed.as_ref().or(whole.as_ref())?.request;
        let request: Value = serde_json::from_str(request).ok()?;
        let outcome = |script: Option<Script>| script.map(|script| expected(script.expected));
        Some(json!({"name": name, "request": request, "stream": outcome(streamed), "create": outcome(whole)}))
    };
    NAMES.iter().filter_map(row).collect()
}

fn expected(expected: Expected) -> Value {
    match expected {
        Expected::Message { content, stop_reason, stop_sequence, usage, .. } => {
            let content: Vec<_> = content.into_iter().map(block).collect();
            json!({"content": content, "stop_reason": stop_reason, "stop_sequence": stop_sequence, "usage": usage})
        }
        Expected::Error(_) | Expected::Status(_) => json!("error"),
    }
}

fn block(block: Block) -> Value {
    match block {
        Block::Text(text) => json!({"type": "text", "text": text}),
        Block::Thinking(text) => json!({"type": "thinking", "thinking": text}),
        Block::Call(name, input, id) => {
            let input = serde_json::from_str::<Value>(input).unwrap_or_default();
            json!({"type": "tool_use", "name": name, "input": input, "id": id})
        }
    }
}
