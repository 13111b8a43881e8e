//! Whole messages.

use messages_api::fallback::FallbackState;
use messages_api::types::fallback::Fallback;
use messages_api::types::settings::Speed;
use messages_api::{ContentBlock, ErrorKind, Message};
use serde_json::{Value, json};

use crate::script::{Script, Step, chain, end, message, refusal, request};

/// Describes the changes of the model at the start of a message, and its text.
fn describe(message: &Message) -> String {
    let content = serde_json::to_value(&message.content).unwrap();
    let blocks = content.as_array().unwrap().iter().map(|block| match &block["type"] {
        Value::String(kind) if kind == "fallback" => {
            assert_eq!(block["trigger"]["category"], "cyber");
            format!("{}>{}", block["from"]["model"].as_str().unwrap(), block["to"]["model"].as_str().unwrap())
        }
        _ => block["text"].as_str().unwrap().to_owned(),
    });
    blocks.collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_refused_request_is_sent_to_the_next_model_with_the_credit() {
    let script = Script::new([message("a", "No.", &refusal(Some("t1"), true)), message("b", "Yes.", &end())]);
    let (_server, client) = script.serve().await;
    let message = chain(client, "b").create_message(&request()).await.unwrap();
    assert_eq!(describe(&message), "a>b Yes.");
    assert_eq!((message.id.as_str(), message.model.as_str(), message.usage.output_tokens), ("msg_b", "b", 5));
    assert!(message.usage.iterations.is_none(), "the usage is that of the model that accepted");
    let mut requests = script.requests();
    let second = requests.pop().unwrap();
    assert_eq!(second["fallback_credit_token"], json!({"token": "t1", "mode": "best_effort"}));
    let mut expected = requests.pop().unwrap();
    assert!(expected.get("fallback_credit_token").is_none());
    expected["model"] = json!("b");
    expected["fallback_credit_token"] = second["fallback_credit_token"].clone();
    assert_eq!(second, expected, "nothing else changes");
    assert_eq!(script.betas(), ["fallback-credit-2026-07-01"; 2]);
}

#[tokio::test]
async fn a_message_that_is_accepted_is_left_as_it_is() {
    let script = Script::new([message("a", "Yes.", &end())]);
    let (_server, client) = script.serve().await;
    let state = FallbackState::new();
    let message = chain(client, "b c").with_state(&state).create_message(&request()).await.unwrap();
    assert_eq!(message.content, [ContentBlock::text("Yes.")]);
    assert_eq!((state.position(), script.models().as_str()), (None, "a"));
}

#[tokio::test]
async fn the_chain_is_walked_until_a_model_accepts() {
    let script = Script::new([
        message("a", "No.", &refusal(Some("t1"), false)),
        message("b", "No.", &refusal(None, false)),
        message("c", "No.", &refusal(Some("t3"), false)),
        message("d", "Yes.", &end()),
    ]);
    let (_server, client) = script.serve().await;
    let state = FallbackState::new();
    let message = chain(client, "b c d e").with_state(&state).create_message(&request()).await.unwrap();
    assert_eq!(describe(&message), "a>b b>c c>d Yes.");
    let tokens: Vec<_> =
        script.requests().iter().map(|request| request["fallback_credit_token"]["token"].clone()).collect();
    assert_eq!(tokens, [Value::Null, json!("t1"), Value::Null, json!("t3")]);
    assert_eq!(state.position(), Some(2));
}

#[tokio::test]
async fn the_last_refusal_is_returned_once_the_chain_is_exhausted() {
    let script = Script::new(["a", "b", "c"].map(|model| message(model, "No.", &refusal(Some("t"), true))));
    let (_server, client) = script.serve().await;
    let state = FallbackState::new();
    let message = chain(client, "b c").with_state(&state).create_message(&request()).await.unwrap();
    assert_eq!((message.id.as_str(), describe(&message).as_str()), ("msg_c", "No."));
    assert_eq!(state.position(), None, "nobody has accepted");
}

#[tokio::test]
async fn a_state_begins_with_the_model_that_accepted() {
    let script = Script::new([
        message("a", "No.", &refusal(Some("t1"), false)),
        message("b", "Yes.", &end()),
        message("b", "Yes.", &end()),
        message("a", "Yes.", &end()),
        message("a", "Yes.", &end()),
        message("b", "No.", &refusal(None, false)),
        message("c", "Yes.", &end()),
    ]);
    let (_server, client) = script.serve().await;
    let models = chain(client, "b c");
    let (state, other) = (FallbackState::new(), FallbackState::new());
    let conversation = models.with_state(&state);
    conversation.create_message(&request()).await.unwrap();
    assert_eq!(state.position(), Some(0));
    conversation.create_message(&request()).await.unwrap();
    models.with_state(&other).create_message(&request()).await.unwrap();
    models.create_message(&request()).await.unwrap();
    let message = conversation.create_message(&request()).await.unwrap();
    assert_eq!(describe(&message), "b>c Yes.");
    assert_eq!((state.position(), other.position()), (Some(1), None));
    assert_eq!(script.models(), "a b b a a b c");
}

#[tokio::test]
async fn the_state_of_another_chain_and_fallbacks_in_the_request_are_errors() {
    let script = Script::new([]);
    let (_server, client) = script.serve().await;
    let state = FallbackState::new();
    state.set_position(Some(1));
    let models = chain(client, "b");
    let own = request().fallbacks(vec![Fallback::new("c")]);
    for (models, request) in [(models.with_state(&state), request()), (models, own)] {
        for error in [
            models.create_message(&request).await.unwrap_err(),
            models.stream_message(&request).await.unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::Config);
        }
    }
    assert!(script.requests().is_empty());
}

#[tokio::test]
async fn a_fallback_that_fails_is_skipped_and_the_last_one_is_an_error() {
    let script = Script::new([
        message("a", "No.", &refusal(Some("t1"), false)),
        Step::Fail(500),
        message("c", "Yes.", &end()),
        message("a", "No.", &refusal(Some("t2"), false)),
        message("b", "No.", &refusal(Some("t3"), false)),
        Step::Fail(404),
    ]);
    let (_server, client) = script.serve().await;
    let models = chain(client, "b c");
    assert_eq!(describe(&models.create_message(&request()).await.unwrap()), "a>c Yes.");
    assert_eq!(script.requests()[2]["fallback_credit_token"]["token"], "t1", "it was not redeemed");
    let state = FallbackState::new();
    let error = models.with_state(&state).create_message(&request()).await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 404);
    assert_eq!((script.models().as_str(), state.position()), ("a b c a b c", None));
}

#[tokio::test]
async fn an_error_of_the_first_request_is_returned() {
    let script = Script::new([Step::Fail(529), Step::Fail(529)]);
    let (_server, client) = script.serve().await;
    let models = chain(client, "b");
    let request = request().speed(Speed::Fast);
    assert!(models.create_message(&request).await.unwrap_err().is_retryable());
    assert!(models.stream_message(&request).await.unwrap_err().is_retryable());
    assert_eq!(script.models(), "a a");
}

#[tokio::test]
async fn without_fallbacks_everything_is_passed_on() {
    let script = Script::new([message("a", "No.", &refusal(Some("t1"), false)), message("a", "x", &end())]);
    let (_server, client) = script.serve().await;
    let models = chain(client, "");
    let request = request().fallbacks(vec![Fallback::new("c")]);
    assert_eq!(models.create_message(&request).await.unwrap().text(), "No.");
    models.stream_message(&request).await.unwrap();
    assert!(script.requests().iter().all(|request| request["fallbacks"].is_array()));
    assert_eq!(script.betas(), ["", ""]);
}
