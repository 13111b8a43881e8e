//! What a clone of a client changes: credentials, headers, query and server.

use std::time::Duration;

use messages_api::client::{CredentialError, CredentialProvider, ProvidedCredential};
use messages_api::{Client, Credential, ErrorKind};

use crate::script::*;

/// Returns the credential headers of the request that the client sends.
async fn sent(client: &Client, script: &Script) -> (Option<String>, Option<String>) {
    client.create_message(&request()).await.unwrap();
    let headers = script.seen().pop().unwrap().headers;
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    (text("x-api-key"), text("authorization"))
}

fn key(text: &str) -> (Option<String>, Option<String>) {
    (Some(text.to_owned()), None)
}

fn authorization(text: &str) -> (Option<String>, Option<String>) {
    (None, Some(text.to_owned()))
}

struct Provides;

impl CredentialProvider for Provides {
    async fn credential(&self) -> Result<ProvidedCredential, CredentialError> {
        Ok(Credential::bearer("provided").into())
    }
}

#[tokio::test]
async fn a_clone_changes_the_credential_and_leaves_the_client_alone() {
    let script = Script::new([ok(MESSAGE)]);
    let client = script.client();
    let bearer = client.clone().with_credential(Credential::bearer("t-1")).unwrap();
    assert_eq!(sent(&bearer, &script).await, authorization("Bearer t-1"));
    assert_eq!(sent(&client, &script).await, key("sk-script"));
    let provided = bearer.with_credential_provider(Provides);
    assert_eq!(sent(&provided, &script).await, authorization("Bearer provided"));
    let fixed = provided.clone().with_credential(Credential::api_key("k-2")).unwrap();
    assert_eq!(sent(&fixed, &script).await, key("k-2"));
    assert_eq!(sent(&provided, &script).await, authorization("Bearer provided"));
    for credential in [Credential::bearer(""), Credential::api_key(" "), Credential::oauth("")] {
        let error = client.clone().with_credential(credential.clone()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().starts_with("credential: "), "{error}");
        assert!(script.builder().credential(credential).build().is_err());
    }
    // Everything else is inherited.
    let tuned = client.with_header("x-tenant", "7").unwrap().with_beta("b-1").unwrap();
    sent(&tuned.with_credential(Credential::bearer("t-2")).unwrap(), &script).await;
    let headers = script.seen().pop().unwrap().headers;
    assert_eq!(
        (&headers["x-tenant"], &headers["anthropic-beta"]),
        (&"7".parse().unwrap(), &"b-1".parse().unwrap())
    );
}

#[tokio::test]
async fn a_credential_header_of_a_call_replaces_the_credential() {
    let script = Script::new([ok(MESSAGE)]);
    let provided = script.client().with_credential_provider(Provides);
    for client in
        [script.client(), script.client().with_credential(Credential::bearer("t")).unwrap(), provided]
    {
        let clone = client.clone().with_header("X-API-Key", "k-1").unwrap();
        assert_eq!(sent(&clone, &script).await, key("k-1"));
        let clone = client.clone().with_header("authorization", "Basic x").unwrap();
        assert_eq!(sent(&clone, &script).await, authorization("Basic x"));
        let clone = clone.with_credential(Credential::api_key("k-2")).unwrap();
        assert_eq!(sent(&clone, &script).await, key("k-2"));
    }
}

#[tokio::test]
async fn the_last_base_url_counts() {
    let script = Script::new([ok(MESSAGE)]);
    let client = script.builder().base_url("marker").base_url("http://last.test").build().unwrap();
    client.create_message(&request()).await.unwrap();
    assert_eq!(script.seen()[0].uri, "http://last.test/v1/messages");
    let error = script.builder().base_url("http://first.test").base_url("marker").build().unwrap_err();
    assert!(error.to_string().starts_with("base_url: "), "{error}");
}

#[tokio::test]
async fn a_builder_can_have_two_credentials() {
    let script = Script::new([ok(MESSAGE)]);
    let both = script.builder().header("authorization", "Basic proxy").build().unwrap();
    assert_eq!(sent(&both, &script).await, (Some("sk-script".to_owned()), Some("Basic proxy".to_owned())));
    let header = script.builder().header("x-api-key", "k-1").build().unwrap();
    assert_eq!(sent(&header, &script).await, key("k-1"));
    for (builder, expected) in [
        (script.builder().credential_provider(Provides), authorization("Bearer provided")),
        (
            script.builder().credential_provider(Provides).header("x-api-key", "k"),
            (Some("k".to_owned()), Some("Bearer provided".to_owned())),
        ),
        (
            script.builder().header("authorization", "Basic mine").credential_provider(Provides),
            authorization("Basic mine"),
        ),
        (script.builder().credential_provider(Provides).credential(Credential::api_key("k")), key("k")),
    ] {
        assert_eq!(sent(&builder.build().unwrap(), &script).await, expected);
    }
}

#[tokio::test]
async fn a_header_can_be_left_out() {
    let script = Script::new([ok(MESSAGE)]);
    let client = script.builder().header("x-tenant", "7").build().unwrap();
    assert_eq!(sent(&client.clone().without_header("X-Api-Key"), &script).await, (None, None));
    assert_eq!(sent(&client.clone().without_header("authorization"), &script).await, key("sk-script"));
    let provided = client.clone().with_credential_provider(Provides).without_header("authorization");
    assert_eq!(sent(&provided, &script).await, (None, None));
    let bare =
        client.without_header("user-agent").without_header("x-tenant").without_header("anthropic-version");
    sent(&bare.without_header("x-stainless-retry-count"), &script).await;
    let headers = script.seen().pop().unwrap().headers;
    let mut names: Vec<&str> = headers.keys().map(http::HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept", "content-type", "x-api-key"]);
}

#[tokio::test(start_paused = true)]
async fn a_header_of_the_user_is_the_same_on_each_attempt() {
    let script = Script::new([status(529), status(503), ok(MESSAGE)]);
    let client = script.client().with_header("idempotency-key", "k-1").unwrap();
    client.with_header("x-stainless-retry-count", "mine").unwrap().create_message(&request()).await.unwrap();
    assert_eq!(script.count(), 3);
    for attempt in script.seen() {
        assert_eq!(attempt.headers["idempotency-key"], "k-1");
        assert_eq!(attempt.headers["x-stainless-retry-count"], "mine");
    }
}

#[tokio::test(start_paused = true)]
async fn a_query_is_escaped_and_sent_with_each_attempt() {
    let script = Script::new([status(529), ok(MESSAGE)]);
    let client = script.client();
    let queried =
        client.clone().with_query("api-version", "1").with_query("a b", "ü&c").with_query("api-version", "2");
    queried.create_message(&request()).await.unwrap();
    for attempt in script.seen() {
        assert_eq!(attempt.uri.path(), "/v1/messages");
        assert_eq!(attempt.uri.query(), Some("a%20b=%C3%BC%26c&api-version=2"));
    }
    client.create_message(&request()).await.unwrap();
    assert_eq!(script.seen()[2].uri.query(), None);
    let listing = client.clone().with_query("limit", "7").models().limit(100).after("x").pages().next().await;
    listing.unwrap().unwrap_err();
    assert_eq!(script.seen()[3].uri.query(), Some("after_id=x&limit=7"));
    let error = client.with_query("a", &"x".repeat(70_000)).create_message(&request()).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Config, 0));
}

#[tokio::test]
async fn a_clone_can_call_another_server_over_the_same_transport() {
    let script = Script::new([ok(MESSAGE)]);
    let client = script.client();
    let other = client.clone().with_base_url("http://other/prefix").unwrap();
    for client in [&client, &other] {
        client.create_message(&request()).await.unwrap();
    }
    let urls: Vec<String> = script.seen().iter().map(|seen| seen.uri.to_string()).collect();
    assert_eq!(urls, ["https://api.anthropic.com/v1/messages", "http://other/prefix/v1/messages"]);
    assert_eq!(client.with_base_url("nowhere").unwrap_err().kind(), ErrorKind::Config);
}

#[tokio::test(start_paused = true)]
async fn a_clone_can_have_time_limits_of_its_own() {
    let patient = |act: Act| Script::new([act]).patient(0);
    let slow = || ok(&(START.to_owned() + STOP)).in_chunks_of(20).pausing(Duration::from_secs(7));
    let limit = Duration::from_secs(5);
    for (client, name) in [
        (patient(slow()).with_idle_timeout(limit), "idle_timeout"),
        (patient(slow()).with_first_event_timeout(limit), "first_event_timeout"),
        (patient(slow()).with_event_timeout(limit), "event_timeout"),
        (patient(slow()).with_total_timeout(limit), "total_timeout"),
    ] {
        let error = client.stream_message(&request()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(error.to_string().contains(&format!(" {name}")), "{name}: {error}");
    }
    assert!(patient(slow()).stream_message(&request()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_time_limit_of_zero_is_rejected_before_anything_is_sent() {
    type Set = fn(Client, Duration) -> Client;
    let script = Script::new([ok(MESSAGE)]);
    for (set, name) in [
        (Client::with_response_timeout as Set, "response_timeout"),
        (Client::with_first_event_timeout, "first_event_timeout"),
        (Client::with_idle_timeout, "idle_timeout"),
        (Client::with_event_timeout, "event_timeout"),
        (Client::with_total_timeout, "total_timeout"),
    ] {
        let client = set(script.client(), Duration::ZERO);
        let error = client.create_message(&request()).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Config, 0));
        assert_eq!(error.to_string(), format!("{name}: must not be zero"));
    }
    assert_eq!(script.count(), 0);
}
