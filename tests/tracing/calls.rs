//! The events of calls.

use std::io;
use std::time::Duration;

use messages_api::CreateMessageRequest;
use messages_api::client::{CredentialError, CredentialProvider, ProvidedCredential};
use messages_api::types::settings::ThinkingConfig;

use crate::{Log, client_of, script};

/// Runs `call` and returns the lines of the event that reports its failure.
async fn report(call: impl Future<Output = bool>) -> String {
    let log = Log::default();
    let guard = tracing::subscriber::set_default(log.clone());
    assert!(!call.await, "the call succeeded");
    drop(guard);
    let log = log.0.lock().unwrap().0.clone();
    assert_eq!(log.matches("message=the call failed").count(), 1, "{log}");
    assert!(!log.contains("marker"), "{log}");
    log.lines().filter(|line| !line.starts_with("path=")).collect::<Vec<_>>().join("\n")
}

#[tokio::test(start_paused = true)]
async fn each_failed_call_is_reported_once_with_its_cause() {
    const ERROR: &str =
        r#"{"type":"error","error":{"type":"overloaded_error","message":"marker-message of marker-key"}}"#;
    let broken_off = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{}}\n\n";
    let malformed = r#"{"id":"marker-id","content":"marker-content"}"#;
    let request = CreateMessageRequest::new("m", 9).user("marker-prompt");
    for (response, expected) in [
        (None, &["kind=Connect", "attempts=2", "no connection could be established: no-listener"][..]),
        (
            Some((529, ERROR)),
            &[
                "kind=Api",
                "status=529",
                "error_type=\"overloaded_error\"",
                "request_id=\"req_1\"",
                "attempts=2",
            ],
        ),
        (Some((200, malformed)), &["kind=Protocol", "request_id=\"req_1\"", "attempts=1"]),
    ] {
        for is_streamed in [false, true] {
            let client = client_of(response);
            let log = report(async {
                match is_streamed {
                    false => client.create_message(&request).await.is_ok(),
                    true => client.stream_message(&request).await.is_ok(),
                }
            });
            let log = log.await;
            for text in expected {
                assert!(log.contains(text), "no {text} in\n{log}");
            }
        }
    }
    let client = client_of(Some((200, broken_off)));
    let log =
        report(async { client.stream_message(&request).await.unwrap().final_message().await.is_ok() }).await;
    for text in ["kind=Incomplete", "request_id=\"req_1\"", "attempts=1", "cause="] {
        assert!(log.contains(text), "no {text} in\n{log}");
    }
}

#[tokio::test]
async fn a_document_that_cannot_be_read_is_a_failed_call() {
    let client = client_of(Some((200, r#"{"error":{"type":"api_error","message":"marker-message"}}"#)));
    let unreadable = client_of(Some((200, r#"{"marker":1}"#)));
    for (client, kind) in [(client, "kind=Api"), (unreadable, "kind=Protocol")] {
        for log in [
            report(async { client.model("m").await.is_ok() }).await,
            report(async { client.batch("b").await.is_ok() }).await,
            report(async { client.models().pages().next().await.unwrap().is_ok() }).await,
        ] {
            for text in ["level=WARN", kind, "request_id=\"req_1\"", "attempts=1"] {
                assert!(log.contains(text), "no {text} in\n{log}");
            }
        }
    }
}

#[cfg(feature = "schemars")]
#[tokio::test]
async fn an_output_that_cannot_be_read_is_a_failed_call() {
    #[derive(serde::Deserialize, schemars::JsonSchema)]
    struct Answer {
        #[allow(dead_code)]
        number: u8,
    }

    let request = CreateMessageRequest::new("m", 9).user("marker-prompt");
    for (text, stop_reason, expected) in [
        (r#"{\"number\":\"marker\"}"#, "end_turn", &["kind=Output"][..]),
        ("marker", "refusal", &["kind=Output", "cause=\"the model refused, so there is no output"]),
        (" ", "end_turn", &["kind=Output", "cause=\"the message has no text\""]),
    ] {
        let content = format!(r#"[{{"type":"text","text":"{text}"}}]"#);
        let message = format!(r#"{{"id":"m","content":{content},"stop_reason":"{stop_reason}"}}"#);
        let script = script::Script::new([script::ok(message).header("request-id", "req_1")]);
        let log = report(async { script.client().parse::<Answer>(&request).await.is_ok() }).await;
        for text in ["level=WARN", "request_id=\"req_1\"", "attempts=1"].iter().chain(expected) {
            assert!(log.contains(text), "no {text} in\n{log}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn results_of_a_batch_that_fail_are_one_failed_call() {
    const RESULT: &str = r#"{"custom_id":"marker","result":{"type":"expired"}}"#;
    let broken_off = format!("{RESULT}\n{{\"custom_id\":");
    for (body, kind, results) in [
        (broken_off.clone(), "kind=Transport", 2),
        // Of several errors, the first is the one that the call failed with.
        (format!("[\"marker\"]\n[]\n{broken_off}"), "kind=Protocol", 4),
    ] {
        let script = script::Script::new([script::ok(body).header("request-id", "req_1").then_broken()]);
        let log = report(async {
            let mut stream = script.client().batch_results("b").await.unwrap();
            let (mut read, mut is_ok) = (0, true);
            while let Some(result) = stream.next().await {
                (read, is_ok) = (read + 1, is_ok && result.is_ok());
            }
            assert_eq!(read, results);
            is_ok
        })
        .await;
        for text in ["level=WARN", kind, "request_id=\"req_1\"", "attempts=1", "otel.status_code=\"ERROR\""] {
            assert!(log.contains(text), "no {text} in\n{log}");
        }
        if results == 2 {
            assert!(log.contains("cause=\"the connection broke before the response was complete: "), "{log}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn retries_and_providers_say_what_failed() {
    struct Fails;

    impl CredentialProvider for Fails {
        async fn credential(&self) -> Result<ProvidedCredential, CredentialError> {
            Err(CredentialError::transient(io::Error::other("identity provider: 503")))
        }
    }

    let client = client_of(None).with_credential_provider(Fails).with_total_timeout(Duration::from_secs(60));
    let request = CreateMessageRequest::new("m", 9).user("marker-prompt");
    let log = report(async { client.create_message(&request).await.is_ok() }).await;
    for text in [
        "the call is retried",
        "kind=Credential",
        "cause=\"the credential provider failed: identity provider: 503\"",
        "attempts=0",
    ] {
        assert!(log.contains(text), "no {text} in\n{log}");
    }
}

#[tokio::test]
async fn a_deprecated_model_is_mentioned_once() {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let client = client_of(Some((200, r#"{"id":"m","content":[]}"#)));
    for _ in 0..2 {
        for model in ["claude-sonnet-4-5", "claude-opus-4-6", "claude-sonnet-5", "claude-mythos-preview"] {
            let request = CreateMessageRequest::new(model, 9_000).user("Hi");
            client.create_message(&request.thinking(ThinkingConfig::enabled(2048))).await.unwrap();
        }
    }
    let log = log.0.lock().unwrap().0.clone();
    for (text, count) in [
        ("the model is deprecated", 2),
        ("shutdown=\"2026-11-30\"", 1),
        ("shutdown=\"2026-06-30\"", 1),
        ("use `adaptive`", 2),
        ("\nmodel=\"claude-opus-4-6\"", 1),
    ] {
        assert_eq!(log.matches(text).count(), count, "{text} in\n{log}");
    }
}
