//! What the head of an HTTP response and the body of an error say.

use messages_api::types::rate_limits::RateLimits;
use messages_api::{ErrorKind, Message, MessageStream};
use wiremock::ResponseTemplate;

use crate::common::*;
use crate::raw::{End, Raw};

fn with_metadata(template: ResponseTemplate) -> ResponseTemplate {
    template
        .insert_header("request-id", "req_1")
        .insert_header("anthropic-organization-id", "org_1")
        .insert_header("anthropic-workspace-id", "wrkspc_1")
        .insert_header("anthropic-ratelimit-requests-remaining", "9")
}

fn remaining(limits: RateLimits) -> Option<u64> {
    limits.requests?.remaining
}

#[tokio::test]
async fn whole_messages_streams_and_errors_have_rate_limits_and_ids() {
    let whole = server(with_metadata(json(200, MESSAGE))).await;
    let response = client(&whole.uri()).create_message(&request()).response().await.unwrap();
    assert_eq!(remaining(RateLimits::from_headers(response.headers())), Some(9));

    for template in [events(EVENTS), json(200, MESSAGE)] {
        let streamed = server(with_metadata(template)).await;
        let stream = client(&streamed.uri()).stream_message(&request()).await.unwrap();
        assert_eq!(stream.status().map(|status| status.as_u16()), Some(200));
        assert_eq!(stream.request_id(), Some("req_1"));
        assert_eq!((stream.organization_id(), stream.workspace_id()), (Some("org_1"), Some("wrkspc_1")));
        assert_eq!(remaining(RateLimits::from_headers(stream.headers())), Some(9));
        assert_eq!(stream.rate_limits(), RateLimits::from_headers(stream.headers()));
    }

    let failed = server(with_metadata(json(429, "{}"))).await;
    let error = client(&failed.uri()).create_message(&request()).await.unwrap_err();
    assert_eq!(error.request_id(), Some("req_1"));
    assert_eq!((error.organization_id(), error.workspace_id()), (Some("org_1"), Some("wrkspc_1")));
    assert_eq!(remaining(RateLimits::from_headers(error.headers())), Some(9));
    assert_eq!(error.rate_limits(), RateLimits::from_headers(error.headers()));
}

#[tokio::test]
async fn a_stream_that_breaks_off_keeps_the_metadata_in_its_error() {
    let (cut_off, _) = EVENTS.split_once("event: message_delta").unwrap();
    let server = server(with_metadata(events(cut_off))).await;
    let stream = client(&server.uri()).stream_message(&request()).await.unwrap();
    let error = stream.final_message().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incomplete);
    assert_eq!((error.organization_id(), remaining(error.rate_limits())), (Some("org_1"), Some(9)));
    assert_eq!(error.body(), None);
}

#[test]
fn a_stream_without_an_http_response_has_no_status() {
    let stream = MessageStream::from(serde_json::from_str::<Message>(MESSAGE).unwrap());
    assert_eq!((stream.status(), stream.organization_id()), (None, None));
    assert_eq!(stream.rate_limits(), RateLimits::default());
}

#[tokio::test]
async fn an_error_has_the_body_of_the_response() {
    let document =
        r#"{ "type":"error", "error":{"type":"invalid_request_error","message":"m","field":1.50}}"#;
    for (template, body) in [
        (json(400, document), document),
        (json(200, document), document),
        (json(500, "\n no  JSON \u{1}"), "\n no  JSON \u{1}"),
        (json(502, "<html>Bad gateway</html>"), "<html>Bad gateway</html>"),
        (ResponseTemplate::new(500).set_body_bytes(b"gr\xfcn".as_slice()), "gr\u{fffd}n"),
        (json(503, ""), ""),
    ] {
        let server = server(template).await;
        let error = client(&server.uri()).create_message(&request()).await.unwrap_err();
        assert_eq!((error.kind(), error.body()), (ErrorKind::Api, Some(body)));
    }
    let compressed = json(500, document).insert_header("content-encoding", "gzip");
    let server = server(compressed).await;
    let error = client(&server.uri()).create_message(&request()).await.unwrap_err();
    assert_eq!((error.kind(), error.body()), (ErrorKind::Api, None));
}

#[tokio::test]
async fn the_body_of_an_error_has_no_secret() {
    let escaped: String = KEY.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
    for (body, redacted) in [
        (format!(r#"{{"error":"bad key {KEY}","n":1.50}}"#), r#"{"error":"bad key …","n":1.50}"#),
        (format!(r#"{{"error":"bad key {escaped}","n":1.50}}"#), r#"{"error":"bad key …","n":1.50}"#),
        (format!("x-api-key: {KEY}\nhost: a"), "x-api-key: …\nhost: a"),
        (format!("key={escaped}"), "…"),
    ] {
        let server = server(json(401, &body)).await;
        let error = client(&server.uri()).create_message(&request()).await.unwrap_err();
        assert_eq!(error.body(), Some(redacted));
    }
}

#[tokio::test]
async fn only_the_start_of_a_huge_body_is_kept() {
    let head = "HTTP/1.1 503 Unavailable\r\ncontent-type: text/plain\r\n\r\n";
    let server = Raw::start([head], End::Repeat("wörd ".repeat(4000).into_bytes())).await;
    let error = client(&server.url()).create_message(&request()).await.unwrap_err();
    let body = error.body().unwrap();
    assert!(body.starts_with("wörd wörd") && (65_533..=65_536).contains(&body.len()), "{}", body.len());
    assert!(format!("{error} {error:?}").len() < 4096, "neither text has the body");
}
