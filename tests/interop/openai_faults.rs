//! Completions that go wrong, each in a way of its own, for models named after it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use super::script::{Script, arguments, chunk, delta, slow, words};
use super::{document, error, events, response};

/// The prefix of the names of the models.
const PREFIX: &str = "fault-";

/// What a client has to make of a fault.
#[derive(Clone, Copy, PartialEq)]
enum Outcome {
    /// The whole message.
    Whole,
    /// An error, whatever part of the message has arrived.
    Error,
}

use Outcome::{Error, Whole};

/// What a stream does next.
#[derive(Clone)]
pub(crate) enum Step {
    Send(Bytes),
    Wait(Duration),
    /// The connection is lost.
    Cut,
}

/// A name, what a client has to make of a whole completion and of a stream, and the response.
type Row = (&'static str, Outcome, Outcome, fn(&Script) -> Response<Body>);

/// The rows whose completion is a text.
const TEXTS: &[Row] = &[
    ("none", Whole, Whole, scripted),
    ("400", Error, Error, |_| status(400, "unknown parameter", None)),
    ("400-context", Error, Error, |_| {
        status(
            400,
            "This model's maximum context length is 10 tokens. However, you requested 20 tokens",
            None,
        )
    }),
    ("401", Error, Error, |_| status(401, "Incorrect API key provided: sk-upstream-secret", None)),
    ("402", Error, Error, |_| status(402, "Insufficient credits", None)),
    ("403", Error, Error, |_| status(403, "not allowed", None)),
    ("404", Error, Error, |_| status(404, "no such model", Some("model_not_found"))),
    ("408", Error, Error, |_| status(408, "timeout", None)),
    ("409", Error, Error, |_| status(409, "conflict", None)),
    ("413", Error, Error, |_| status(413, "too large", None)),
    ("422", Error, Error, |_| status(422, "unprocessable", None)),
    ("429", Error, Error, |_| status(429, "slow down", Some("rate_limit_exceeded"))),
    ("429-quota", Error, Error, |_| status(429, "You exceeded your quota", Some("insufficient_quota"))),
    ("500", Error, Error, |_| status(500, "a fault", None)),
    ("502-html", Error, Error, |_| {
        let page = "<html><body><h1>502 Bad Gateway</h1></body></html>";
        response(StatusCode::BAD_GATEWAY, "text/html", Body::from(page))
    }),
    ("503", Error, Error, |_| status(503, "overloaded", None)),
    ("504", Error, Error, |_| status(504, "timeout", None)),
    ("529", Error, Error, |_| status(529, "overloaded", None)),
    ("200-error", Error, Error, |_| {
        document(StatusCode::OK, &json!({"error": {"message": "a fault", "code": 502}}))
    }),
    ("200-html", Error, Error, |_| response(StatusCode::OK, "text/html", Body::from("<html>hello</html>"))),
    ("200-empty", Error, Error, |_| response(StatusCode::OK, "text/event-stream", Body::empty())),
    ("no-choices", Error, Error, |s| {
        let none = json!({"choices": []});
        either(s, none.clone(), |_| vec![chunk(none.clone()), done()])
    }),
    ("error-first", Error, Error, |s| either(s, failure(), |_| vec![send(failure()), done()])),
    ("error-mid", Error, Error, |s| either(s, failure(), |s| start(s, vec![send(failure()), done()]))),
    ("error-at-end", Error, Error, |s| {
        either(s, failure(), |s| [s.text_steps(), vec![send(failure())]].concat())
    }),
    ("cut-first", Error, Error, |s| cut(s, |_| vec![Step::Cut])),
    ("cut-mid", Error, Error, |s| cut(s, |s| start(s, vec![Step::Cut]))),
    ("cut-in-chunk", Error, Error, |s| cut(s, |s| start(s, vec![half_a_chunk(), Step::Cut]))),
    ("end-mid", Error, Error, |s| cut(s, |s| start(s, vec![]))),
    ("end-in-chunk", Error, Error, |s| cut(s, |s| start(s, vec![half_a_chunk()]))),
    ("bad-json", Error, Error, |s| {
        let bad = Step::Send("data: {\"choices\": [{\"delta\": \n\n".into());
        cut(s, |s| start(s, vec![bad.clone(), done()]))
    }),
    ("done-at-once", Error, Error, |s| cut(s, |_| vec![done()])),
    ("network-error", Error, Error, |s| {
        let end = json!({"choices": [{"index": 0, "message": {}, "finish_reason": "network_error"}]});
        either(s, end, |s| [start(s, vec![]), s.end("network_error")].concat())
    }),
    ("no-done", Whole, Whole, |s| streamed(s, |s| [s.text_steps(), s.end_without_done("stop")].concat())),
    ("no-finish", Whole, Whole, |s| streamed(s, |s| [s.text_steps(), vec![done()]].concat())),
    ("no-usage", Whole, Whole, |s| {
        let mut whole = s.completion();
        whole["usage"] = Value::Null;
        either(s, whole, |s| [s.text_steps(), vec![finish("stop"), done()]].concat())
    }),
    ("unknown-finish", Whole, Whole, |s| streamed(s, |s| [s.text_steps(), s.end("brand_new")].concat())),
    ("comments", Whole, Whole, |s| {
        let comment = Step::Send(": OPENROUTER PROCESSING\n\n".into());
        streamed(s, |s| [vec![comment.clone()], s.steps()].concat())
    }),
    ("crlf", Whole, Whole, |s| {
        let crlf = |step| match step {
            Step::Send(text) => Step::Send(String::from_utf8_lossy(&text).replace('\n', "\r\n").into()),
            step => step,
        };
        streamed(s, |s| s.steps().into_iter().map(crlf).collect())
    }),
    ("prefilter", Whole, Whole, |s| {
        let first = json!({"choices": [], "prompt_filter_results": [{"prompt_index": 0}]});
        streamed(s, |s| [vec![chunk(first.clone())], s.steps()].concat())
    }),
    ("slow", Whole, Whole, |s| streamed(s, |s| slow(s.steps()))),
    ("json-for-stream", Whole, Whole, |s| document(StatusCode::OK, &s.completion())),
];

/// The rows whose completion calls a tool. The completion after the result of the tool has no fault.
const CALLS: &[Row] = &[
    ("tool", Whole, Whole, scripted),
    ("tool-stop", Whole, Whole, |s| call(s, "stop", |s| s.call_steps())),
    ("tool-at-once", Whole, Whole, |s| call(s, "tool_calls", whole_calls)),
    ("tool-no-index", Whole, Whole, |s| {
        call(s, "tool_calls", |s| {
            let (name, input) = first_call(s);
            let function = json!({"name": name, "arguments": input});
            vec![delta(json!({"tool_calls": [{"id": "call_0", "function": function}]}))]
        })
    }),
    ("tool-id-repeated", Whole, Whole, |s| {
        call(s, "tool_calls", |s| {
            let (name, input) = first_call(s);
            let piece = |piece: &str| {
                let function = json!({"name": name, "arguments": piece});
                delta(
                    json!({"tool_calls": [{"index": 0, "id": "call_0", "type": "function", "function": function}]}),
                )
            };
            input.split_inclusive(':').map(piece).collect()
        })
    }),
    ("tool-object", Whole, Whole, |s| {
        let mut whole = s.completion();
        let (_, input) = first_call(s);
        let input: Value = serde_json::from_str(&input).unwrap_or_default();
        whole["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"] = input;
        either(s, whole, Script::steps)
    }),
    ("tool-cut", Error, Error, |s| cut(s, |s| [cut_call(s), vec![Step::Cut]].concat())),
    ("tool-end", Error, Error, |s| cut(s, cut_call)),
    ("tool-error", Error, Error, |s| either(s, failure(), |s| [cut_call(s), vec![send(failure())]].concat())),
];

/// The numbers of the requests for each row, whole and streamed.
#[derive(Default)]
pub(crate) struct Faults(Mutex<BTreeMap<&'static str, [u64; 2]>>);

impl Faults {
    /// Returns the response of the row that the model is named after, or `None` if there is none.
    pub(crate) fn response(&self, script: &Script) -> Option<Response<Body>> {
        let name = script.model.strip_prefix(PREFIX)?;
        let (name, _, _, respond) = TEXTS.iter().chain(CALLS).find(|(row, ..)| *row == name)?;
        let mut requests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        requests.entry(name).or_default()[usize::from(script.is_streamed)] += 1;
        Some(if script.has_results { scripted(script) } else { respond(script) })
    }

    /// Lists the rows, with what clients have to make of them and how often they were asked for.
    pub(crate) fn list(&self) -> Value {
        let requests = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let rows = TEXTS.iter().map(|row| (row, false)).chain(CALLS.iter().map(|row| (row, true)));
        let word = |outcome: &Outcome| if *outcome == Whole { "whole" } else { "error" };
        rows.map(|((name, create, stream, _), is_call)| {
            json!({
                "name": name,
                "create": word(create),
                "stream": word(stream),
                "calls": is_call,
                "requests": requests.get(name).copied().unwrap_or_default(),
            })
        })
        .collect()
    }
}

/// A response without a fault.
fn scripted(script: &Script) -> Response<Body> {
    either(script, script.completion(), Script::steps)
}

/// The document for a request that asks for no stream, and the steps for one that does.
fn either(script: &Script, whole: Value, steps: impl Fn(&Script) -> Vec<Step>) -> Response<Body> {
    if script.is_streamed { events(steps(script)) } else { document(StatusCode::OK, &whole) }
}

/// A stream with a peculiarity; a whole completion has none.
fn streamed(script: &Script, steps: impl Fn(&Script) -> Vec<Step>) -> Response<Body> {
    either(script, script.completion(), steps)
}

/// A stream that is cut; of a whole completion arrives the first half.
fn cut(script: &Script, steps: impl Fn(&Script) -> Vec<Step>) -> Response<Body> {
    if script.is_streamed {
        return events(steps(script));
    }
    let text = script.completion().to_string();
    let half = Bytes::copy_from_slice(&text.as_bytes()[..text.len() / 2]);
    let body = events(vec![Step::Send(half), Step::Cut]).into_body();
    response(StatusCode::OK, "application/json", body)
}

/// An error with what a client needs to try again soon.
fn status(code: u16, message: &str, kind: Option<&str>) -> Response<Body> {
    let status = StatusCode::from_u16(code).unwrap_or_default();
    let mut response = error(status, message, kind);
    let soon = HeaderName::from_static("retry-after-ms");
    response.headers_mut().insert(soon, HeaderValue::from_static("20"));
    response
}

fn failure() -> Value {
    json!({"error": {"message": "a fault", "type": "server_error", "param": null, "code": null}})
}

fn send(event: Value) -> Step {
    Step::Send(format!("data: {event}\n\n").into())
}

fn done() -> Step {
    Step::Send("data: [DONE]\n\n".into())
}

fn half_a_chunk() -> Step {
    Step::Send("data: {\"choices\":[{\"del".into())
}

fn finish(reason: &str) -> Step {
    chunk(json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}))
}

/// The first words of a text, and then `steps`.
fn start(script: &Script, steps: Vec<Step>) -> Vec<Step> {
    [script.start(), words("The word "), steps].concat()
}

/// A call with another reason at its end, and other steps in a stream.
fn call(script: &Script, reason: &str, steps: impl Fn(&Script) -> Vec<Step>) -> Response<Body> {
    let mut whole = script.completion();
    whole["choices"][0]["finish_reason"] = reason.into();
    either(script, whole, |s| [s.start(), steps(s), s.end(reason)].concat())
}

fn first_call(script: &Script) -> (String, String) {
    script.calls.first().cloned().unwrap_or_default()
}

/// Each call in one chunk.
fn whole_calls(script: &Script) -> Vec<Step> {
    let calls = script.calls.iter().enumerate();
    calls
        .map(|(at, (name, input))| {
            let function = json!({"name": name, "arguments": input});
            let call =
                json!({"index": at, "id": format!("call_{at}"), "type": "function", "function": function});
            delta(json!({ "tool_calls": [call] }))
        })
        .collect()
}

/// A call up to the middle of its arguments.
fn cut_call(script: &Script) -> Vec<Step> {
    let (name, input) = first_call(script);
    let function = json!({"name": name, "arguments": ""});
    let call = json!({"index": 0, "id": "call_0", "type": "function", "function": function});
    let half = &input[..input.len() / 2];
    [script.start(), words("Let me see."), vec![delta(json!({ "tool_calls": [call] })), arguments(0, half)]]
        .concat()
}
