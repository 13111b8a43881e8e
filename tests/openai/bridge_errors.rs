//! Failures of a server behind a bridge.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use messages_api::openai::{Bridge, UpstreamProfile};
use messages_api::types::StopReason;
use messages_api::{Credential, ErrorType, Handler, Message, RequestContext};
use serde_json::json;

use crate::bridge::{COMPLETION, bridge, caller, chunks, error, upstream};
use crate::script::{Script, broken, ok, request, status};

#[tokio::test]
async fn errors_have_a_status_as_long_as_nothing_was_sent() {
    let openai = |message: &str, code: &str| {
        json!({"error": {"message": message, "type": "t", "param": null, "code": code}}).to_string()
    };
    let event = |document: &str| format!("data: {document}\n\n");
    let too_long = "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 \
                    tokens.";
    for (act, expected, message) in [
        (status(400).body(openai("No.", "x")), 400, "No."),
        (status(400).body(openai(too_long, "x")), 400, "prompt is too long: 9000 tokens > 8192 maximum"),
        (ok(openai(too_long, "x")), 400, "prompt is too long: 9000 tokens > 8192 maximum"),
        (status(403).body(openai("Not sk-script", "x")), 403, "Not …"),
        (
            status(404).body(openai("The model `m` does not exist", "model_not_found")),
            404,
            "model: claude-sonnet-5",
        ),
        (status(404).body("<html></html>"), 502, "The upstream has no such endpoint"),
        (status(429).body(openai("Slow down", "x")).header("retry-after", "7"), 429, "Slow down"),
        (status(429).body(openai("Pay", "insufficient_quota")), 402, "Pay"),
        (status(503).body("busy"), 529, "busy"),
        (status(504).body(""), 504, "The upstream did not respond in time"),
        (status(302).header("location", "http://elsewhere.test/"), 502, "The upstream failed"),
        (broken(io::ErrorKind::ConnectionRefused), 502, "The upstream failed"),
        (ok("<html></html>"), 502, "The upstream failed"),
        (ok(""), 502, "The upstream failed"),
        (ok(r#"{"choices":[]}"#), 502, ""),
        (ok(event(&openai("Slower", "rate_limit_exceeded"))), 429, "Slower"),
    ] {
        for is_streamed in [false, true] {
            let script = Script::new([act.clone()]);
            let error = error(&bridge(&script), is_streamed).await;
            assert_eq!(error.status().as_u16(), expected, "{error}");
            assert!(message.is_empty() || error.message() == message, "{error}");
            assert_eq!(error.retry_after().is_some(), message == "Slow down");
            assert_eq!(script.count(), 1, "{error}");
        }
    }
}

#[tokio::test]
async fn what_the_content_filter_rejects_is_a_refusal_if_the_profile_says_so() {
    let document = |message: &str, code: &str| {
        json!({"error": {"message": message, "type": null, "param": "prompt", "code": code}}).to_string()
    };
    for (status_code, body, is_filter) in [
        (400, document("The response was filtered.", "content_filter"), true),
        (400, document("Content Exists Risk", "invalid_request_error"), true),
        (400, document("Input data may be inappropriate.", "data_inspection_failed"), true),
        (400, document("No.", "x"), false),
        (403, document("No.", "content_filter"), false),
    ] {
        for (refuses, is_streamed) in [(false, false), (true, false), (true, true)] {
            let losses = Arc::new(Mutex::new(Vec::new()));
            let seen = losses.clone();
            let mut profile = UpstreamProfile::default();
            profile.content_filter_refuses = refuses;
            profile.empty_text_block = is_streamed;
            let script = Script::new([status(status_code).body(&body)]);
            let bridge = Bridge::new(upstream(&script), profile).on_end(move |_, losses| {
                seen.lock().unwrap().extend(losses.iter().map(|loss| loss.path.clone()));
            });
            let caller = caller(bridge);
            let message = if is_streamed {
                match caller.stream_message(&request()).await {
                    Ok(stream) => stream.final_message().await,
                    Err(error) => Err(error),
                }
            } else {
                caller.create_message(&request()).await
            };
            match message {
                Ok(message) => {
                    assert_eq!(message.stop_reason, Some(StopReason::Refusal));
                    assert!(message.text().is_empty() && message.stop_details.is_some());
                    assert_eq!(message.content.len(), usize::from(is_streamed));
                    assert_eq!((message.usage.input_tokens, message.usage.output_tokens), (0, 0));
                    assert!(refuses && is_filter, "{body}");
                    assert_eq!(*losses.lock().unwrap(), ["error"]);
                }
                Err(error) => {
                    assert_eq!(error.status().unwrap(), status_code, "{error}");
                    assert!(!(refuses && is_filter), "{body}");
                }
            }
        }
    }
}

#[tokio::test]
async fn only_a_connection_that_breaks_at_once_is_tried_again() {
    let reset = || broken(io::ErrorKind::ConnectionReset);
    for (acts, expected) in [(vec![reset(), ok(COMPLETION)], 2), (vec![status(529), ok(COMPLETION)], 1)] {
        let script = Script::new(acts);
        let reply = bridge(&script).create_message(request(), RequestContext::default()).await;
        assert_eq!((reply.is_ok(), script.count()), (expected == 2, expected));
    }
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_an_error() {
    let all = chunks(&["Hello", " there"]);
    let part: String = all.split_inclusive("\n\n").take(2).collect();
    let without_done = all.replace("data: [DONE]\n\n", "");
    for (act, text) in [
        (ok(&part), None),
        (ok(&part).then_broken(), None),
        (ok(&without_done), Some("Hello there")),
        (ok(&without_done).then_broken(), Some("Hello there")),
        (ok(part.clone() + "data: {\"error\":{\"message\":\"x\",\"code\":500}}\n\n"), None),
        (ok(part.clone() + "data: {oops\n\n" + "data: [DONE]\n\n"), None),
    ] {
        let caller = caller(bridge(&Script::new([act])));
        let mut stream = caller.stream_message(&request()).await.unwrap();
        let mut failure = None;
        while let Some(event) = stream.next().await {
            if let Err(error) = event {
                failure = Some(error);
            }
        }
        match text {
            Some(text) => assert_eq!(stream.into_message().unwrap().text(), text),
            None => {
                let failure = failure.unwrap();
                assert_eq!(
                    failure.partial_message().map(Message::text).as_deref(),
                    Some("Hello"),
                    "{failure}"
                );
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_server_is_a_timeout() {
    let part: String = chunks(&["Hello"]).split_inclusive("\n\n").take(2).collect();
    for (start, is_begun) in [(": comment\n\n", false), (&*part, true)] {
        let script = Script::new([ok(start).then_silent()]);
        let client = script.builder().base_url("http://upstream.test").idle_timeout(Duration::from_secs(9));
        let bridge = Bridge::new(client.build().unwrap(), UpstreamProfile::default());
        let reply = bridge.create_message(request().stream(true), RequestContext::default()).await;
        assert_eq!(reply.is_ok(), is_begun);
        let error = match reply {
            Ok(reply) => reply.into_stream().final_message().await.unwrap_err().into(),
            Err(error) => error,
        };
        assert_eq!(error.error_type(), &ErrorType::Timeout, "{error}");
    }
}

/// The credential of the bridge in an error under a status of success, in all forms, never reaches the caller.
#[tokio::test]
async fn the_key_of_the_bridge_is_redacted_in_errors_under_a_status_of_success() {
    const KEY: &str = "abacus-4f9d2c7711";
    let document = format!(r#"{{"error":{{"message":"Key {KEY} has no access","code":403}}}}"#);
    let first = format!("data: {document}\n\n");
    let late = chunks(&["Hello"])
        .replace("data: [DONE]\n\n", "")
        .split_inclusive("\n\n")
        .take(2)
        .collect::<String>();
    for body in [document, first.clone(), late + &first] {
        for is_streamed in [false, true] {
            let script = Script::new([ok(&body)]);
            let client = script.builder().base_url("http://upstream.test/v1");
            let client = client.credential(Credential::bearer(KEY)).build().unwrap();
            let bridge = Bridge::new(client, UpstreamProfile::default());
            let reply = bridge.create_message(request().stream(is_streamed), RequestContext::default()).await;
            let error = match reply {
                Ok(reply) => reply.into_stream().final_message().await.unwrap_err().into(),
                Err(error) => error,
            };
            assert!(!format!("{error:?} {}", error.message()).contains(KEY), "{error:?}");
        }
    }
}
