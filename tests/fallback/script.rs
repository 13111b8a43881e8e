//! A server that replies according to a script, and what is said about its replies.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use futures::stream;
use http::StatusCode;
use messages_api::client::RetryPolicy;
use messages_api::fallback::RefusalFallback;
use messages_api::types::ErrorType;
use messages_api::types::fallback::Fallback;
use messages_api::{
    ApiError, Client, CreateMessageRequest, Credential, Handler, Message, MessageStream, MessagesService,
    Reply, StreamEvent, handler_fn,
};
use serde_json::{Value, json};

use crate::support::Server;

/// A reply of the server.
#[derive(Clone)]
pub(crate) enum Step {
    Message(Box<Message>),
    Stream(Vec<StreamEvent>),
    /// An error response with this status.
    Fail(u16),
    /// Events, and then nothing until the caller goes away.
    Hang(Vec<StreamEvent>, Arc<()>),
}

/// What the server has received, and what it has yet to reply.
#[derive(Clone, Default)]
pub(crate) struct Script {
    steps: Arc<Mutex<VecDeque<Step>>>,
    requests: Arc<Mutex<Vec<(CreateMessageRequest, String)>>>,
}

impl Script {
    pub(crate) fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { steps: Arc::new(Mutex::new(steps.into_iter().collect())), ..Self::default() }
    }

    pub(crate) fn handler(&self) -> impl Handler + use<> {
        let script = self.clone();
        handler_fn(move |request, context| {
            let betas = context.betas().to_string();
            script.requests.lock().unwrap().push((request, betas));
            let step = script.steps.lock().unwrap().pop_front();
            async move {
                match step.expect("a request more than expected") {
                    Step::Message(message) => Ok(Reply::from(*message)),
                    Step::Stream(events) => {
                        Ok(MessageStream::new(stream::iter(events.into_iter().map(Ok))).into())
                    }
                    Step::Fail(status) => {
                        let error = ApiError::new(ErrorType::from("scripted_error"), format!("no {status}"));
                        Err(error.with_status(StatusCode::from_u16(status).unwrap()))
                    }
                    Step::Hang(events, alive) => {
                        let events = stream::iter(events.into_iter().map(Ok));
                        let rest = stream::poll_fn(move |_| {
                            let _ = &alive;
                            std::task::Poll::Pending
                        });
                        Ok(MessageStream::new(futures::StreamExt::chain(events, rest)).into())
                    }
                }
            }
        })
    }

    pub(crate) async fn serve(&self) -> (Server, Client) {
        let server = Server::start(MessagesService::builder(self.handler()).unauthenticated().build()).await;
        let credential = Credential::api_key("sk-test");
        let builder = Client::builder().base_url(&server.url()).credential(credential);
        let client = builder.retry(RetryPolicy::none()).build().unwrap();
        (server, client)
    }

    /// The requests so far, as JSON.
    pub(crate) fn requests(&self) -> Vec<Value> {
        self.requests
            .lock()
            .unwrap()
            .iter()
            .map(|(request, _)| serde_json::to_value(request).unwrap())
            .collect()
    }

    /// The betas of the requests so far.
    pub(crate) fn betas(&self) -> Vec<String> {
        self.requests.lock().unwrap().iter().map(|(_, betas)| betas.clone()).collect()
    }

    /// The models of the requests so far.
    pub(crate) fn models(&self) -> String {
        let models = self.requests();
        models.iter().map(|request| request["model"].as_str().unwrap()).collect::<Vec<_>>().join(" ")
    }
}

/// Reads the stream that the models "b", "c" … continue after "a", and describes it.
pub(crate) async fn read(steps: Vec<Step>, fallbacks: &str) -> (Vec<String>, Message, Script) {
    let script = Script::new(steps);
    let (_server, client) = script.serve().await;
    let mut stream = chain(client, fallbacks).stream_message(&request()).await.unwrap();
    let mut found = Vec::new();
    while let Some(event) = stream.next().await {
        found.push(describe(&event.unwrap()));
    }
    (found, stream.into_message().unwrap(), script)
}

pub(crate) fn chain<H>(inner: H, models: &str) -> RefusalFallback<H> {
    RefusalFallback::new(inner, models.split_whitespace().map(Fallback::new))
}

pub(crate) fn request() -> CreateMessageRequest {
    CreateMessageRequest::new("a", 64).user("hi")
}

/// The end of a message in which the model refuses.
pub(crate) fn refusal(token: Option<&str>, may_continue: bool) -> Value {
    let details = json!({"type": "refusal", "category": "cyber", "explanation": "no",
        "fallback_credit_token": token, "fallback_has_prefill_claim": may_continue});
    json!({"type": "message_delta", "usage": {"output_tokens": 5},
        "delta": {"stop_reason": "refusal", "stop_details": details}})
}

/// The end of a message that is as it should be.
pub(crate) fn end() -> Value {
    json!({"type": "message_delta", "usage": {"output_tokens": 7}, "delta": {"stop_reason": "end_turn"}})
}

pub(crate) fn message(model: &str, text: &str, end: &Value) -> Step {
    let mut message = json!({"id": format!("msg_{model}"), "type": "message", "role": "assistant", "model": model,
        "content": [{"type": "text", "text": text}], "usage": {"input_tokens": 10, "output_tokens": 5}});
    message.as_object_mut().unwrap().extend(end["delta"].as_object().unwrap().clone());
    Step::Message(serde_json::from_value(message).unwrap())
}

/// The stream of a message that consists of `texts`.
pub(crate) fn texts(model: &str, texts: &[&str], end: Value) -> Step {
    let blocks = texts.iter().map(|text| {
        (json!({"type": "text", "text": ""}), vec![json!({"type": "text_delta", "text": text})], true)
    });
    blocks_of(model, blocks, end)
}

/// The stream of a message of blocks, each with its deltas and whether it stops.
pub(crate) fn blocks_of(
    model: &str,
    blocks: impl IntoIterator<Item = (Value, Vec<Value>, bool)>,
    end: Value,
) -> Step {
    let mut events = vec![start(model)];
    for (index, (block, deltas, stops)) in blocks.into_iter().enumerate() {
        events.push(json!({"type": "content_block_start", "index": index, "content_block": block}));
        events.extend(
            deltas.iter().map(|delta| json!({"type": "content_block_delta", "index": index, "delta": delta})),
        );
        if stops {
            events.push(json!({"type": "content_block_stop", "index": index}));
        }
    }
    events.extend([end, json!({"type": "message_stop"})]);
    events_of(events)
}

pub(crate) fn start(model: &str) -> Value {
    json!({"type": "message_start", "message": {"id": format!("msg_{model}"), "type": "message",
        "role": "assistant", "model": model, "content": [], "stop_reason": null,
        "usage": {"input_tokens": 10, "output_tokens": 1, "cache_read_input_tokens": 3}}})
}

pub(crate) fn events_of(events: Vec<Value>) -> Step {
    Step::Stream(events.into_iter().map(|event| serde_json::from_value(event).unwrap()).collect())
}

/// Describes an event in a few characters.
pub(crate) fn describe(event: &StreamEvent) -> String {
    let event = serde_json::to_value(event).unwrap();
    let string = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let (index, block, delta) = (&event["index"], &event["content_block"], &event["delta"]);
    match event["type"].as_str().unwrap() {
        "message_start" => {
            format!("start {} {}", string(&event["message"]["id"]), string(&event["message"]["model"]))
        }
        "content_block_start" if block["type"] == "fallback" => format!(
            "{index} {}>{} {}",
            string(&block["from"]["model"]),
            string(&block["to"]["model"]),
            string(&block["trigger"]["category"])
        ),
        "content_block_start" => format!("{index} {}", string(&block["type"])),
        "content_block_delta" => {
            let texts = [&delta["text"], &delta["thinking"], &delta["partial_json"], &delta["signature"]];
            format!("{index} +{}", texts.iter().find_map(|text| text.as_str()).unwrap_or("?"))
        }
        "content_block_stop" => format!("{index} ."),
        "message_delta" => {
            let iterations = event["usage"]["iterations"].as_array().into_iter().flatten().map(|iteration| {
                let kind = if iteration["type"] == "fallback_message" { "!" } else { "" };
                let tokens = (&iteration["input_tokens"], &iteration["output_tokens"]);
                format!("{}{kind}:{}+{}", string(&iteration["model"]), tokens.0, tokens.1)
            });
            let iterations = iterations.collect::<Vec<_>>().join(" ");
            let changes = if event["input_transformations"].is_null() { "" } else { " ~" };
            format!("{} [{iterations}]{changes}", string(&delta["stop_reason"]))
        }
        "message_stop" => "stop".to_owned(),
        other => other.to_owned(),
    }
}
