//! Properties of any message and of any events. They are the same in every run.

use messages_api::stream::{Accumulator, EventDecoder, replay};
use messages_api::{Json, Message, StreamEvent};
use serde_json::{Value, json};

use crate::common::{add_up, assert_replays, decode, encode};
use crate::random::Random;

/// Any JSON, with at most `depth` levels.
fn payload(random: &mut Random, depth: usize) -> Value {
    let kinds = if depth > 1 { 7 } else { 5 };
    match random.below(kinds) {
        0 => Value::Null,
        1 => random.one_in(2).into(),
        2 => (random.number() as i64).into(),
        3 => random.text(6).into(),
        4 => "a\n\r\u{2028}\"\\".into(),
        5 => (0..random.below(4)).map(|_| payload(random, depth - 1)).collect(),
        _ => {
            let keys = ["a", "b", "type", "x_y"];
            (0..random.below(4)).map(|_| (*random.pick(&keys), payload(random, depth - 1))).collect()
        }
    }
}

/// Adds a field that no version knows to half of the objects.
fn extended(mut json: Value, random: &mut Random) -> Value {
    if random.one_in(2) {
        json["new_field"] = payload(random, 4);
    }
    json
}

fn text(random: &mut Random) -> String {
    match random.below(3) {
        0 => String::new(),
        1 => random.text(20),
        _ => "a\n\ndata: b".to_owned(),
    }
}

fn block(random: &mut Random) -> Value {
    let (text, other, value) = (text(random), text(random), payload(random, 4));
    let block = match random.below(12) {
        0 => json!({"type": "text", "text": text, "citations": null}),
        1 => {
            let citations: Value = (0..random.below(3))
                .map(|_| json!({"type": "future_location", "a": payload(random, 3)}))
                .collect();
            json!({"type": "text", "text": text, "citations": citations})
        }
        2 => json!({"type": "text", "text": text}),
        3 => json!({"type": "thinking", "thinking": text, "signature": other}),
        4 => json!({"type": "redacted_thinking", "data": text}),
        5 => json!({"type": "tool_use", "id": text, "name": "f", "input": value}),
        6 => json!({"type": "server_tool_use", "id": "s", "name": "web_search", "input": value}),
        7 => json!({"type": "future_tool_use", "input": value, "z": 1.50}),
        8 => json!({"type": "future_tool_use", "z": null}),
        9 => json!({"type": "compaction", "content": text, "encrypted_content": other}),
        10 => json!({"type": "compaction", "content": null}),
        _ => json!({"type": "hologram", "a": value}),
    };
    extended(block, random)
}

fn message(random: &mut Random) -> Message {
    let stops = [
        json!({"stop_reason": null}),
        json!({"stop_reason": "end_turn", "stop_sequence": null}),
        json!({"stop_reason": "tool_use", "container": {"id": "c", "expires_at": "later"}}),
        json!({"stop_reason": "bored", "stop_sequence": "x", "context_management": null}),
        json!({"stop_reason": "refusal",
            "stop_details": {"type": "refusal", "category": "cyber", "explanation": null}}),
    ];
    let usages = [
        json!({"input_tokens": 0, "output_tokens": 0}),
        json!({"input_tokens": 7, "output_tokens": 9, "cache_read_input_tokens": null, "service_tier": "batch",
            "output_tokens_details": {"thinking_tokens": 3}}),
        json!({"input_tokens": 1, "output_tokens": 2, "cache_creation_input_tokens": 5,
            "new": payload(random, 4)}),
    ];
    let content: Value = (0..random.below(5)).map(|_| block(random)).collect();
    let mut message = json!({"type": "message", "id": "m", "role": "assistant", "model": "m",
        "content": content, "usage": random.pick(&usages)});
    message.as_object_mut().unwrap().extend(random.pick(&stops).as_object().unwrap().clone());
    serde_json::from_str(&extended(message, random).to_string()).unwrap()
}

/// Encodes `event` and decodes the frame.
fn travel(event: &StreamEvent) -> Vec<StreamEvent> {
    let sse = encode(event);
    assert!(sse.ends_with("\n\n") && sse.matches('\n').count() <= 3);
    decode(sse)
}

/// Any event, most of them unusual in some way.
fn event(random: &mut Random) -> StreamEvent {
    let index = if random.one_in(5) { random.number() } else { random.below(4) as u64 };
    let event = match random.below(14) {
        0 => json!({"type": "message_start", "message": message(random)}),
        1..=3 => json!({"type": "content_block_start", "index": index, "content_block": block(random)}),
        4..=7 => json!({"type": "content_block_delta", "index": index, "delta": delta(random)}),
        8 | 9 => json!({"type": "content_block_stop", "index": index}),
        10 => json!({"type": "message_delta", "usage": {"output_tokens": 3, "speed": "fast", "new": {}},
            "delta": {"stop_reason": random.pick(&["tool_use", "max_tokens"]), "new": 1}}),
        11 => json!({"type": "message_stop"}),
        12 => json!({"type": "ping"}),
        _ => json!({"type": "weather\nevent: evil", "a": payload(random, 4)}),
    };
    serde_json::from_str(&event.to_string()).unwrap()
}

fn delta(random: &mut Random) -> Value {
    match random.below(7) {
        0 => json!({"type": "text_delta", "text": text(random)}),
        1 => {
            let pieces = ["{", "}", "\"", "a", ":", "1", ",", "[", " ", "]"];
            let json: String = (0..random.below(6)).map(|_| *random.pick(&pieces)).collect();
            json!({"type": "input_json_delta", "partial_json": json})
        }
        2 => json!({"type": "thinking_delta", "thinking": text(random)}),
        3 => json!({"type": "signature_delta", "signature": text(random)}),
        4 => json!({"type": "citations_delta", "citation": {"type": "x", "a": payload(random, 4)}}),
        5 => json!({"type": "compaction_delta", "content": "c"}),
        _ => json!({"type": "hologram_delta", "a": payload(random, 4)}),
    }
}

#[test]
fn the_events_of_a_message_add_up_to_it() {
    let mut random = Random::new(1);
    for _ in 0..1000 {
        let message = message(&mut random);
        assert_replays(&message);
        let travelled = replay(message.clone()).flat_map(|event| travel(&event));
        assert_eq!(add_up(travelled), message);
    }
}

#[test]
fn an_encoded_event_decodes_to_itself() {
    let mut random = Random::new(2);
    for _ in 0..1000 {
        let event = event(&mut random);
        assert_eq!(travel(&event), [event]);
    }
}

#[test]
fn any_events_add_up_or_fail_without_a_panic() {
    let mut random = Random::new(3);
    for round in 0..1000 {
        let lenient = round % 2 == 0;
        let start = json!({"type": "message_start", "message": message(&mut random)});
        let mut events: Vec<StreamEvent> = vec![serde_json::from_value(start).unwrap()];
        events.extend((0..random.below(20)).map(|_| event(&mut random)));
        let mut accumulator = Accumulator::new().lenient(lenient);
        for event in &events {
            let before = accumulator.message().cloned();
            if accumulator.push(event).is_err() {
                assert!(!lenient, "{events:?}");
                if !matches!(event, StreamEvent::MessageStop(_)) {
                    assert_eq!(accumulator.message(), before.as_ref(), "{events:?}");
                }
            }
        }
        if let Ok(message) = accumulator.into_message() {
            assert_eq!(add_up(replay(message.clone())), message);
        }
    }
}

#[test]
fn events_are_the_same_however_the_stream_is_cut() {
    let mut random = Random::new(4);
    for _ in 0..1000 {
        let events: Vec<_> = (0..1 + random.below(5)).map(|_| event(&mut random)).collect();
        let mut rest = bytes::Bytes::from(events.iter().map(encode).collect::<String>());
        let mut decoder = EventDecoder::new();
        let mut decoded = Vec::new();
        while !rest.is_empty() {
            let size = 1 + random.below(39);
            decoder.push(rest.split_to(rest.len().min(size)));
            while let Some(event) = decoder.next().unwrap() {
                decoded.push(event);
            }
        }
        assert_eq!(decoded, events);
    }
}

#[test]
fn raw_json_with_line_breaks_stays_in_its_line() {
    let input = Json::parse("{\n\"a\" : [1,\r\n 2],\r \"b\": \"c\\nd\"}").unwrap();
    let message: Message =
        serde_json::from_value(json!({"type": "message", "id": "m", "role": "assistant", "model": "m",
        "content": [], "usage": {"input_tokens": 1, "output_tokens": 1}}))
        .unwrap();
    let mut message = message;
    message.content = vec![messages_api::ToolUseBlock::new("t", "f", input).into()];
    let travelled = replay(message.clone()).flat_map(|event| travel(&event));
    assert_eq!(add_up(travelled), message);
}

/// The text of a JSON string, with escapes in every form and some mistakes.
fn json_string(random: &mut Random) -> String {
    let escapes = ["\\n", "\\\"", "\\\\", "\\/", "\\t", "\\r", "\\b", "\\f"];
    let numbers = ["\\u000a", "\\u00e9", "\\ud83d\\ude00", "\\u0000"];
    let mistakes = ["\t", "\u{1}", "\\ud83d", "\\x", "\\", "\"", "\\u12"];
    (0..random.below(8))
        .map(|_| match random.below(11) {
            0..=3 => {
                let text = random.text(8);
                text.replace(|char: char| char.is_control() || char == '"' || char == '\\', "")
            }
            4..=7 => (*random.pick(&escapes)).to_owned(),
            8 | 9 => (*random.pick(&numbers)).to_owned(),
            _ => (*random.pick(&mistakes)).to_owned(),
        })
        .collect()
}

const DELTAS: [(&str, &str); 5] = [
    ("text_delta", "text"),
    ("input_json_delta", "partial_json"),
    ("thinking_delta", "thinking"),
    ("signature_delta", "signature"),
    ("text_delta", "thinking"),
];

/// The decoder reads most deltas without serde.
#[test]
fn deltas_are_read_as_serde_reads_them() {
    let indexes = ["0", "7", "10", "007", "", "-1", "1.0", "18446744073709551615", "18446744073709551616"];
    let ends = ["}}", "}   }", "} } ", "}", "}}}", ",\"a\":1}}", "}\t}", "},\"a\":1}"];
    let mut random = Random::new(5);
    for _ in 0..4000 {
        let (kind, field) = random.pick(&DELTAS);
        let (index, text, end) = (random.pick(&indexes), json_string(&mut random), random.pick(&ends));
        let data = format!(
            "{{\"type\":\"content_block_delta\",\"index\":{index},\"delta\":{{\"type\":\"{kind}\",\"{field}\":\"{text}\"{end}"
        );
        let expected = serde_json::from_str::<StreamEvent>(&data);
        let mut decoder = EventDecoder::new().strict(true);
        decoder.push(format!("event: content_block_delta\ndata: {data}\n\n"));
        assert_eq!(decoder.next().ok(), expected.ok().map(Some), "{data}");
    }
}

#[test]
fn events_are_written_as_serde_writes_them() {
    let extras =
        [json!({}), json!({"estimated_tokens": null}), json!({"estimated_tokens": 3}), json!({"new": 1})];
    let mut random = Random::new(6);
    for _ in 0..1000 {
        let (kind, field) = random.pick(&DELTAS[..4]);
        let (index, text, extra) = (random.number(), random.text(100), random.pick(&extras));
        let mut delta = json!({"type": kind, *field: text});
        delta.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        for event in [
            json!({"type": "content_block_delta", "index": index, "delta": delta}),
            json!({"type": "content_block_stop", "index": index, "new": extra}),
            json!({"type": "content_block_stop", "index": index}),
            json!({"type": "message_stop"}),
            json!({"type": "message_stop", "new": text}),
            json!({"type": "ping"}),
            json!({"type": "ping", "new": text}),
        ] {
            let event: StreamEvent = serde_json::from_value(event).unwrap();
            let json = serde_json::to_string(&event).unwrap();
            let expected = format!("event: {}\ndata: {json}\n\n", event.type_name());
            assert_eq!(encode(&event), expected);
        }
    }
}
