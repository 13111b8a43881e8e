//! A client as a handler.

use http::HeaderValue;
use messages_api::{
    ApiError, Client, CountTokensRequest, CreateMessageRequest, Credential, Handler, Reply, ReplyBody,
    RequestContext,
};

use crate::raw::{Raw, Step, events, response, stream_head};

fn request() -> CreateMessageRequest {
    serde_json::from_str(r#"{"model":"m","max_tokens":5,"messages":[],"future":{"b":1.0,"a":2}}"#).unwrap()
}

fn context() -> RequestContext {
    let request = http::Request::post("/v1/messages?beta=true")
        .header("x-api-key", "caller-key")
        .header("authorization", "Bearer caller-token")
        .header("cookie", "caller-cookie")
        .header("anthropic-version", "2026-10-21")
        .header("anthropic-beta", "one-1, two-2")
        .header("x-other", "other");
    RequestContext::new("req_own", request.body(()).unwrap().into_parts().0)
}

async fn call(server: &Raw, request: CreateMessageRequest) -> Result<Reply, ApiError> {
    let client = Client::builder()
        .base_url(&server.base_url())
        .credential(Credential::api_key("gateway-key"))
        .beta("zero-0")
        .build()
        .unwrap();
    Handler::create_message(&client, request, context()).await
}

#[tokio::test]
async fn what_travels_and_what_does_not() {
    let body = r#"{"type":"message","id":"m","role":"assistant","model":"m","content":[{"type":"hologram","x":1.0}],"usage":{"input_tokens":1,"output_tokens":1}}"#;
    let headers = "request-id: req_up\r\nanthropic-ratelimit-tokens-remaining: 5\r\nset-cookie: a=b\r\n";
    let server = Raw::start(response("200 OK", headers, body)).await;
    let (reply, headers) = call(&server, request()).await.unwrap().into_parts();
    let ReplyBody::Message(message) = reply else { panic!("a message was asked for") };
    assert_eq!(serde_json::to_string(&message.content).unwrap(), r#"[{"type":"hologram","x":1.0}]"#);
    assert_eq!(headers["upstream-request-id"], HeaderValue::from_static("req_up"));
    assert_eq!(headers["anthropic-ratelimit-tokens-remaining"], HeaderValue::from_static("5"));
    assert_eq!(headers.len(), 2);
    let sent = server.requests().pop().unwrap();
    assert!(!sent.contains("caller-") && !sent.contains("x-other"), "{sent}");
    assert!(sent.contains("x-api-key: gateway-key\r\n"), "{sent}");
    assert!(sent.contains("anthropic-version: 2026-10-21\r\n"), "{sent}");
    assert!(sent.contains("anthropic-beta: zero-0,one-1,two-2\r\n"), "{sent}");
    assert!(sent.contains(r#""future":{"b":1.0,"a":2}"#), "{sent}");
}

#[tokio::test]
async fn a_stream_is_asked_for_where_the_caller_did() {
    let unknown = "event: new_event\ndata: {\"type\":\"new_event\",\"z\":1.0,\"a\":2}\n\n";
    let server =
        Raw::start(vec![stream_head(), Step::Send(format!("{unknown}{}", events("Hello")).into_bytes())])
            .await;
    let (reply, _) = call(&server, request().stream(true)).await.unwrap().into_parts();
    let ReplyBody::Stream(mut stream) = reply else { panic!("a stream was asked for") };
    let first = stream.next().await.unwrap().unwrap();
    assert_eq!(serde_json::to_string(&first).unwrap(), r#"{"type":"new_event","z":1.0,"a":2}"#);
    assert!(server.requests()[0].contains("\"stream\":true"));
}

#[tokio::test]
async fn what_the_caller_learns_of_failures() {
    let envelope = |kind: &str| {
        format!(
            r#"{{"type":"error","error":{{"type":"{kind}","message":"why","details":{{"error_code":"c"}}}}}}"#
        )
    };
    for (status, kind, expected) in [
        (400, "invalid_request_error", 400),
        (401, "authentication_error", 500),
        (403, "permission_error", 500),
        (404, "not_found_error", 404),
        (429, "rate_limit_error", 429),
        (502, "api_error", 500),
        (529, "overloaded_error", 529),
    ] {
        let server =
            Raw::start(response(&format!("{status} X"), "retry-after: 3\r\n", &envelope(kind))).await;
        let error = call(&server, request()).await.unwrap_err();
        assert_eq!(error.status().as_u16(), expected, "{status}");
        let passed = status == expected;
        assert_eq!(error.error_code().as_deref(), passed.then_some("c"), "{status}");
        assert_eq!(error.retry_after().is_some(), passed, "{status}");
        assert_eq!(error.message() == "why", passed, "{status}");
    }
    let error = call(&Raw::start(vec![Step::Reset]).await, request()).await.unwrap_err();
    assert_eq!(error.status().as_u16(), 500);
}

#[tokio::test]
async fn tokens_are_counted_upstream() {
    let server = Raw::start(response("200 OK", "", r#"{"input_tokens":17}"#)).await;
    let client = Client::builder().base_url(&server.base_url()).build().unwrap();
    let count =
        Handler::count_tokens(&client, CountTokensRequest::new("m", vec![]), context()).await.unwrap();
    assert_eq!(count.input_tokens, 17);
    assert!(server.requests()[0].starts_with("POST /api/v1/messages/count_tokens "));
}
