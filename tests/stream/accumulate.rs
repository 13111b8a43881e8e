//! The accumulator: events in order, out of order, and over the limit.

use messages_api::stream::{AccumulateError, Accumulator};
use messages_api::{ContentBlock, StreamEvent};
use serde_json::{Value, json};

use crate::common::decode;

fn start() -> Value {
    json!({"type": "message_start", "message": {"type": "message", "id": "m", "role": "assistant", "model": "m",
        "content": [], "stop_reason": null, "stop_sequence": null, "usage": {"input_tokens": 3, "output_tokens": 1}}})
}

fn start_of(id: &str) -> Value {
    let mut event = start();
    event["message"]["id"] = id.into();
    event
}

fn error() -> Value {
    json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})
}

fn block(index: u64, block: Value) -> Value {
    json!({"type": "content_block_start", "index": index, "content_block": block})
}

fn text(index: u64) -> Value {
    block(index, json!({"type": "text", "text": ""}))
}

fn tool(index: u64) -> Value {
    block(index, json!({"type": "tool_use", "id": "t", "name": "f", "input": {}}))
}

fn delta(index: u64, delta: Value) -> Value {
    json!({"type": "content_block_delta", "index": index, "delta": delta})
}

fn more_text(index: u64) -> Value {
    delta(index, json!({"type": "text_delta", "text": "a"}))
}

fn input(index: u64, text: &str) -> Value {
    delta(index, json!({"type": "input_json_delta", "partial_json": text}))
}

fn stop(index: u64) -> Value {
    json!({"type": "content_block_stop", "index": index})
}

fn end(stop_reason: &str) -> Value {
    json!({"type": "message_delta", "delta": {"stop_reason": stop_reason}, "usage": {"output_tokens": 5}})
}

fn message_stop() -> Value {
    json!({"type": "message_stop"})
}

pub(crate) fn push_all(
    mut accumulator: Accumulator,
    events: &[Value],
) -> (Accumulator, Result<(), AccumulateError>) {
    for event in events {
        // Only the decoder reads an event without a type.
        let [event] = &decode(format!("data: {event}\n\n"))[..] else { panic!("{event}") };
        if let Err(error) = accumulator.push(event) {
            return (accumulator, Err(error));
        }
    }
    (accumulator, Ok(()))
}

#[test]
fn events_out_of_order_are_errors_unless_lenient() {
    let cases: &[(&str, Vec<Value>)] = &[
        ("block before start", vec![text(0)]),
        ("delta before start", vec![more_text(0)]),
        ("stop before start", vec![message_stop()]),
        ("second start with the same id", vec![start(), start()]),
        ("second start with another id", vec![start(), start_of("m2")]),
        ("second start without an id", vec![start_of(""), start_of("")]),
        ("second start that begins again", vec![start(), text(0), start(), text(0)]),
        ("first index not 0", vec![start(), text(1)]),
        ("index gap", vec![start(), text(0), stop(0), text(2)]),
        ("duplicate index", vec![start(), text(0), stop(0), text(0)]),
        ("huge index", vec![start(), text(4_000_000_000)]),
        ("delta for no block", vec![start(), more_text(0)]),
        ("delta for a huge index", vec![start(), text(0), more_text(u64::MAX)]),
        ("stop for no block", vec![start(), stop(0)]),
        ("delta after stop", vec![start(), text(0), stop(0), more_text(0)]),
        ("second stop", vec![start(), text(0), stop(0), stop(0)]),
        ("wrong delta", vec![start(), text(0), input(0, "{}")]),
        ("text for a tool", vec![start(), tool(0), more_text(0)]),
        ("block after message_stop", vec![start(), message_stop(), text(0)]),
        ("second message_stop", vec![start(), message_stop(), message_stop()]),
        ("error after message_stop", vec![start(), message_stop(), error()]),
        ("no type", vec![start(), json!({"untyped": true})]),
        (
            "input is not JSON",
            vec![start(), tool(0), input(0, "{\"a\": nope}"), stop(0), end("tool_use"), message_stop()],
        ),
    ];
    for (name, events) in cases {
        assert!(push_all(Accumulator::new().strict(true), events).1.is_err(), "{name}");
        assert!(push_all(Accumulator::new().lenient(true), events).1.is_ok(), "{name}");
        let (accumulator, result) = push_all(Accumulator::new(), events);
        assert_eq!(result.is_ok(), HARMLESS.contains(name), "{name}");
        assert!(result.is_err() || accumulator.deviations().len() == 1, "{name}");
    }
    for name in HARMLESS {
        assert!(cases.iter().any(|(case, _)| case == name), "{name}");
    }
}

/// The faults by which nothing is lost.
const HARMLESS: &[&str] = &[
    "second start with the same id",
    "stop for no block",
    "second stop",
    "wrong delta",
    "text for a tool",
    "block after message_stop",
    "second message_stop",
    "error after message_stop",
    "no type",
];

#[test]
fn an_error_event_is_an_error_even_if_lenient() {
    let (accumulator, result) = push_all(Accumulator::new().lenient(true), &[start(), error()]);
    assert!(matches!(result, Err(AccumulateError::Api(error)) if error.status().as_u16() == 529));
    assert!(accumulator.message().is_some());
}

#[test]
fn a_tool_input_is_read_when_its_block_stops() {
    let events = [start(), tool(0), input(0, ""), input(0, "{\"b\": 1.0,"), input(0, "\"a\":2}")];
    let (mut accumulator, result) = push_all(Accumulator::new(), &events);
    result.unwrap();
    assert_eq!(accumulator.partial_input(0), Some("{\"b\": 1.0,\"a\":2}"));
    let stop: StreamEvent = serde_json::from_value(stop(0)).unwrap();
    accumulator.push(&stop).unwrap();
    assert_eq!(accumulator.partial_input(0), None);
    let Some(ContentBlock::ToolUse(block)) = accumulator.message().unwrap().content.first() else { panic!() };
    assert_eq!(block.input.as_raw_str(), "{\"b\": 1.0,\"a\":2}");
}

fn cut_input(piece: &str, stop_reason: &str) -> (Accumulator, Result<(), AccumulateError>) {
    let events = [start(), tool(0), input(0, piece), stop(0), end(stop_reason), message_stop()];
    push_all(Accumulator::new(), &events)
}

#[test]
fn of_a_tool_input_that_was_cut_the_complete_part_is_kept() {
    for stop_reason in ["max_tokens", "model_context_window_exceeded", "stop_sequence", "refusal"] {
        let (accumulator, result) = cut_input("{\"a\": [1], \"b\": \"xy", stop_reason);
        result.unwrap();
        assert_eq!(accumulator.partial_input(0), Some("{\"a\": [1], \"b\": \"xy"));
        let message = accumulator.into_message().unwrap();
        assert_eq!(message.tool_uses().next().unwrap().input.as_raw_str(), "{\"a\": [1]}");
    }
    let (accumulator, result) = cut_input("\"xy", "max_tokens");
    result.unwrap();
    assert_eq!(accumulator.into_message().unwrap().tool_uses().next().unwrap().input.as_raw_str(), "{}");
}

#[test]
fn a_tool_input_may_be_cut_within_a_number() {
    for number in ["-", "-1.", "1e", "1e+", "2.5E-"] {
        let (accumulator, result) = cut_input(&format!("{{\"a\":[1,{number}"), "max_tokens");
        result.unwrap();
        let message = accumulator.into_message().unwrap();
        assert_eq!(message.tool_uses().next().unwrap().input.as_raw_str(), "{\"a\":[1]}", "{number}");
        assert!(cut_input(number, "end_turn").1.is_err());
    }
}

#[test]
fn an_incomplete_tool_input_of_a_complete_message_is_an_error_with_its_text() {
    for (piece, stop_reason, index) in
        [("{\"a\": 1", "tool_use", 0), ("{\"a\": 1", "end_turn", 0), ("{\"a\": nope}", "max_tokens", 0)]
    {
        let (accumulator, result) = cut_input(piece, stop_reason);
        let text = piece.to_owned();
        assert_eq!(result, Err(AccumulateError::InvalidInput { index, text }), "{piece}");
        let reason = &accumulator.message().unwrap().stop_reason;
        assert_eq!(reason.as_ref().map(|reason| reason.as_str()), Some(stop_reason));
        assert_eq!(accumulator.partial_input(0), Some(piece));
        assert!(!accumulator.is_complete());
        assert_eq!(accumulator.into_message(), Err(AccumulateError::Incomplete));
    }
}

#[test]
fn a_tool_input_may_be_cut_before_another_model_takes_over() {
    let fallback = json!({"type": "fallback", "from": {"model": "a"}, "to": {"model": "b"}});
    for (before, after, failed) in
        [("{\"a\":1,", "{}", None), ("{}", "{\"a\":1,", Some(2)), ("{]", "{}", Some(0))]
    {
        let events = [
            start(),
            tool(0),
            input(0, before),
            stop(0),
            block(1, fallback.clone()),
            stop(1),
            tool(2),
            input(2, after),
            stop(2),
            end("tool_use"),
            message_stop(),
        ];
        let (accumulator, result) = push_all(Accumulator::new(), &events);
        match failed {
            None => {
                let inputs = accumulator.message().unwrap().tool_uses().map(|call| call.input.as_raw_str());
                assert_eq!(inputs.collect::<Vec<_>>(), ["{\"a\":1}", "{}"]);
            }
            Some(index) => {
                let text = if index == 0 { before } else { after }.to_owned();
                assert_eq!(result, Err(AccumulateError::InvalidInput { index, text }));
            }
        }
    }
}

#[test]
fn a_tool_input_is_read_even_if_its_block_never_stops() {
    let events = [start(), tool(0), input(0, "{\"a\":1}"), end("tool_use"), message_stop()];
    let (accumulator, result) = push_all(Accumulator::new(), &events);
    result.unwrap();
    assert_eq!(
        accumulator.into_message().unwrap().tool_uses().next().unwrap().input.as_raw_str(),
        "{\"a\":1}"
    );
}

#[test]
fn every_type_of_tool_use_block_takes_its_input() {
    for call in [
        json!({"type": "server_tool_use", "id": "t", "name": "web_search", "input": {}}),
        json!({"type": "mcp_tool_use", "id": "t", "name": "f", "server_name": "s", "input": {}}),
        json!({"type": "quantum_tool_use", "z": 1.0, "input": {}, "a": [null]}),
    ] {
        let mut expected = call.clone();
        expected["input"] = json!({"q": [1]});
        let events = [start(), block(0, call), input(0, "{\"q\":"), input(0, "[1]}"), stop(0)];
        let (accumulator, result) = push_all(Accumulator::new(), &events);
        result.unwrap();
        assert_eq!(serde_json::to_value(&accumulator.message().unwrap().content[0]).unwrap(), expected);
    }
}

#[test]
fn a_compaction_delta_replaces_unless_null() {
    let compaction = json!({"type": "compaction", "content": null, "encrypted_content": "old"});
    let grown = json!({"type": "compaction_delta", "content": "c", "encrypted_content": null});
    let events = [start(), block(0, compaction), delta(0, grown), stop(0)];
    let (accumulator, result) = push_all(Accumulator::new(), &events);
    result.unwrap();
    let content = serde_json::to_value(&accumulator.message().unwrap().content).unwrap();
    assert_eq!(content, json!([{"type": "compaction", "content": "c", "encrypted_content": "old"}]));
}

#[test]
fn blocks_may_interleave_and_unknown_events_do_no_harm() {
    let future = json!({"type": "hologram_delta", "z": 1});
    let events = [
        json!({"type": "ping"}),
        start(),
        text(0),
        block(1, json!({"type": "hologram", "size": 1.0})),
        text(2),
        more_text(2),
        more_text(0),
        more_text(1),
        delta(0, future),
        json!({"type": "weather", "sunny": true}),
        stop(2),
        more_text(0),
        stop(0),
        end("max_tokens"),
        end("end_turn"),
        message_stop(),
        json!({"type": "ping"}),
    ];
    let (accumulator, result) = push_all(Accumulator::new(), &events);
    result.unwrap();
    let message = accumulator.into_message().unwrap();
    assert_eq!(message.stop_reason.as_ref().map(|reason| reason.as_str()), Some("end_turn"));
    assert_eq!(
        serde_json::to_value(&message.content).unwrap(),
        json!([{"type": "text", "text": "aa"}, {"type": "hologram", "size": 1.0}, {"type": "text", "text": "a"}])
    );
}

#[test]
fn a_lenient_accumulator_assigns_events_to_their_blocks() {
    let events = [
        more_text(0),
        start(),
        start(),
        text(7),
        more_text(7),
        text(7),
        more_text(7),
        stop(7),
        more_text(7),
        more_text(3),
        input(7, "{}"),
        tool(9),
        input(9, "{\"a\": 1, \"b\""),
        stop(9),
        end("tool_use"),
        message_stop(),
        more_text(7),
        message_stop(),
    ];
    let (accumulator, result) = push_all(Accumulator::new().lenient(true), &events);
    result.unwrap();
    let message = accumulator.into_message().unwrap();
    assert_eq!(message.text(), "aaa");
    let texts: Vec<_> = message.content.iter().map(|block| serde_json::to_value(block).unwrap()).collect();
    assert_eq!((&texts[0]["text"], &texts[1]["text"]), (&json!("a"), &json!("aa")));
    assert_eq!(texts[2]["input"], json!({"a": 1}));
}

#[test]
fn the_message_is_limited_in_size() {
    let mut accumulator = push_all(Accumulator::new().max_bytes(4000), &[start(), text(0)]).0;
    let event: StreamEvent = serde_json::from_value(more_text(0)).unwrap();
    let count = (0..).take_while(|_| accumulator.push(&event).is_ok()).count();
    assert!((1000..3500).contains(&count), "{count}");
    assert_eq!(accumulator.push(&event), Err(AccumulateError::TooLarge { limit: 4000 }));
    assert_eq!(accumulator.message().unwrap().text().len(), count);
    for many in [
        text(1),
        end("end_turn"),
        delta(0, json!({"type": "citations_delta", "citation": {"type": "x", "a": 1}})),
    ] {
        let mut accumulator = push_all(Accumulator::new().max_bytes(4000), &[start(), text(0)]).0;
        let mut failed = false;
        for index in 1..1000 {
            let mut many = many.clone();
            if many["type"] == "content_block_start" {
                many["index"] = index.into();
            }
            failed |= accumulator.push(&serde_json::from_value(many).unwrap()).is_err();
        }
        assert!(failed);
    }
}

#[test]
fn known_fields_in_unusual_places_are_kept() {
    let end = json!({"type": "message_delta",
        "delta": {"stop_reason": "end_turn", "context_management": {"applied_edits": []}, "content": [], "id": "evil"},
        "usage": {"output_tokens": 9, "service_tier": "batch", "speed": null,
            "cache_creation": {"ephemeral_5m_input_tokens": 1, "ephemeral_1h_input_tokens": 2}},
        "container": {"id": "c", "expires_at": "later"}, "stop_sequence": "x"});
    let (accumulator, result) = push_all(Accumulator::new(), &[start(), text(0), end, message_stop()]);
    result.unwrap();
    let message = serde_json::to_value(accumulator.into_message().unwrap()).unwrap();
    assert_eq!((&message["id"], message["content"].as_array().unwrap().len()), (&json!("m"), 1));
    assert_eq!((&message["container"]["id"], &message["stop_sequence"]), (&json!("c"), &json!("x")));
    assert_eq!(message["context_management"], json!({"applied_edits": []}));
    assert_eq!((&message["usage"]["service_tier"], message["usage"].get("speed")), (&json!("batch"), None));
    assert_eq!(message["usage"]["cache_creation"]["ephemeral_1h_input_tokens"], 2);
}

#[test]
fn known_fields_of_the_wrong_type_in_unusual_places_are_errors() {
    for (path, fields) in [
        ("delta.context_management: ", json!({"delta": {"context_management": 5}})),
        (
            "delta.context_management.applied_edits: ",
            json!({"delta": {"context_management": {"applied_edits": 5}}}),
        ),
        ("delta.diagnostics: ", json!({"delta": {"diagnostics": "slow"}})),
        ("delta.input_transformations: ", json!({"delta": {"input_transformations": {}}})),
        ("usage.speed: ", json!({"usage": {"speed": 5}})),
        ("usage.service_tier: ", json!({"usage": {"service_tier": []}})),
        ("usage.inference_geo: ", json!({"usage": {"inference_geo": 1}})),
        (
            "usage.cache_creation.ephemeral_1h_input_tokens: ",
            json!({"usage": {"cache_creation": {"ephemeral_1h_input_tokens": "2"}}}),
        ),
        ("stop_reason: ", json!({"stop_reason": 5})),
        ("stop_sequence: ", json!({"stop_sequence": ["x"]})),
        ("stop_details: ", json!({"stop_details": true})),
        ("container: ", json!({"container": "c"})),
        ("diagnostics: ", json!({"diagnostics": 1})),
    ] {
        let mut end =
            json!({"type": "message_delta", "delta": {}, "context_management": {"applied_edits": []}});
        end.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        for accumulator in [Accumulator::new(), Accumulator::new().lenient(true)] {
            let (before, _) = push_all(accumulator, &[start(), text(0), more_text(0)]);
            let (accumulator, result) = push_all(before.clone(), &[end.clone()]);
            let Err(AccumulateError::WrongField(problem)) = result else { panic!("{path}{result:?}") };
            assert!(problem.starts_with(path), "{path}{problem}");
            assert_eq!(accumulator.message(), before.message());
        }
    }
}

#[test]
fn the_last_usage_counts_and_unknown_fields_are_merged() {
    let end = json!({"type": "message_delta",
        "delta": {"stop_reason": "end_turn", "container": {"id": "c", "expires_at": "later"}, "new_1": 1, "new_null": null},
        "usage": {"output_tokens": 9, "input_tokens": null, "cache_read_input_tokens": 0, "new_2": {"a": 1}},
        "context_management": {"applied_edits": []}, "new_3": true});
    let (accumulator, result) = push_all(Accumulator::new(), &[start(), end, message_stop()]);
    result.unwrap();
    let message = serde_json::to_value(accumulator.into_message().unwrap()).unwrap();
    assert_eq!(
        message["usage"],
        json!({"input_tokens": 3, "output_tokens": 9, "cache_read_input_tokens": 0, "new_2": {"a": 1}})
    );
    assert_eq!(message["container"]["id"], "c");
    assert_eq!(message["context_management"], json!({"applied_edits": []}));
    assert_eq!((&message["new_1"], &message["new_3"]), (&json!(1), &json!(true)));
    assert!(message.get("new_null").is_none());
}

#[test]
fn a_fallback_changes_the_model() {
    let fallback = json!({"type": "fallback", "from": {"model": "a"}, "to": {"model": "b"}});
    let (accumulator, result) = push_all(Accumulator::new(), &[start(), block(0, fallback), stop(0)]);
    result.unwrap();
    assert_eq!(accumulator.message().unwrap().model, "b");
}

#[test]
fn a_tool_input_of_a_megabyte_may_come_in_small_pieces() {
    let text = format!("{{\"a\":\"{}\"}}", "x".repeat(1 << 20));
    let mut accumulator = push_all(Accumulator::new(), &[start(), tool(0)]).0;
    for piece in text.as_bytes().chunks(8) {
        let event = serde_json::from_value(input(0, std::str::from_utf8(piece).unwrap())).unwrap();
        accumulator.push(&event).unwrap();
    }
    let (accumulator, result) = push_all(accumulator, &[stop(0), end("tool_use"), message_stop()]);
    result.unwrap();
    assert_eq!(accumulator.into_message().unwrap().tool_uses().next().unwrap().input.as_raw_str(), text);
}
