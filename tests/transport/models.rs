//! Single models, and what all calls have in common that are values.

use std::time::Duration;

use http::Method;
use messages_api::client::{Endpoint, RetryPolicy};
use messages_api::types::Beta;
use messages_api::{Credential, ErrorKind};

use crate::script::*;

pub(crate) const MODEL: &str =
    r#"{"type":"model","id":"claude-sonnet-5","display_name":"Sonnet","created_at":"2026-06-30T00:00:00Z"}"#;

#[tokio::test]
async fn a_model_is_requested_without_a_body() {
    let script = Script::new([ok(MODEL)]);
    let client = script.client();
    assert_eq!(client.model("claude-sonnet-5").await.unwrap().display_name, "Sonnet");
    let seen = &script.seen()[0];
    assert_eq!((&seen.method, seen.uri.path()), (&Method::GET, "/v1/models/claude-sonnet-5"));
    assert!(seen.body.is_empty());
    assert_eq!(seen.headers.get("content-type"), None);
    for (name, value) in [
        ("accept", "application/json"),
        ("x-api-key", "sk-script"),
        ("anthropic-version", "2023-06-01"),
        ("x-stainless-retry-count", "0"),
    ] {
        assert_eq!(seen.headers[name], value);
    }
    assert_eq!((seen.info.endpoint(), seen.info.model()), (Endpoint::Models, Some("claude-sonnet-5")));
    assert!(!seen.info.is_streamed());
}

#[tokio::test(start_paused = true)]
async fn a_call_is_a_value_that_sends_nothing_before_it_is_awaited() {
    let script = Script::new([ok(MODEL)]);
    let call = script.client().model("a");
    tokio::time::sleep(Duration::from_secs(60)).await;
    drop(call);
    assert_eq!(script.count(), 0);

    // The total time begins with the call as well, and the call needs nothing of where it was made.
    let call = script.client().with_total_timeout(Duration::from_secs(1)).model("a");
    tokio::time::sleep(Duration::from_secs(60)).await;
    let model = tokio::spawn(async move { call.await.unwrap() }).await.unwrap();
    assert_eq!((model.id.as_str(), script.count()), ("claude-sonnet-5", 1));
}

#[tokio::test(start_paused = true)]
async fn a_clone_has_settings_of_its_own() {
    let script = Script::new([status(529)]);
    let client = script.client();
    let other = client.clone().with_header("x-tenant", "7").unwrap().with_retry(RetryPolicy::none());
    let other = other
        .with_credential(Credential::bearer("other"))
        .unwrap()
        .with_beta(Beta::Context1m2025_08_07)
        .unwrap();
    assert_eq!(other.model("a").await.unwrap_err().attempts(), 1);
    assert_eq!(client.model("a").await.unwrap_err().attempts(), 3);
    let seen = script.seen();
    assert_eq!(seen.len(), 4);
    assert_eq!(seen[0].headers["x-tenant"], "7");
    assert_eq!(seen[0].headers["authorization"], "Bearer other");
    assert_eq!(seen[0].headers["anthropic-beta"], "context-1m-2025-08-07");
    assert_eq!(seen[0].headers.get("x-api-key"), None);
    for absent in ["x-tenant", "authorization", "anthropic-beta"] {
        assert_eq!(seen[1].headers.get(absent), None, "{absent}");
    }
}

#[tokio::test]
async fn an_id_is_escaped_and_an_unusable_one_is_rejected_before_anything_is_sent() {
    let script = Script::new([ok(MODEL)]);
    let client = script.builder().base_url("https://host/api").build().unwrap();
    client.model("vendor/model:1 é?#").await.unwrap();
    assert_eq!(script.routes(), ["GET /api/v1/models/vendor%2Fmodel%3A1%20%C3%A9%3F%23"]);
    for id in ["", ".", ".."] {
        let error = client.model(id).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts(), script.count()), (ErrorKind::Config, 0, 1));
        assert!(error.to_string().starts_with("model_id: must not be"), "{error}");
    }
}

#[tokio::test]
async fn a_body_that_is_no_model_is_an_error() {
    for (body, kind, text) in [
        ("", ErrorKind::Incomplete, "empty"),
        ("{}", ErrorKind::Protocol, "the response is not a model: id: missing field"),
        (r#"{"type":"message_batch","id":"a"}"#, ErrorKind::Protocol, "the response is not a model: type: "),
        ("<html>", ErrorKind::Protocol, "web page"),
        (r#"{"error":{"message":"no such model: sk-script"}}"#, ErrorKind::Api, "no such model: …"),
    ] {
        let script = Script::new([ok(body).header("request-id", "req_1")]);
        let error = script.client().model("a").await.unwrap_err();
        assert_eq!((error.kind(), error.attempts(), error.request_id()), (kind, 1, Some("req_1")), "{error}");
        assert!(error.to_string().contains(text), "{error}");
    }
    let script = Script::new([ok(MODEL)]);
    let client = script.builder().max_response_bytes(20).build().unwrap();
    assert_eq!(client.model("a").await.unwrap_err().kind(), ErrorKind::TooLarge);
}
