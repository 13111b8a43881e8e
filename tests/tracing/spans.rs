//! The spans of calls and attempts.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::BodyExt;
use messages_api::{
    ApiKeys, Message, MessageDeltaUsage, MessageStream, MessagesService, StopReason, StreamEvent, Usage,
    handler_fn,
};
use tokio::time::sleep;
use tower::ServiceExt;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::script::*;

/// Keeps the fields of every span.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<Kept>>>, Arc<Mutex<Vec<u64>>>);

struct Kept {
    level: Level,
    is_open: bool,
    handles: usize,
    /// The number of the span that was entered when it was created.
    parent: Option<u64>,
    fields: BTreeMap<&'static str, String>,
}

impl Visit for Kept {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.fields.insert(field.name(), format!("{value:?}").trim_matches('"').to_owned());
    }
}

impl Spans {
    fn change(&self, id: &Id, change: impl FnOnce(&mut Kept)) {
        change(&mut self.0.lock().unwrap()[usize::try_from(id.into_u64()).unwrap() - 1]);
    }
}

impl Subscriber for Spans {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && metadata.target().starts_with("messages_api")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut spans = self.0.lock().unwrap();
        let (level, parent) = (*span.metadata().level(), self.1.lock().unwrap().last().copied());
        let mut kept = Kept { level, is_open: true, handles: 1, parent, fields: BTreeMap::new() };
        span.record(&mut kept);
        spans.push(kept);
        Id::from_u64(spans.len() as u64)
    }

    fn record(&self, id: &Id, values: &Record<'_>) {
        self.change(id, |span| values.record(span));
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.change(id, |span| span.handles += 1);
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        self.change(&id, |span| {
            span.handles -= 1;
            span.is_open = span.handles > 0;
        });
        true
    }

    fn event(&self, _event: &Event<'_>) {}
    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn enter(&self, span: &Id) {
        self.1.lock().unwrap().push(span.into_u64());
    }

    fn exit(&self, span: &Id) {
        assert_eq!(self.1.lock().unwrap().pop(), Some(span.into_u64()));
    }
}

const USAGE: &str =
    r#"{"input_tokens":2,"cache_read_input_tokens":30,"cache_creation_input_tokens":400,"output_tokens":5}"#;

fn assert_fields(fields: &BTreeMap<&'static str, String>, expected: &[(&str, &str)]) {
    for (name, value) in expected {
        assert_eq!(fields.get(name).map(String::as_str), Some(*value), "{name} in {fields:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_whole_call_and_its_attempts_have_spans() {
    let spans = Spans::default();
    let _guard = tracing::subscriber::set_default(spans.clone());
    let message = format!(
        r#"{{"id":"msg_7","model":"m-1","role":"assistant","content":[{{"type":"text","text":"marker"}}],
            "stop_reason":"end_turn","usage":{USAGE}}}"#
    );
    let script = Script::new([status(529), ok(&message)]);
    let client =
        script.builder().base_url("http://host:81/api").header("x-marker", "marker").build().unwrap();
    client.create_message(&request().user("marker")).await.unwrap();
    let spans = spans.0.lock().unwrap();
    let [call, first, second] = &spans[..] else { panic!("three spans") };
    assert_eq!([call.level, first.level, second.level], [Level::INFO, Level::DEBUG, Level::DEBUG]);
    assert_fields(
        &call.fields,
        &[
            ("otel.name", "chat claude-sonnet-5"),
            ("otel.kind", "client"),
            ("gen_ai.operation.name", "chat"),
            ("gen_ai.provider.name", "anthropic"),
            ("gen_ai.request.model", "claude-sonnet-5"),
            ("gen_ai.request.max_tokens", "99"),
            ("gen_ai.response.id", "msg_7"),
            ("gen_ai.response.model", "m-1"),
            ("gen_ai.response.finish_reasons", "[\"end_turn\"]"),
            ("gen_ai.usage.input_tokens", "432"),
            ("gen_ai.usage.output_tokens", "5"),
            ("gen_ai.usage.cache_read.input_tokens", "30"),
            ("gen_ai.usage.cache_creation.input_tokens", "400"),
            ("server.address", "host"),
            ("server.port", "81"),
        ],
    );
    assert!(!call.fields.contains_key("error.type"));
    let attempt = [("otel.name", "POST"), ("url.path", "/api/v1/messages"), ("server.address", "host")];
    assert_fields(&first.fields, &attempt);
    assert_fields(&first.fields, &[("http.response.status_code", "529"), ("error.type", "overloaded_error")]);
    assert_fields(
        &second.fields,
        &[("http.response.status_code", "200"), ("http.request.resend_count", "1")],
    );
    for span in &*spans {
        assert!(!span.is_open);
        assert!(!format!("{:?}", span.fields).contains("marker"), "{:?}", span.fields);
    }
}

#[tokio::test(start_paused = true)]
async fn every_other_call_has_a_span_as_well() {
    let spans = Spans::default();
    let _guard = tracing::subscriber::set_default(spans.clone());
    let client = |body: &str| Script::new([ok(body)]).client();
    let count = messages_api::types::CountTokensRequest::from(&request());
    client(r#"{"input_tokens":7}"#).count_tokens(&count).await.unwrap();
    client(r#"{"id":"m","type":"model"}"#).model("m-7").await.unwrap();
    let mut models = client(r#"{"data":[],"has_more":false}"#).models().items();
    assert!(models.next().await.is_none());
    let spans = spans.0.lock().unwrap();
    let calls: Vec<_> = spans.iter().filter(|span| span.level == Level::INFO).collect();
    assert_eq!((calls.len(), spans.len()), (3, 6));
    for (call, (operation, name)) in calls.iter().zip([
        ("count_tokens", "count_tokens claude-sonnet-5"),
        ("models", "models m-7"),
        ("models", "models"),
    ]) {
        assert_fields(&call.fields, &[("gen_ai.operation.name", operation), ("otel.name", name)]);
        assert!(!call.is_open);
    }
}

#[tokio::test(start_paused = true)]
async fn the_span_of_a_stream_ends_with_the_stream() {
    let spans = Spans::default();
    let _guard = tracing::subscriber::set_default(spans.clone());
    let start = START.replace(r#""id":"msg_01""#, &format!(r#""id":"msg_01","usage":{USAGE}"#));
    let delta = "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"max_tokens\"},\
                 \"usage\":{\"output_tokens\":77}}\n\n";
    let script = Script::new([ok(&(start + delta + STOP)), ok(&(START.to_owned() + FAILURE)), ok(FAILURE)]);
    let is_open = |n: usize| spans.0.lock().unwrap()[n].is_open;

    let mut stream = script.client().stream_message(&request()).await.unwrap();
    assert!(matches!(stream.next().await, Some(Ok(StreamEvent::MessageStart(_)))));
    assert!(is_open(0) && !is_open(1));
    while stream.next().await.is_some() {}
    assert!(!is_open(0));
    assert_fields(
        &spans.0.lock().unwrap()[0].fields,
        &[
            ("gen_ai.response.id", "msg_01"),
            ("gen_ai.response.finish_reasons", "[\"max_tokens\"]"),
            ("gen_ai.usage.input_tokens", "432"),
            ("gen_ai.usage.output_tokens", "77"),
        ],
    );

    let mut stream = script.client().stream_message(&request()).await.unwrap();
    assert!(stream.next().await.unwrap().is_ok() && stream.next().await.unwrap().is_err());
    assert!(!is_open(2));
    assert_fields(
        &spans.0.lock().unwrap()[2].fields,
        &[("error.type", "overloaded_error"), ("otel.status_code", "ERROR")],
    );

    script.client().stream_message(&request()).await.unwrap_err();
    let spans = spans.0.lock().unwrap();
    assert_fields(&spans[4].fields, &[("error.type", "overloaded_error")]);
    assert_eq!(spans[5..].len(), 3, "one for each attempt");
    assert!(spans.iter().all(|span| !span.is_open));
}

#[tokio::test(start_paused = true)]
async fn the_span_of_a_call_for_batch_results_ends_with_them() {
    let spans = Spans::default();
    let _guard = tracing::subscriber::set_default(spans.clone());
    let result = r#"{"custom_id":"marker","result":{"type":"expired"}}"#;
    for (number, act) in [ok(result), ok(format!("{result}\n")).then_broken()].into_iter().enumerate() {
        let mut results = Script::new([act]).client().batch_results("b").await.unwrap();
        results.next().await.unwrap().unwrap();
        assert!(spans.0.lock().unwrap()[2 * number].is_open);
        while results.next().await.is_some() {}
        let spans = spans.0.lock().unwrap();
        let (call, fields) = (&spans[2 * number], &spans[2 * number].fields);
        assert!(!call.is_open, "although the results are still there");
        assert_fields(fields, &[("otel.name", "batches")]);
        assert_eq!(fields.get("error.type").map(String::as_str), (number == 1).then_some("Transport"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_to_a_server_has_a_span_that_contains_those_of_its_handler() {
    let spans = Spans::default();
    let _guard = tracing::subscriber::set_default(spans.clone());
    let start = START.replace(r#""id":"msg_01""#, &format!(r#""id":"msg_01","usage":{USAGE}"#));
    let delta = "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"max_tokens\"},\
                 \"usage\":{\"output_tokens\":77}}\n\n";
    let upstream = Script::new([ok(&(start + delta + STOP))]).client();
    let gateway = MessagesService::builder(upstream)
        .authenticate(ApiKeys::named([("alice", "marker-key")]))
        .request_id_header(http::HeaderName::from_static("x-id"))
        .build();
    let body = r#"{"model":"claude-sonnet-5","max_tokens":9,"stream":true,
        "messages":[{"role":"user","content":"marker"}]}"#;
    let request = http::Request::post("/v1/messages?marker").header("x-api-key", "marker-key");
    let request = request.header("x-id", "id-7").body(body.to_owned()).unwrap();
    let response = gateway.oneshot(request).await.unwrap();
    assert!(spans.0.lock().unwrap()[0].is_open, "the stream goes on");
    response.into_body().collect().await.unwrap();

    let spans = spans.0.lock().unwrap();
    let [request, call, attempt] = &spans[..] else { panic!("three spans") };
    assert_eq!((request.parent, call.parent, attempt.parent), (None, Some(1), Some(2)));
    assert_fields(
        &request.fields,
        &[
            ("otel.name", "chat"),
            ("otel.kind", "server"),
            ("http.request.method", "POST"),
            ("http.response.status_code", "200"),
            ("url.path", "/v1/messages"),
            ("request_id", "id-7"),
            ("user.id", "alice"),
            ("gen_ai.operation.name", "chat"),
            ("gen_ai.request.model", "claude-sonnet-5"),
            ("gen_ai.response.finish_reasons", "[\"max_tokens\"]"),
            ("gen_ai.usage.input_tokens", "432"),
            ("gen_ai.usage.output_tokens", "77"),
            ("gen_ai.usage.cache_read.input_tokens", "30"),
            ("gen_ai.usage.cache_creation.input_tokens", "400"),
            ("end", "completed"),
        ],
    );
    for span in &*spans {
        assert!(!span.is_open);
        assert!(!format!("{:?}", span.fields).contains("marker"), "{:?}", span.fields);
    }
}

#[tokio::test(start_paused = true)]
async fn the_span_of_a_stream_has_the_time_to_its_first_token() {
    let spans = Spans::default();
    let _guard = tracing::subscriber::set_default(spans.clone());
    let handler = handler_fn(|_request, _context| async {
        sleep(Duration::from_secs(1)).await;
        let start = Message::new("msg_01", "m", vec![], Usage::new(1, 0));
        let stream = MessageStream::from_writer(start, |mut writer| async move {
            sleep(Duration::from_secs(2)).await;
            writer.text("Hello").await;
            sleep(Duration::from_secs(4)).await;
            Ok(writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(1)).await)
        });
        Ok(stream.into())
    });
    let service = MessagesService::builder(handler).unauthenticated().build();
    for (streamed, expected) in [(true, Some(3)), (false, None)] {
        let messages = r#"[{"role":"user","content":"Hi"}]"#;
        let body = format!(r#"{{"model":"m","max_tokens":9,"messages":{messages},"stream":{streamed}}}"#);
        let request = http::Request::post("/v1/messages").body(body).unwrap();
        service.clone().oneshot(request).await.unwrap().into_body().collect().await.unwrap();
        let spans = spans.0.lock().unwrap();
        let time = spans.last().unwrap().fields.get("gen_ai.server.time_to_first_token");
        // The clock is paused, and its timers have a resolution of a millisecond.
        let seconds = time.map(|time| time.parse::<f64>().unwrap().round() as u64);
        assert_eq!(seconds, expected, "{streamed}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_span_of_a_stream_says_how_it_failed() {
    let spans = Spans::default();
    let _guard = tracing::subscriber::set_default(spans.clone());
    let event = |name: &str, rest: &str| format!("data: {{\"type\":\"{name}\"{rest}}}\n\n");
    let text = |index: u8, text: &str| {
        let block = format!(r#","index":{index},"content_block":{{"type":"text","text":"{text}"}}"#);
        event("content_block_start", &block)
    };
    let tool = r#","index":0,"content_block":{"type":"tool_use","id":"t","name":"n","input":{}}"#;
    let input = r#","index":0,"delta":{"type":"input_json_delta","partial_json":"{]"}"#;
    let stopped = event("content_block_stop", r#","index":0"#);
    let tool = event("content_block_start", tool) + &event("content_block_delta", input) + &stopped + STOP;
    for (body, expected) in [
        (ok(START), "Incomplete"),
        (ok(START).then_broken(), "Incomplete"),
        (ok(START.to_owned() + &text(1, "")), "Protocol"),
        (ok(START.to_owned() + "data: {\n\n"), "Protocol"),
        (ok(START.to_owned() + &text(0, &"x".repeat(5000))), "TooLarge"),
        (ok(START.to_owned() + &tool), "Protocol"),
        (ok(START).then_silent(), "Timeout"),
        (ok(START.to_owned() + FAILURE), "overloaded_error"),
    ] {
        let number = spans.0.lock().unwrap().len();
        let client = Script::new([body]).builder().max_response_bytes(4000).build().unwrap();
        let mut stream = client.stream_message(&request()).await.unwrap();
        let mut errors = 0;
        while let Some(event) = stream.next().await {
            errors += usize::from(event.is_err());
        }
        assert_eq!(errors, 1);
        let spans = spans.0.lock().unwrap();
        assert_fields(&spans[number].fields, &[("error.type", expected), ("otel.status_code", "ERROR")]);
        assert!(!spans[number].is_open);
    }
}
