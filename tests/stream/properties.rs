//! Properties of any message and of any events.

use messages_api::stream::{Accumulator, EventDecoder, replay};
use messages_api::{Json, Message, StreamEvent};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::common::{add_up, assert_replays, decode, encode};

/// Any JSON.
fn payload() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,6}".prop_map(Value::from),
        Just(Value::from("a\n\r\u{2028}\"\\")),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,3}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "\\PC{0,20}", Just("a\n\ndata: b".to_owned())]
}

fn block() -> impl Strategy<Value = Value> {
    let citations = prop_oneof![
        Just(Value::Null),
        prop::collection::vec(payload(), 0..3).prop_map(|list| list
            .iter()
            .map(|value| json!({"type": "future_location", "a": value}))
            .collect()),
    ];
    let known = prop_oneof![
        (text(), citations).prop_map(|(text, list)| json!({"type": "text", "text": text, "citations": list})),
        text().prop_map(|text| json!({"type": "text", "text": text})),
        (text(), text()).prop_map(
            |(text, signature)| json!({"type": "thinking", "thinking": text, "signature": signature})
        ),
        text().prop_map(|data| json!({"type": "redacted_thinking", "data": data})),
        (text(), payload())
            .prop_map(|(id, input)| json!({"type": "tool_use", "id": id, "name": "f", "input": input})),
        payload().prop_map(
            |input| json!({"type": "server_tool_use", "id": "s", "name": "web_search", "input": input})
        ),
        payload().prop_map(|input| json!({"type": "future_tool_use", "input": input, "z": 1.50})),
        Just(json!({"type": "future_tool_use", "z": null})),
        (text(), text()).prop_map(|(content, encrypted)| {
            json!({"type": "compaction", "content": content, "encrypted_content": encrypted})
        }),
        Just(json!({"type": "compaction", "content": null})),
        payload().prop_map(|value| json!({"type": "hologram", "a": value})),
    ];
    (known, prop::option::of(payload())).prop_map(|(mut block, extra)| {
        if let Some(extra) = extra {
            block["new_field"] = extra;
        }
        block
    })
}

fn message() -> impl Strategy<Value = Message> {
    let stop = prop_oneof![
        Just(json!({"stop_reason": null})),
        Just(json!({"stop_reason": "end_turn", "stop_sequence": null})),
        Just(json!({"stop_reason": "tool_use", "container": {"id": "c", "expires_at": "later"}})),
        Just(json!({"stop_reason": "bored", "stop_sequence": "x", "context_management": null})),
        Just(
            json!({"stop_reason": "refusal", "stop_details": {"type": "refusal", "category": "cyber", "explanation": null}})
        ),
    ];
    let usage = prop_oneof![
        Just(json!({"input_tokens": 0, "output_tokens": 0})),
        Just(json!({"input_tokens": 7, "output_tokens": 9, "cache_read_input_tokens": null, "service_tier": "batch",
            "output_tokens_details": {"thinking_tokens": 3}})),
        payload().prop_map(|value| json!({"input_tokens": 1, "output_tokens": 2, "cache_creation_input_tokens": 5, "new": value})),
    ];
    (prop::collection::vec(block(), 0..5), stop, usage, prop::option::of(payload())).prop_map(
        |(content, stop, usage, extra)| {
            let mut message = json!({"type": "message", "id": "m", "role": "assistant", "model": "m",
                "content": content, "usage": usage});
            message.as_object_mut().unwrap().extend(stop.as_object().unwrap().clone());
            if let Some(extra) = extra {
                message["new_field"] = extra;
            }
            serde_json::from_str(&message.to_string()).unwrap()
        },
    )
}

/// Encodes `event` and decodes the frame.
fn travel(event: &StreamEvent) -> Vec<StreamEvent> {
    let sse = encode(event);
    assert!(sse.ends_with("\n\n") && sse.matches('\n').count() <= 3);
    decode(sse)
}

/// Any event, most of them unusual in some way.
fn event() -> impl Strategy<Value = StreamEvent> {
    let index = prop_oneof![4 => 0_u64..4, 1 => any::<u64>()];
    let delta = prop_oneof![
        text().prop_map(|text| json!({"type": "text_delta", "text": text})),
        "[{}\"a:1,\\[ \\]]{0,5}".prop_map(|text| json!({"type": "input_json_delta", "partial_json": text})),
        text().prop_map(|text| json!({"type": "thinking_delta", "thinking": text})),
        text().prop_map(|text| json!({"type": "signature_delta", "signature": text})),
        payload().prop_map(|value| json!({"type": "citations_delta", "citation": {"type": "x", "a": value}})),
        Just(json!({"type": "compaction_delta", "content": "c"})),
        payload().prop_map(|value| json!({"type": "hologram_delta", "a": value})),
    ];
    let event = prop_oneof![
        1 => message().prop_map(|message| json!({"type": "message_start", "message": message})),
        3 => (index.clone(), block()).prop_map(|(index, block)| json!({"type": "content_block_start", "index": index, "content_block": block})),
        4 => (index.clone(), delta).prop_map(|(index, delta)| json!({"type": "content_block_delta", "index": index, "delta": delta})),
        2 => index.prop_map(|index| json!({"type": "content_block_stop", "index": index})),
        1 => prop_oneof![Just("tool_use"), Just("max_tokens")].prop_map(|reason| json!({"type": "message_delta",
            "delta": {"stop_reason": reason, "new": 1}, "usage": {"output_tokens": 3, "speed": "fast", "new": {}}})),
        1 => Just(json!({"type": "message_stop"})),
        1 => Just(json!({"type": "ping"})),
        1 => payload().prop_map(|value| json!({"type": "weather\nevent: evil", "a": value})),
    ];
    event.prop_map(|event| serde_json::from_str(&event.to_string()).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn the_events_of_a_message_add_up_to_it(message in message()) {
        assert_replays(&message);
        let travelled = replay(message.clone()).flat_map(|event| travel(&event));
        prop_assert_eq!(add_up(travelled), message);
    }

    #[test]
    fn an_encoded_event_decodes_to_itself(event in event()) {
        prop_assert_eq!(travel(&event), [event]);
    }

    #[test]
    fn any_events_add_up_or_fail_without_a_panic(
        mut events in prop::collection::vec(event(), 0..20),
        start in message(),
        lenient in any::<bool>(),
    ) {
        let start = json!({"type": "message_start", "message": start});
        events.insert(0, serde_json::from_value(start).unwrap());
        let mut accumulator = Accumulator::new();
        if lenient {
            accumulator = accumulator.lenient(true);
        }
        for event in &events {
            let before = accumulator.message().cloned();
            match accumulator.push(event) {
                Ok(()) => {}
                Err(_) => {
                    prop_assert!(!lenient);
                    if !matches!(event, StreamEvent::MessageStop(_)) {
                        prop_assert_eq!(accumulator.message(), before.as_ref());
                    }
                }
            }
        }
        if let Ok(message) = accumulator.into_message() {
            prop_assert_eq!(add_up(replay(message.clone())), message);
        }
    }

    #[test]
    fn events_are_the_same_however_the_stream_is_cut(events in prop::collection::vec(event(), 1..6), sizes in prop::collection::vec(1_usize..40, 1..8)) {
        let sse: String = events.iter().map(encode).collect();
        let mut decoder = EventDecoder::new();
        let mut decoded = Vec::new();
        let mut rest = bytes::Bytes::from(sse);
        for size in sizes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            decoder.push(rest.split_to(rest.len().min(*size)));
            while let Some(event) = decoder.next().unwrap() {
                decoded.push(event);
            }
        }
        prop_assert_eq!(decoded, events);
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
fn json_string() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "\\PC{0,8}".prop_map(|text| text.replace(['"', '\\'], "")),
        4 => prop::sample::select(vec!["\\n", "\\\"", "\\\\", "\\/", "\\t", "\\r", "\\b", "\\f"]).prop_map(String::from),
        2 => prop::sample::select(vec!["\\u000a", "\\u00e9", "\\ud83d\\ude00", "\\u0000"]).prop_map(String::from),
        1 => prop::sample::select(vec!["\n", "\t", "\u{1}", "\\ud83d", "\\x", "\\", "\"", "\\u12"]).prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    /// The decoder reads most deltas without serde.
    #[test]
    fn deltas_are_read_as_serde_reads_them(
        kind in prop::sample::select(vec![
            ("text_delta", "text"), ("input_json_delta", "partial_json"), ("thinking_delta", "thinking"),
            ("signature_delta", "signature"), ("text_delta", "thinking"),
        ]),
        index in prop::sample::select(vec!["0", "7", "10", "007", "", "-1", "1.0", "18446744073709551615", "18446744073709551616"]),
        text in json_string(),
        end in prop::sample::select(vec!["}}", "}   }", "} } ", "}", "}}}", ",\"a\":1}}", "}\t}", "},\"a\":1}"]),
    ) {
        let (kind, field) = kind;
        let data = format!(
            "{{\"type\":\"content_block_delta\",\"index\":{index},\"delta\":{{\"type\":\"{kind}\",\"{field}\":\"{text}\"{end}"
        );
        prop_assume!(!data.contains(['\n', '\r']));
        let expected = serde_json::from_str::<StreamEvent>(&data);
        let mut decoder = EventDecoder::new().strict(true);
        decoder.push(format!("event: content_block_delta\ndata: {data}\n\n"));
        let read = decoder.next();
        prop_assert_eq!(read.ok(), expected.ok().map(Some));
    }

    #[test]
    fn events_are_written_as_serde_writes_them(
        kind in prop::sample::select(vec![
            ("text_delta", "text"), ("input_json_delta", "partial_json"), ("thinking_delta", "thinking"),
            ("signature_delta", "signature"),
        ]),
        index in any::<u64>(),
        text in prop_oneof![any::<String>(), "[\\x00-\\x7f]{0,100}"],
        extra in prop::sample::select(vec![
            json!({}), json!({"estimated_tokens": null}), json!({"estimated_tokens": 3}), json!({"new": 1}),
        ]),
    ) {
        let mut delta = json!({"type": kind.0, kind.1: text});
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
            prop_assert_eq!(encode(&event), expected);
        }
    }
}
