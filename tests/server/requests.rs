//! Request bodies: how they are read, and which are rejected.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use http::{Request, Uri};
use http_body_util::{BodyExt, Full, Limited, StreamBody};
use hyper::body::{Body, Frame};
use messages_api::types::ApiVersion;
use messages_api::{Handler, MessagesService, handler_fn};
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::common::{TestResponse, body, hello, message, post, send, service};

/// Creates a body without a known length.
fn chunked(
    chunks: impl Stream<Item = Bytes> + Send + 'static,
) -> impl Body<Data = Bytes, Error = Infallible> + Send + 'static {
    use futures::StreamExt as _;
    StreamBody::new(chunks.map(|chunk| Ok(Frame::data(chunk))))
}

/// Creates a body of which `step` bytes arrive every `pause`.
fn dripping(
    body: &str,
    step: usize,
    pause: Duration,
) -> impl Body<Data = Bytes, Error = Infallible> + Send + 'static {
    let rest = Bytes::copy_from_slice(body.as_bytes());
    chunked(futures::stream::unfold(rest, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        sleep(pause).await;
        let chunk = rest.split_to(step.min(rest.len()));
        Some((chunk, rest))
    }))
}

/// Creates a handler that must not be called.
fn unreachable_handler() -> impl Handler {
    handler_fn(|_request, _context| async { unreachable!("the handler was called") })
}

fn limited_to(bytes: usize) -> MessagesService {
    MessagesService::builder(unreachable_handler()).unauthenticated().max_body_bytes(bytes).build()
}

#[tokio::test]
async fn a_body_up_to_the_limit_is_read_and_one_above_is_413() {
    let body = body(false);
    let exact = MessagesService::builder(hello()).max_body_bytes(body.len()).unauthenticated().build();
    assert_eq!(send(&exact, post("/messages", body.clone())).await.message().text(), "Hello");
    let chunks = chunked(futures::stream::iter(
        body.clone().into_bytes().into_iter().map(|byte| Bytes::from(vec![byte])),
    ));
    assert_eq!(send(&exact, post("/messages", chunks)).await.message().text(), "Hello");

    let response = send(&limited_to(body.len() - 1), post("/messages", body.clone())).await;
    let message = response.error(413, "request_too_large");
    assert!(
        message.contains(&(body.len() - 1).to_string()) && message.contains("max_body_bytes"),
        "{message}"
    );
    for path in ["/messages", "/messages/count_tokens"] {
        let chunks = chunked(futures::stream::once(std::future::ready(Bytes::from(body.clone()))));
        send(&limited_to(body.len() - 1), post(path, chunks)).await.error(413, "request_too_large");
    }
}

#[tokio::test]
async fn the_default_body_limit_is_32_mib() {
    let mut request = post("/messages", String::new());
    request.headers_mut().insert("content-length", (32 * 1024 * 1024 + 1).to_string().parse().unwrap());
    send(&service(unreachable_handler()), request).await.error(413, "request_too_large");

    let large = "x".repeat(32 * 1024 * 1024 - 200);
    let body = json!({"model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": large}]});
    let body = Full::new(Bytes::from(body.to_string()));
    assert_eq!(send(&service(hello()), post("/messages", body)).await.message().text(), "Hello");
}

#[tokio::test]
async fn the_body_limit_can_be_switched_off() {
    let service = MessagesService::builder(hello()).unauthenticated().max_body_bytes(usize::MAX).build();
    assert_eq!(send(&service, post("/messages", body(false))).await.message().text(), "Hello");
}

/// `tests/memory.rs` counts what is held.
#[tokio::test]
async fn a_body_of_very_many_tiny_parts_is_413() {
    let body = |list: &str, n: usize| {
        let list = vec![list; n].join(",");
        format!(
            r#"{{"model":"m","max_tokens":1,"messages":[],"tools":[{{"name":"f","input_schema":{{}},"input_examples":[{list}]}}]}}"#
        )
    };
    let message = send(&service(unreachable_handler()), post("/messages", body("0", 100_000))).await;
    let message = message.error(413, "request_too_large");
    assert!(message.starts_with("tools.0.input_examples"), "{message}");
    assert!(message.contains("too much memory"), "{message}");

    let service = service(hello());
    send(&service, post("/messages", body(r#"{"city":"Oslo"}"#, 100_000))).await.message();
    // The raw text of one value costs no more than its length.
    let list = format!("[{}]", vec!["0"; 100_000].join(","));
    send(&service, post("/messages", body(&list, 1))).await.message();
}

#[tokio::test]
async fn a_limit_of_a_layer_in_front_is_413_as_well() {
    let limited = Limited::new(Full::new(Bytes::from(body(false))), 10).map_err(|error| error);
    send(&service(unreachable_handler()), post("/messages", limited)).await.error(413, "request_too_large");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stalls_or_drips_is_408() {
    let service = service(unreachable_handler());
    let silent = chunked(futures::stream::pending());
    let start = Instant::now();
    let message = send(&service, post("/messages", silent)).await.error(408, "invalid_request_error");
    assert!(message.contains("30s") && message.contains("body_idle_timeout"), "{message}");
    assert_eq!(start.elapsed().as_secs(), 30);

    let start = Instant::now();
    let drip = dripping(&body(false), 1, Duration::from_secs(1));
    send(&service, post("/messages", drip)).await.error(408, "invalid_request_error");
    assert_eq!(start.elapsed().as_secs(), 30);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_makes_progress_is_read_to_its_end() {
    let large = json!({"model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": "x".repeat(500_000)}]});
    let steady = dripping(&large.to_string(), 16 * 1024, Duration::from_secs(29));
    assert_eq!(send(&service(hello()), post("/messages", steady)).await.message().text(), "Hello");

    let patient =
        MessagesService::builder(hello()).unauthenticated().body_idle_timeout(Duration::MAX).build();
    let drip = dripping(&body(false), 1, Duration::from_secs(1000));
    assert_eq!(send(&patient, post("/messages", drip)).await.message().text(), "Hello");
}

#[tokio::test]
async fn compressed_bodies_are_415() {
    for coding in ["gzip", "br", "deflate, identity", "identity, zstd", "x"] {
        let request =
            Request::post("/messages").header("content-encoding", coding).body(body(false)).unwrap();
        send(&service(unreachable_handler()), request).await.error(415, "invalid_request_error");
    }
    for coding in ["identity", "Identity", ""] {
        let request =
            Request::post("/messages").header("content-encoding", coding).body(body(false)).unwrap();
        assert_eq!(send(&service(hello()), request).await.message().text(), "Hello");
    }
}

#[tokio::test]
async fn content_type_and_accept_do_not_matter() {
    for (content_type, accept) in [("text/plain", "text/event-stream"), ("application/json", "*/*"), ("", "")]
    {
        let request =
            Request::post("/messages").header("content-type", content_type).header("accept", accept);
        assert_eq!(
            send(&service(hello()), request.body(body(false)).unwrap()).await.message().text(),
            "Hello"
        );
    }
    let request = Request::post("/messages").header("accept", "application/json").body(body(true)).unwrap();
    assert!(send(&service(hello()), request).await.types().len() > 3);
}

async fn rejected(path: &str, body: impl Into<Bytes>) -> String {
    let response = send(&service(unreachable_handler()), post(path, Full::new(body.into()))).await;
    response.error(400, "invalid_request_error")
}

#[tokio::test]
async fn a_body_that_is_no_request_is_400_with_the_path_of_the_field() {
    let message = |content: &str| {
        format!(r#"{{"model":"m","max_tokens":1,"messages":[{{"role":"user","content":{content}}}]}}"#)
    };
    for (body, path) in [
        (r#"{"max_tokens":1,"messages":[]}"#.to_owned(), "model"),
        (r#"{"model":"m","messages":[]}"#.to_owned(), "max_tokens"),
        (r#"{"model":"m","max_tokens":"1","messages":[]}"#.to_owned(), "max_tokens"),
        (r#"{"model":"m","max_tokens":-1,"messages":[]}"#.to_owned(), "max_tokens"),
        (r#"{"model":"m","max_tokens":1,"messages":[{"role":"user"}]}"#.to_owned(), "messages.0.content"),
        (message(r#"[{"type":"text"}]"#), "messages.0.content.0.text"),
        (message(r#"[{"type":"tool_result"}]"#), "messages.0.content.0.tool_use_id"),
        (r#"{"model":"m","max_tokens":1,"messages":[],"stream":"yes"}"#.to_owned(), "stream"),
        (r#"{"model":"m","model":"m","max_tokens":1,"messages":[]}"#.to_owned(), "model"),
    ] {
        let message = rejected("/messages", body.clone()).await;
        assert!(message.starts_with(&format!("{path}: ")), "{body} → {message}");
    }
    let message = rejected("/messages/count_tokens", r#"{"model":"m"}"#).await;
    assert!(message.starts_with("messages: "), "{message}");
}

#[tokio::test]
async fn a_body_that_is_not_json_is_400() {
    for body in ["", " ", "{", "null", "[]", "\"\"", "hi", "{}}", "{\"model\":\"\\ud800\"}", "\u{feff}{}"] {
        rejected("/messages", body).await;
        rejected("/messages/count_tokens", body).await;
    }
    for body in [&b"\xff"[..], b"{\"model\":\"\xc3\"}", b"{\"model\":\"m\",\"x\":\"\xed\xa0\x80\"}", b"\x00"]
    {
        rejected("/messages", Bytes::from_static(body)).await;
    }
}

#[tokio::test]
async fn deep_nesting_is_400() {
    for depth in [128, 100_000, 1_000_000] {
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
            let nested = format!("{}0{}", open.repeat(depth), close.repeat(depth));
            rejected("/messages", nested.clone()).await;
            rejected("/messages", open.repeat(depth)).await;
            for field in ["x", "metadata", "messages", "tools", "system"] {
                rejected(
                    "/messages",
                    format!(r#"{{"model":"m","max_tokens":1,"messages":[],"{field}":{nested}}}"#),
                )
                .await;
            }
        }
    }
    let nested = format!("{}0{}", "[".repeat(126), "]".repeat(126));
    let body = format!(r#"{{"model":"m","max_tokens":1,"messages":[],"x":{nested}}}"#);
    assert_eq!(send(&service(hello()), post("/messages", body)).await.message().text(), "Hello");
}

#[tokio::test]
async fn an_error_does_not_echo_a_large_request() {
    let long = "é".repeat(100_000);
    let message =
        rejected("/messages", format!(r#"{{"model":"m","max_tokens":"{long}","messages":[]}}"#)).await;
    assert!(message.len() < 1000 && message.starts_with("max_tokens: "), "{} bytes", message.len());
}

#[tokio::test]
async fn a_body_that_breaks_off_is_400_without_the_cause() {
    let frames = futures::stream::iter([
        Ok(Frame::data(Bytes::from_static(b"{"))),
        Err(std::io::Error::other("internal-host-17 reset the connection")),
    ]);
    let response = send(&service(unreachable_handler()), post("/messages", StreamBody::new(frames))).await;
    let message = response.error(400, "invalid_request_error");
    assert!(!message.contains("internal-host"), "{message}");
}

async fn with_thread(service: &MessagesService, thread: serde_json::Value) -> TestResponse {
    let body = json!({
        "model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": "hi"}], "thread": thread,
    });
    send(service, post("/v1/messages", body.to_string())).await
}

#[tokio::test]
async fn requests_with_a_thread_are_rejected_as_the_sdks_expect() {
    let service = service(hello());
    for thread in [
        json!({"type": "create"}),
        json!({"type": "continue", "previous_message_id": "msg_01"}),
        json!({"type": "new kind"}),
    ] {
        let response = with_thread(&service, thread).await;
        response.error(400, "invalid_request_error");
        assert_eq!(
            response.json(),
            json!({
                "type": "error",
                "error": {
                    "type": "invalid_request_error",
                    "message": "thread: not supported by this server; send the whole conversation without `thread`",
                    "details": {"error_code": "thread_unsupported_request"},
                },
                "request_id": response.request_id(),
            })
        );
    }
    assert_eq!(with_thread(&service, json!(null)).await.message().text(), "Hello");
}

#[tokio::test]
async fn requests_with_a_thread_reach_a_handler_that_keeps_threads() {
    let handler = handler_fn(|request, _context| async move {
        Ok(message(request.thread.map_or("none".to_owned(), |thread| thread.type_name().to_owned()).as_str())
            .into())
    });
    let service = MessagesService::builder(handler).threads().unauthenticated().build();
    assert_eq!(with_thread(&service, json!({"type": "create"})).await.message().text(), "create");
}

#[tokio::test]
async fn the_context_holds_the_head_of_the_request() {
    let handler = handler_fn(|request, context| async move {
        assert_eq!(context.method(), "POST");
        assert_eq!(context.uri(), &Uri::from_static("/p/v1/messages?beta=true"));
        assert_eq!(context.version(), Some(ApiVersion::V2026_10_21));
        assert_eq!(context.betas().to_string(), "a,b,c");
        assert_eq!(context.extensions().get(), Some(&7_u8));
        assert_eq!(request.max_tokens, 9);
        Ok(message(context.request_id()).into())
    });
    let request = Request::post("/p/v1/messages?beta=true")
        .header("anthropic-version", "2026-10-21")
        .header("anthropic-beta", "a, b")
        .header("anthropic-beta", "c")
        .header("request-id", "req_of_the_caller")
        .extension(7_u8)
        .body(body(false))
        .unwrap();
    let response = send(&service(handler), request).await;
    assert_eq!(response.message().text(), response.request_id());
}
