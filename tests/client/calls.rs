//! Requests as a server receives them, and the settings that shape them.

use messages_api::client::ReqwestTransport;
use messages_api::types::{ApiVersion, Beta};
use messages_api::{Client, CreateMessageRequest, Credential, ErrorKind};
use serde_json::{Value, json};
use wiremock::{MockServer, Request};

use crate::common::*;
use crate::raw::{End, Raw};

/// Returns the requests that `server` has received.
async fn received(server: &MockServer) -> Vec<Request> {
    server.received_requests().await.unwrap()
}

fn body(request: &Request) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.headers.get(name).map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn the_key_the_version_and_the_agent_are_sent_with_every_request() {
    let server = server(json(200, MESSAGE)).await;
    client(&server.uri()).create_message(&request()).await.unwrap();
    let call = &received(&server).await[0];
    assert_eq!(header(call, "x-api-key"), Some(KEY));
    assert_eq!(header(call, "authorization"), None);
    assert_eq!(header(call, "anthropic-version"), Some("2023-06-01"));
    assert_eq!(header(call, "anthropic-beta"), None);
    assert_eq!(header(call, "content-type"), Some("application/json"));
    assert_eq!(header(call, "accept-encoding"), None);
    assert_eq!(header(call, "user-agent"), Some(concat!("messages-api/", env!("CARGO_PKG_VERSION"))));
}

#[tokio::test]
async fn a_token_is_sent_as_bearer() {
    let server = server(json(200, MESSAGE)).await;
    let client =
        Client::builder().base_url(&server.uri()).credential(Credential::bearer("t-1")).build().unwrap();
    client.create_message(&request()).await.unwrap();
    let call = &received(&server).await[0];
    assert_eq!(header(call, "authorization"), Some("Bearer t-1"));
    assert_eq!(header(call, "x-api-key"), None);
}

#[tokio::test]
async fn without_a_credential_none_is_sent() {
    let server = server(json(200, MESSAGE)).await;
    let client = Client::builder().base_url(&server.uri()).build().unwrap();
    client.create_message(&request()).await.unwrap();
    let call = &received(&server).await[0];
    assert_eq!((header(call, "authorization"), header(call, "x-api-key")), (None, None));
}

#[tokio::test]
async fn a_clone_overrides_version_and_headers_and_adds_betas() {
    let server = server(json(200, MESSAGE)).await;
    let builder = builder(&server.uri()).version("2026-10-21").beta("b-1").beta("b-2, b-1,,b-3");
    let client = builder.header("X-Tenant", "t1").header("user-agent", "mine/1").build().unwrap();
    client.create_message(&request()).await.unwrap();
    let once = client.clone().with_beta([Beta::from("b-2"), Beta::Context1m2025_08_07]).unwrap();
    let once = once.with_version(ApiVersion::V2023_06_01).unwrap().with_header("x-tenant", "t2").unwrap();
    once.create_message(&request()).await.unwrap();
    client.create_message(&request()).await.unwrap();
    let calls = received(&server).await;
    for (call, version, betas, tenant) in [
        (&calls[0], "2026-10-21", "b-1,b-2,b-3", "t1"),
        (&calls[1], "2023-06-01", "b-1,b-2,b-3,context-1m-2025-08-07", "t2"),
        (&calls[2], "2026-10-21", "b-1,b-2,b-3", "t1"),
    ] {
        assert_eq!(header(call, "anthropic-version"), Some(version));
        assert_eq!(header(call, "anthropic-beta"), Some(betas));
        assert_eq!(header(call, "x-tenant"), Some(tenant));
        assert_eq!(header(call, "user-agent"), Some("mine/1"));
        assert_eq!(header(call, "x-api-key"), Some(KEY));
    }
}

#[tokio::test]
async fn the_path_of_the_base_url_is_kept() {
    let server = server(json(200, MESSAGE)).await;
    for prefix in ["", "/", "/v1", "/v1/", "/api", "/api/v1/", "/a/b"] {
        client(&format!("{}{prefix}", server.uri())).create_message(&request()).await.unwrap();
    }
    let paths: Vec<String> = received(&server).await.iter().map(|call| call.url.path().to_owned()).collect();
    let plain = "/v1/messages";
    assert_eq!(
        paths,
        [plain, plain, plain, plain, "/api/v1/messages", "/api/v1/messages", "/a/b/v1/messages"]
    );
}

#[tokio::test]
async fn the_method_called_decides_whether_to_stream() {
    let server = server(json(200, MESSAGE)).await;
    let client = client(&server.uri());
    for request in [request(), request().stream(true), request().stream(false)] {
        client.create_message(&request).await.unwrap();
        client.stream_message(&request).await.unwrap();
    }
    let flags: Vec<Value> = received(&server).await.iter().map(|call| body(call)["stream"].clone()).collect();
    assert_eq!(flags, [json!(null), json!(true), json!(false), json!(true), json!(false), json!(true)]);
}

#[tokio::test]
async fn a_request_is_sent_as_it_was_read() {
    let text = r#"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":null},{"type":"hologram","z":1.0,"a":12345678901234567890}]}],"system":null,"tools":[{"name":"n","input_schema":{"type":"object","b":1e400,"a":1.50}}],"temperature":null,"later":{"stream":false,"x":[1.0]}}"#;
    let read: CreateMessageRequest = serde_json::from_str(text).unwrap();
    let server = server(json(200, MESSAGE)).await;
    let client = client(&server.uri());
    client.create_message(&read).await.unwrap();
    client.stream_message(&read).await.unwrap();
    let calls = received(&server).await;
    let sent = |call: &Request| String::from_utf8(call.body.clone()).unwrap();
    let again: CreateMessageRequest = serde_json::from_slice(&calls[0].body).unwrap();
    assert_eq!(again, read);
    assert_eq!(sent(&calls[0]), serde_json::to_string(&read).unwrap());
    for exact in [
        r#"{"type":"hologram","z":1.0,"a":12345678901234567890}"#,
        r#""b":1e400,"a":1.50"#,
        r#""system":null"#,
    ] {
        assert!(sent(&calls[0]).contains(exact) && sent(&calls[1]).contains(exact), "{exact}");
    }
    assert_eq!(sent(&calls[1]), serde_json::to_string(&read.stream(true)).unwrap());
}

#[tokio::test]
async fn count_tokens_posts_to_its_own_path() {
    let server = server(json(200, r#"{"input_tokens":17,"later":1}"#)).await;
    let count = client(&format!("{}/api", server.uri())).count_tokens(&count_request()).await.unwrap();
    assert_eq!(count.input_tokens, 17);
    let call = &received(&server).await[0];
    assert_eq!(call.url.path(), "/api/v1/messages/count_tokens");
    assert_eq!(body(call), json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]}));
}

#[test]
fn build_names_the_setter_of_an_unusable_value() {
    use std::time::Duration;
    let plain = || Client::builder().base_url("http://localhost");
    for (builder, setter) in [
        (plain().base_url("nowhere"), "base_url"),
        (plain().credential(Credential::api_key("a\nb")), "credential"),
        (plain().version("a\rb"), "version"),
        (plain().beta("a\nb"), "beta"),
        (plain().header("bad name", "v"), "header"),
        (plain().header("x-a", "a\nb"), "header"),
        (plain().header("Content-Length", "1"), "header"),
        (plain().header("transfer-encoding", "chunked"), "header"),
        (plain().header("accept-encoding", "gzip"), "header"),
        (plain().connect_timeout(Duration::ZERO), "connect_timeout"),
        (plain().response_timeout(Duration::ZERO), "response_timeout"),
        (plain().idle_timeout(Duration::ZERO), "idle_timeout"),
        (plain().event_timeout(Duration::ZERO), "event_timeout"),
        (plain().total_timeout(Duration::ZERO), "total_timeout"),
        (plain().end_timeout(Duration::ZERO), "end_timeout"),
        (
            plain()
                .connect_timeout(Duration::from_secs(1))
                .transport(ReqwestTransport::new(reqwest::Client::new())),
            "connect_timeout",
        ),
    ] {
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().starts_with(&format!("{setter}: ")), "{error}");
        assert!(!error.is_retryable());
    }
    assert!(plain().response_timeout(None).idle_timeout(None).connect_timeout(None).build().is_ok());
    let longest = plain().response_timeout(Duration::MAX).idle_timeout(Duration::MAX);
    assert!(
        longest
            .event_timeout(Duration::MAX)
            .total_timeout(Duration::MAX)
            .end_timeout(Duration::MAX)
            .build()
            .is_ok()
    );
}

#[test]
fn https_needs_a_feature_for_tls() {
    let has_tls = cfg!(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls"));
    if has_tls {
        return;
    }
    for builder in [Client::builder(), Client::builder().base_url("HTTPS://host")] {
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().starts_with("base_url: "), "{error}");
    }
    assert!(Client::builder().transport(ReqwestTransport::new(reqwest::Client::new())).build().is_ok());
}

#[test]
fn a_client_and_its_futures_can_be_shared_among_threads() {
    fn check<T: Clone + Send + Sync + 'static>() {}
    fn check_future<T: Send>(_: T) {}
    check::<Client>();
    assert!(size_of::<Client>() <= size_of::<usize>());
    let (client, request, count) = (client("http://127.0.0.1:1"), request(), count_request());
    check_future(client.create_message(&request));
    check_future(client.stream_message(&request));
    check_future(client.count_tokens(&count));
}

#[tokio::test]
async fn an_http_client_with_a_proxy_can_be_brought() {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", MESSAGE.len());
    let proxy = Raw::start([&head, MESSAGE], End::Close).await;
    let http = reqwest::Client::builder().proxy(reqwest::Proxy::all(proxy.url()).unwrap()).build().unwrap();
    let client = builder("http://api.invalid").transport(ReqwestTransport::new(http)).build().unwrap();
    client.create_message(&request()).await.unwrap();
    let requests = proxy.requests();
    assert!(requests[0].starts_with("POST http://api.invalid/v1/messages HTTP/1.1"), "{}", requests[0]);
}
