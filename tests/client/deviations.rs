//! Responses of servers that deviate from the protocol, and what the client and a gateway
//! over it make of them. The README beside the cases describes their form.

use messages_api::client::ReqwestTransport;
use messages_api::{Error, Message, MessageStream};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::cases;
use crate::common::*;
use crate::raw::{End, Raw};

/// The sizes of the pieces in which a response is sent; 0 stands for a single piece.
const PIECES: [usize; 3] = [0, 1, 7];

#[tokio::test(flavor = "multi_thread")]
async fn every_deviation_has_the_expected_result() {
    let Some(rows) = cases::rows("deviations/cases.jsonl") else { return };
    // One for all, as building one reads the root certificates of the system.
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
    let http = http.pool_max_idle_per_host(0).build().unwrap();
    let mut checks = JoinSet::new();
    for row in rows.clone() {
        for size in PIECES {
            let (row, http) = (row.clone(), http.clone());
            checks.spawn(async move {
                let name = row["name"].as_str().unwrap().to_owned();
                let problems = check(&row, size, http).await;
                (name, size, problems)
            });
        }
    }
    let mut failed: Vec<(String, String)> = Vec::new();
    while let Some(result) = checks.join_next().await {
        let (name, size, problems) = result.unwrap();
        failed.extend(
            problems.into_iter().map(|problem| (name.clone(), format!("pieces of {size}: {problem}"))),
        );
    }
    failed.sort();
    for (name, problem) in &failed {
        println!("{name}, {problem}");
    }
    let passes = |name: &str| !failed.iter().any(|(failed, _)| failed == name);
    let names: Vec<&str> = rows.iter().map(|row| row["name"].as_str().unwrap()).collect();
    println!("{} of {} deviations pass", names.iter().filter(|name| passes(name)).count(), names.len());
    for name in names {
        assert!(passes(name), "{name}");
    }
}

/// Returns what is wrong with the results of a case.
async fn check(row: &Value, size: usize, http: reqwest::Client) -> Vec<String> {
    let bytes = cases::file(&format!("deviations/{}", row["file"].as_str().unwrap()));
    let pieces: Vec<&[u8]> = bytes.chunks(if size == 0 { bytes.len() } else { size }).collect();
    let upstream = Raw::start(pieces, End::Close).await;
    let client = builder(&upstream.url()).transport(ReqwestTransport::new(http.clone())).build().unwrap();
    let problems = check_client(row, &client).await;
    #[cfg(feature = "server")]
    let problems = [problems, gateway::check(row, client, http).await].concat();
    problems
}

async fn check_client(row: &Value, client: &messages_api::Client) -> Vec<String> {
    let result = match (row["endpoint"].as_str().unwrap(), row["stream"] == true) {
        ("count_tokens", _) => {
            client.count_tokens(&count_request()).await.map(|count| serde_json::to_value(count).unwrap())
        }
        (_, false) => client.create_message(&request()).await.map(to_value),
        (_, true) => match client.stream_message(&request()).await {
            Ok(stream) => MessageStream::final_message(stream).await.map(to_value),
            Err(error) => Err(error),
        },
    };
    let mut problems = Vec::new();
    match (&row["client"]["message"], &row["client"]["error"], result) {
        (Value::Null, Value::Null, _) => {}
        (expected @ Value::Object(_), _, Ok(message)) => {
            if !is_subset(expected, &message) {
                problems.push(format!("client: the message is {message}"));
            }
        }
        (_, expected @ Value::Object(_), Err(error)) => {
            for (field, expected) in expected.as_object().unwrap() {
                if let Some(found) = difference(field, expected, &error) {
                    problems.push(format!("client: {field} is {found}"));
                }
            }
        }
        (_, _, result) => problems.push(format!("client: {result:?}")),
    }
    problems
}

fn to_value(message: Message) -> Value {
    serde_json::to_value(message).unwrap()
}

/// Returns the actual value of a field of an error, if it is not the expected one.
fn difference(field: &str, expected: &Value, error: &Error) -> Option<String> {
    let api_error = error.api_error();
    let message = api_error.map_or_else(|| error.to_string(), |error| error.message().to_owned());
    let found = match field {
        "kind" => json!(format!("{:?}", error.kind())),
        "type" => json!(api_error.map(|error| error.error_type().as_str())),
        "message" => json!(message),
        "status" => json!(error.status().map(|status| status.as_u16())),
        "retryable" => json!(error.is_retryable()),
        "retry_after_s" => json!(error.retry_after().map(|wait| wait.as_secs())),
        "request_id" => json!(error.request_id()),
        "message_contains" => {
            let text = expected.as_str().unwrap().to_lowercase();
            return (!message.to_lowercase().contains(&text)).then_some(message);
        }
        "message_lacks" => return message.contains(expected.as_str().unwrap()).then_some(message),
        "partial" => {
            let partial = serde_json::to_value(error.partial_message()).unwrap();
            return (!is_subset(expected, &partial)).then(|| partial.to_string());
        }
        field => panic!("a case has the unknown field `{field}`"),
    };
    (found != *expected).then(|| found.to_string())
}

/// Returns `true` if `found` has everything that `expected` has. Objects are compared as
/// subsets and lists as a whole; an absent field counts as its default.
fn is_subset(expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => expected.iter().all(|(name, expected)| {
            let value = found.get(name).unwrap_or(&Value::Null);
            is_subset(expected, value) || (value.is_null() && is_default(name, expected))
        }),
        (Value::Array(expected), Value::Array(found)) => {
            expected.len() == found.len()
                && expected.iter().zip(found).all(|(left, right)| is_subset(left, right))
        }
        _ => expected == found,
    }
}

fn is_default(name: &str, expected: &Value) -> bool {
    match expected {
        Value::Object(fields) => fields.iter().all(|(name, value)| is_default(name, value)),
        Value::String(text) => {
            matches!((name, text.as_str()), (_, "") | ("role", "assistant") | ("type", "message"))
        }
        value => *value == json!(0),
    }
}

#[cfg(feature = "server")]
mod gateway {
    use messages_api::stream::{Accumulator, EventDecoder};
    use messages_api::{Client, MessagesService, StreamEvent};
    use serde_json::{Value, json};

    use super::{is_subset, to_value};
    use crate::support::Server;

    /// Returns what is wrong with the response that a caller of the gateway gets.
    pub(super) async fn check(row: &Value, client: Client, http: reqwest::Client) -> Vec<String> {
        let gateway = Server::start(MessagesService::builder(client).unauthenticated().build()).await;
        let count = row["endpoint"] == "count_tokens";
        let path = if count { "/v1/messages/count_tokens" } else { "/v1/messages" };
        let mut body = json!({ "model": "m", "messages": [{ "role": "user", "content": "hi" }] });
        if !count {
            body["max_tokens"] = json!(16);
            body["stream"] = row["stream"].clone();
        }
        let call = http.post(format!("{}{path}", gateway.url()));
        let response =
            call.header("content-type", "application/json").body(body.to_string()).send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        let expected = &row["gateway"];
        let mut problems = Vec::new();
        let mut claim = |holds: bool, what: String| {
            if !holds {
                problems.push(format!("gateway: {what}"));
            }
        };
        if !expected["status"].is_null() {
            claim(expected["status"] == status.as_u16(), format!("{status} {text}"));
        }
        for (name, value) in expected["headers"].as_object().into_iter().flatten() {
            let found = headers.get(name).map(|value| value.to_str().unwrap());
            claim(found == value.as_str(), format!("the header {name} is {found:?}"));
        }
        if !expected["body"].is_null() {
            let found = serde_json::from_str(&text).unwrap_or_default();
            claim(is_subset(&expected["body"], &found), format!("the body is {text}"));
        }
        for secret in expected["lacks"].as_array().into_iter().flatten() {
            claim(!text.contains(secret.as_str().unwrap()), format!("the body has {secret}"));
        }
        let streamed = text.starts_with("event:");
        let events = if streamed { events(&text) } else { Vec::new() };
        if !expected["events"].is_null() {
            let types = types(&events);
            claim(expected["events"] == json!(types), format!("the events are {types:?}"));
        }
        if !expected["message"].is_null() {
            let mut message = Accumulator::new();
            let pushed = events.iter().try_for_each(|event| message.push(event));
            let found = pushed.and_then(|()| message.into_message()).map(to_value);
            let matches = found.as_ref().is_ok_and(|found| is_subset(&expected["message"], found));
            claim(matches, format!("the message is {found:?}"));
        }
        if !expected["error"].is_null() {
            let document = match events.last() {
                Some(event) => serde_json::to_value(event).unwrap(),
                None => serde_json::from_str(&text).unwrap_or_default(),
            };
            claim(is_subset(&expected["error"], &document["error"]), format!("the error is {document}"));
        }
        problems
    }

    fn events(text: &str) -> Vec<StreamEvent> {
        let mut decoder = EventDecoder::new();
        decoder.push(text.as_bytes().to_vec());
        std::iter::from_fn(|| decoder.next().unwrap()).collect()
    }

    /// Returns the types of events without pings; deltas in a row count once.
    fn types(events: &[StreamEvent]) -> Vec<&str> {
        let mut types: Vec<&str> = events.iter().map(StreamEvent::type_name).collect();
        types.retain(|name| *name != "ping");
        types.dedup_by(|next, last| next == last && *next == "content_block_delta");
        types
    }
}
