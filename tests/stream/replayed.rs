//! Messages replayed as events.

use messages_api::stream::{encode_event, replay};
use messages_api::{ContentBlock, ErrorKind, Message, StopReason, Usage};
use serde_json::{Value, json};

use crate::cases::{base64, fixture};
use crate::common::{assert_replays, read_message};

#[test]
fn the_message_of_every_vector_and_every_stream_can_be_replayed() {
    let mut count = 0;
    for vector in fixture("wire_vectors.jsonl") {
        if vector["kind"] == "response" {
            let mut message: Message = serde_json::from_value(vector["json"].clone()).unwrap();
            // A fallback block changes the model of the message.
            for block in &message.content {
                if let ContentBlock::Fallback(block) = block {
                    message.model.clone_from(&block.to.model);
                }
            }
            assert_replays(&message);
            count += 1;
        }
    }
    for case in fixture("stream_cases.jsonl") {
        if let Ok(message) = read_message(vec![base64(case["sse_base64"].as_str().unwrap())]) {
            assert_replays(&message);
            count += 1;
        }
    }
    assert!(count > 35, "{count}");
}

#[test]
fn a_replay_has_the_events_that_clients_expect() {
    let message: Message = serde_json::from_value(json!({
        "id": "m", "type": "message", "role": "assistant", "model": "m", "stop_reason": "tool_use",
        "content": [
            {"type": "thinking", "thinking": "t", "signature": "s"},
            {"type": "text", "text": "a", "citations": null},
            {"type": "text", "text": "", "citations": [{"type": "page_location", "cited_text": "p", "document_index": 0,
                "document_title": null, "start_page_number": 1, "end_page_number": 2}]},
            {"type": "tool_use", "id": "t", "name": "f", "input": {"b": 1}},
            {"type": "hologram", "x": 1},
        ],
        "usage": {"input_tokens": 7, "output_tokens": 5, "cache_read_input_tokens": 2},
    }))
    .unwrap();
    let events = assert_replays(&message);
    let events: Vec<Value> = events.iter().map(|event| serde_json::to_value(event).unwrap()).collect();
    let start = &events[0]["message"];
    assert_eq!(start["content"], json!([]));
    assert!(start["stop_reason"].is_null() && start.as_object().unwrap().contains_key("stop_reason"));
    assert_eq!(start["usage"], json!({"input_tokens": 7, "output_tokens": 0, "cache_read_input_tokens": 2}));
    let shape: Vec<_> = events
        .iter()
        .map(|event| {
            let kind = event["type"].as_str().unwrap();
            let what =
                event["content_block"]["type"].as_str().or(event["delta"]["type"].as_str()).unwrap_or("");
            format!("{kind} {} {what}", event["index"])
        })
        .collect();
    let expected = [
        "message_start null ",
        "content_block_start 0 thinking",
        "content_block_delta 0 thinking_delta",
        "content_block_delta 0 signature_delta",
        "content_block_stop 0 ",
        "content_block_start 1 text",
        "content_block_delta 1 text_delta",
        "content_block_stop 1 ",
        "content_block_start 2 text",
        "content_block_delta 2 citations_delta",
        "content_block_stop 2 ",
        "content_block_start 3 tool_use",
        "content_block_delta 3 input_json_delta",
        "content_block_stop 3 ",
        "content_block_start 4 hologram",
        "content_block_stop 4 ",
        "message_delta null ",
        "message_stop null ",
    ];
    assert_eq!(shape, expected);
    let end = &events[events.len() - 2];
    assert_eq!(end["delta"]["stop_reason"], "tool_use");
    assert_eq!(end["usage"], json!({"output_tokens": 5, "input_tokens": 7, "cache_read_input_tokens": 2}));
}

#[test]
fn a_replay_that_is_cut_at_any_byte_is_incomplete() {
    let message = Message::new("m", "m", vec![ContentBlock::text("Hello there!")], Usage::new(1, 3));
    let mut bytes = bytes::BytesMut::new();
    for event in replay(message.stop_reason(StopReason::EndTurn)) {
        encode_event(&event, &mut bytes);
    }
    // A whole `message_stop` counts without its blank line.
    let end = bytes.trim_ascii_end().len();
    for at in 0..end {
        let error = read_message(vec![bytes[..at].to_vec()]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Incomplete);
        let started = bytes[..at].windows(2).any(|pair| pair == b"\n\n");
        assert_eq!(error.partial_message().is_some(), started, "{at}");
        let has_content = error.partial_message().is_some_and(|message| !message.content.is_empty());
        assert_eq!(error.is_retryable(), !has_content, "{at}");
    }
    for at in end..=bytes.len() {
        assert_eq!(read_message(vec![bytes[..at].to_vec()]).unwrap().text(), "Hello there!");
    }
}
