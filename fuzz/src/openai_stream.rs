//! Whatever a server of Chat Completions sends becomes a legal stream.

use std::sync::Arc;

use messages_api::openai::types::ChatChunk;
use messages_api::openai::{
    ChunkDecoder, ChunksEnd, Exchange, StreamBridge, UpstreamProfile, request_to_openai, response_from_openai,
};
use messages_api::stream::{Checker, check as check_all};
use messages_api::{CreateMessageRequest, StreamEvent};
use serde_json::{Value, json};

use crate::chunks;

/// A limit that no event reaches.
const MAX_EVENT: usize = 1 << 24;

/// Checks the translation of a response. The input is a byte of settings, two sizes of chunks, and the body.
///
/// The body is taken as an event stream, as a list of deltas, one a line, and as a completion. The events are
/// a legal stream, which does not depend on how the bytes are cut, and those of a list are the same whether
/// they come as chunks or as bytes. Nothing panics.
pub fn check(data: &[u8]) {
    let ([bits, sizes @ ..], body) = chunks::settings::<3>(data);
    let decode = |chunks: &[bytes::Bytes], limit: usize| {
        let bridge = StreamBridge::new(exchange(bits)).max_held_bytes(10_000);
        let mut decoder = ChunkDecoder::from(bridge).max_event_bytes(limit);
        let mut events = Vec::new();
        for chunk in chunks {
            decoder.push(chunk.clone());
            events.extend(std::iter::from_fn(|| decoder.next_event()));
        }
        decoder.finish(end(bits));
        assert!(decoder.bridge().is_finished());
        events.extend(std::iter::from_fn(|| decoder.next_event()));
        events
    };
    let limit = if bits & 1 << 7 == 0 { MAX_EVENT } else { 500 };
    let events = decode(&[bytes::Bytes::copy_from_slice(body)], limit);
    assert_legal(&events);
    assert_eq!(shown(&events), shown(&decode(&chunks::cut(body, &sizes), limit)));

    let listed: Vec<ChatChunk> = String::from_utf8_lossy(body).lines().filter_map(chunk).collect();
    let mut bridge = StreamBridge::new(exchange(bits)).max_held_bytes(10_000);
    let mut stream = Vec::new();
    for chunk in listed {
        let json = serde_json::to_string(&chunk).unwrap();
        stream.extend_from_slice(format!("data: {json}\n\n").as_bytes());
        // What is read again, such as a number that is too large, is what counts.
        bridge.push(serde_json::from_str(&json).unwrap());
    }
    bridge.finish(end(bits));
    let events: Vec<_> = std::iter::from_fn(|| bridge.next_event()).collect();
    assert_legal(&events);
    assert_eq!(shown(&events), shown(&decode(&[stream.into()], MAX_EVENT)));

    if let Ok(completion) = serde_json::from_slice(body) {
        let mut exchange = exchange(bits);
        if let Ok(message) = response_from_openai(completion, &mut exchange) {
            assert!(message.stop_reason.is_some());
        }
    }
}

/// Returns the exchange of a request with settings that the bits stand for.
fn exchange(bits: u8) -> Exchange {
    let has = |bit: u8| bits & 1 << bit != 0;
    let profile = json!({
        "think_tags": has(0), "tool_args_cumulative": has(1), "empty_text_block": has(2),
        "stop_max": if has(3) { json!(0) } else { json!(4) },
        "reasoning_fields": if has(4) { json!(["reasoning_details", "thought"]) } else { json!(["reasoning_content", "reasoning"]) },
    });
    let profile: UpstreamProfile = serde_json::from_value(profile).unwrap();
    let mut request = json!({
        "model": "m", "max_tokens": 5000, "messages": [{"role": "user", "content": "hi"}],
        "stop_sequences": ["END", "EN", "aab"],
    });
    if has(5) {
        request["thinking"] = json!({"type": "enabled", "budget_tokens": 1024});
    }
    let request: CreateMessageRequest = serde_json::from_value(request).unwrap();
    request_to_openai(&request, "m", &Arc::new(profile)).unwrap().1
}

fn end(bits: u8) -> ChunksEnd {
    if bits & 1 << 6 == 0 { ChunksEnd::Done } else { ChunksEnd::Eof }
}

/// Reads a line of a list: a delta, or a chunk if it has choices or a usage.
fn chunk(line: &str) -> Option<ChatChunk> {
    let value: Value = serde_json::from_str(line).ok()?;
    let is_chunk = ["choices", "usage", "error"].iter().any(|name| value.get(name).is_some());
    let chunk = if is_chunk { value } else { json!({"choices": [{"delta": value}]}) };
    serde_json::from_value(chunk).ok()
}

/// Asserts that the events are a whole stream, or one that an error ends, which a checker need not change.
fn assert_legal(events: &[StreamEvent]) {
    match check_all(events.to_vec()) {
        Ok(checked) => assert_eq!(checked, events),
        Err(error) => panic!("{error}: {events:?}"),
    }
    let mut checker = Checker::new();
    let complete = events.iter().all(|event| checker.push(event).is_ok());
    assert!(complete && !events.is_empty());
}

/// Writes the events without the ids that were made up.
fn shown(events: &[StreamEvent]) -> Vec<String> {
    let show = |event: &StreamEvent| {
        let mut value = serde_json::to_value(event).unwrap();
        for path in ["/message/id", "/content_block/id"] {
            if let Some(id) = value.pointer_mut(path) {
                if id.as_str().is_some_and(|id| id.starts_with("toolu_") || id.starts_with("msg_")) {
                    *id = Value::Null;
                }
            }
        }
        value.to_string()
    };
    events.iter().map(show).collect()
}
