//! Handlers, requests and responses that the tests share.

use std::fmt::Debug;
use std::future::Future;

use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Body;
use messages_api::types::ErrorResponse;
use messages_api::types::events::{
    ContentBlockDeltaEvent, ContentBlockStartEvent, ContentBlockStopEvent, MessageDelta, MessageDeltaEvent,
    MessageStartEvent, MessageStopEvent, TextDelta,
};
use messages_api::{
    ApiError, ContentBlock, Error, Handler, Message, MessageDeltaUsage, MessageStream, MessagesService,
    Reply, StopReason, StreamEvent, Usage, handler_fn,
};
use serde_json::{Value, json};
use tower::ServiceExt;

/// Creates a service around `handler` that accepts every caller.
pub(crate) fn service(handler: impl Handler) -> MessagesService {
    MessagesService::builder(handler).unauthenticated().build()
}

/// Creates a handler that ignores the request.
pub(crate) fn always<F, Fut>(reply: F) -> impl Handler
where
    F: Fn() -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Reply, ApiError>> + Send,
{
    handler_fn(move |_request, _context| reply.clone()())
}

/// Creates a handler that replies "Hello".
pub(crate) fn hello() -> impl Handler {
    always(|| async { Ok(message("Hello").into()) })
}

pub(crate) fn message(text: &str) -> Message {
    Message::new("msg_01", "m", vec![ContentBlock::text(text)], Usage::new(3, 2))
        .stop_reason(StopReason::EndTurn)
}

/// Returns the events of a message whose text arrives in the pieces `texts`.
pub(crate) fn events(texts: &[&str]) -> Vec<StreamEvent> {
    let start = Message::new("msg_01", "m", vec![], Usage::new(3, 0));
    let mut events: Vec<StreamEvent> = vec![
        MessageStartEvent::new(start).into(),
        ContentBlockStartEvent::new(0, ContentBlock::text("")).into(),
    ];
    events.extend(texts.iter().map(|text| ContentBlockDeltaEvent::new(0, TextDelta::new(*text)).into()));
    events.push(ContentBlockStopEvent::new(0).into());
    let delta = MessageDelta::new().stop_reason(StopReason::EndTurn);
    events.push(MessageDeltaEvent::new(delta, MessageDeltaUsage::new(2)).into());
    events.push(MessageStopEvent::new().into());
    events
}

/// Creates a stream of `events`.
pub(crate) fn stream(events: Vec<StreamEvent>) -> MessageStream {
    MessageStream::new(futures::stream::iter(events.into_iter().map(Ok)))
}

/// Creates a stream whose n-th event is what the future of `step(n)` returns, when it does.
pub(crate) fn steps<F, Fut>(step: F) -> MessageStream
where
    F: Fn(usize) -> Fut + Send + 'static,
    Fut: Future<Output = Option<Result<StreamEvent, Error>>> + Send + 'static,
{
    MessageStream::new(futures::stream::unfold((step, 0), |(step, n)| async move {
        let event = step(n).await?;
        Some((event, (step, n + 1)))
    }))
}

pub(crate) fn body(streamed: bool) -> String {
    json!({"model": "m", "max_tokens": 9, "stream": streamed, "messages": [{"role": "user", "content": "hi"}]})
        .to_string()
}

pub(crate) fn post<B>(path: &str, body: B) -> Request<B> {
    Request::post(path).header("content-type", "application/json").body(body).unwrap()
}

/// Posts a small message request and reads the response.
pub(crate) async fn ask(service: &MessagesService, streamed: bool) -> TestResponse {
    send(service, post("/v1/messages", body(streamed))).await
}

pub(crate) async fn send<B>(service: &MessagesService, request: Request<B>) -> TestResponse
where
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    TestResponse::read(service.clone().oneshot(request).await.unwrap()).await
}

/// Returns a client of a service around the handler, and one of a gateway in front of such a service.
#[cfg(feature = "client")]
pub(crate) fn clients<H: Handler>(handler: impl Fn() -> H) -> [messages_api::Client; 2] {
    let client = |service: MessagesService, key: &str| {
        messages_api::Client::builder()
            .transport(service)
            .credential(messages_api::Credential::api_key(key))
            .build()
            .unwrap()
    };
    let upstream = client(service(handler()), "sk-gateway");
    [client(service(handler()), "sk-caller"), client(service(upstream), "sk-caller")]
}

/// An HTTP response, read to its end.
#[derive(Debug)]
pub(crate) struct TestResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl TestResponse {
    /// Reads `response` and checks its request id, which every response has.
    pub(crate) async fn read<B: Body<Error: Debug>>(response: Response<B>) -> Self {
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let this = Self {
            status: head.status,
            headers: head.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        };
        let id = this.request_id();
        let random = id.strip_prefix("req_").expect("request ids begin with req_");
        assert!(random.len() == 24 && random.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
        this
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn request_id(&self) -> &str {
        self.header("request-id").expect("every response has a request-id")
    }

    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/json"));
        serde_json::from_str(&self.body).unwrap()
    }

    /// Returns the message; fails unless the response is a whole one.
    pub(crate) fn message(&self) -> Message {
        assert_eq!(self.status, 200, "{}", self.body);
        serde_json::from_value(self.json()).unwrap()
    }

    /// Returns the message of the error; fails unless it has the right status, type and request id.
    pub(crate) fn error(&self, status: u16, error_type: &str) -> String {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.json()["type"], "error");
        let error: ErrorResponse = serde_json::from_str(&self.body).unwrap();
        assert_eq!(error.error.r#type.as_str(), error_type, "{}", self.body);
        assert_eq!(error.request_id.as_deref(), Some(self.request_id()));
        error.error.message
    }

    /// Returns the events, and checks the headers and the framing of the stream.
    pub(crate) fn events(&self) -> Vec<Value> {
        assert_eq!(self.status, 200, "{}", self.body);
        assert_eq!(self.header("content-type"), Some("text/event-stream; charset=utf-8"));
        assert_eq!(self.header("cache-control"), Some("no-cache"));
        assert_eq!(self.header("x-accel-buffering"), Some("no"));
        events_of(&self.body)
    }

    /// Returns the types of the events.
    pub(crate) fn types(&self) -> Vec<String> {
        types_of(&self.events())
    }

    /// Returns the `error` event; fails unless there is exactly one, at the end.
    pub(crate) fn error_event(&self, error_type: &str) -> Value {
        let events = self.events();
        let last = events.last().unwrap().clone();
        assert_eq!(events.iter().filter(|event| event["type"] == "error").count(), 1, "{}", self.body);
        assert_eq!(last["type"], "error", "{}", self.body);
        assert_eq!(last["error"]["type"], error_type);
        assert_eq!(last["request_id"], self.request_id());
        last
    }
}

pub(crate) fn events_of(body: &str) -> Vec<Value> {
    assert!(!body.contains('\r'), "{body:?}");
    let frames = body.strip_suffix("\n\n").expect("a blank line after the last event, too");
    let events = frames.split("\n\n").map(|frame| {
        let (name, data) = frame.split_once('\n').expect("two lines");
        let data: Value = serde_json::from_str(data.strip_prefix("data: ").expect("data")).unwrap();
        assert_eq!(name.strip_prefix("event: "), data["type"].as_str());
        data
    });
    events.collect()
}

pub(crate) fn types_of(events: &[Value]) -> Vec<String> {
    events.iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
}
