//! Whole completions as messages.

use std::sync::Arc;

use messages_api::openai::{Loss, UpstreamProfile, request_to_openai, response_from_openai};
use messages_api::stream::Accumulator;
use messages_api::{ApiError, CreateMessageRequest, Message};
use serde_json::Value;

use crate::kinds::{Expected, NAMES, Script, kind};
use crate::stream::{anonymous, decode, differences, exchange};

/// Translates the completion of a script. Returns the losses as well.
fn translate(script: &Script) -> (Result<Message, ApiError>, Vec<Loss>) {
    let mut exchange = exchange(script);
    let before = exchange.losses().len();
    let completion = serde_json::from_slice(&script.chunks.concat()).unwrap();
    let message = response_from_openai(completion, &mut exchange);
    (message, exchange.losses().iter().skip(before).cloned().collect())
}

/// Returns the scripts that are documents of a success, with their names.
fn documents() -> Vec<(&'static str, Script)> {
    let scripts = NAMES.iter().filter_map(|name| Some((*name, kind(name, false)?)));
    scripts.filter(|(_, script)| script.content_type == "application/json" && script.status == 200).collect()
}

#[test]
fn every_kind_becomes_a_message() {
    let (scripts, mut failed) = (documents(), Vec::new());
    for (name, script) in &scripts {
        let wrong = match (translate(script), &script.expected) {
            ((Ok(message), losses), expected) => differences(&message, losses.len(), expected),
            ((Err(error), _), Expected::Error(name)) if error.error_type().as_str() == *name => vec![],
            ((Err(error), _), _) => vec![error.to_string()],
        };
        println!("{name:18} {}", if wrong.is_empty() { "ok" } else { "WRONG" });
        failed.extend(wrong.into_iter().map(|wrong| format!("{name}: {wrong}")));
    }
    println!("{} of {} kinds", scripts.len() - failed.len(), scripts.len());
    assert_eq!(failed, Vec::<String>::new());
    assert!(scripts.len() >= 35);
}

/// llama.cpp continues a message of the model, and repeats it unless the completion is streamed.
#[test]
fn a_repeated_beginning_is_left_out() {
    let profile = Arc::new(UpstreamProfile::llama_cpp());
    let request = CreateMessageRequest::new("m", 9).user("Spell Oslo.").assistant("Os");
    for (written, text) in [("Oslo", "lo"), ("lo", "lo"), ("Os", "")] {
        let (_, mut exchange) = request_to_openai(&request, "m", &profile).unwrap();
        let choice = serde_json::json!({"message": {"content": written}, "finish_reason": "stop"});
        let completion = serde_json::from_value(serde_json::json!({"choices": [choice]})).unwrap();
        assert_eq!(response_from_openai(completion, &mut exchange).unwrap().text(), text, "{written}");
    }
}

/// A completion and the same completion in chunks become the same message, with the same losses, except where
/// the kind says that they differ.
#[test]
fn streamed_and_whole_completions_agree() {
    let mut pairs = 0;
    for (name, script) in documents() {
        let Some(streamed) = kind(name, true).filter(|script| script.content_type == "text/event-stream")
        else {
            continue;
        };
        if format!("{:?}", streamed.expected) != format!("{:?}", script.expected) {
            println!("{name:18} differs");
            continue;
        }
        let mut accumulator = Accumulator::new();
        let decoded = decode(&streamed, &streamed.chunks);
        let from_stream = decoded.events.iter().try_for_each(|event| accumulator.push(event));
        let (from_whole, losses) = translate(&script);
        match (from_stream.and_then(|()| accumulator.into_message()), from_whole) {
            (Ok(one), Ok(other)) => {
                assert_eq!(comparable(&one), comparable(&other), "{name}");
                assert_eq!(decoded.losses, losses, "{name}");
            }
            (one, other) => assert!(one.is_err() && other.is_err(), "{name}: {one:?} {other:?}"),
        }
        println!("{name:18} agrees");
        pairs += 1;
    }
    assert!(pairs >= 30, "{pairs}");
}

fn comparable(message: &Message) -> Value {
    let mut message = anonymous(serde_json::to_value(message).unwrap());
    for block in message["content"].as_array_mut().unwrap() {
        *block = anonymous(block.take());
    }
    message
}
