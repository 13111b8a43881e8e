//! The events that leave a checker.

use messages_api::stream::{AccumulateError, Accumulator, Checked, Checker, check, replay};
use messages_api::types::events::{
    ContentBlockDelta, ContentBlockDeltaEvent, ContentBlockStartEvent, ContentBlockStopEvent, InputJsonDelta,
    MessageDelta, MessageDeltaEvent, MessageStartEvent, MessageStopEvent, PingEvent, SignatureDelta,
    TextDelta, ThinkingDelta,
};
use messages_api::types::{ErrorObject, ErrorResponse, ThinkingBlock};
use messages_api::{
    ContentBlock, ErrorType, Json, Message, MessageDeltaUsage, StopReason, StreamEvent, ToolUseBlock, Usage,
};
use serde::de::DeserializeOwned;

use crate::random::Random;

fn json<T: DeserializeOwned>(json: &str) -> T {
    serde_json::from_str(json).unwrap()
}

/// Returns the event that a word stands for: a letter, and an index or a detail.
fn event(word: &str) -> StreamEvent {
    let (letter, rest) = word.split_at(1);
    let index = || rest.parse().unwrap();
    let block = |block: ContentBlock| ContentBlockStartEvent::new(index(), block).into();
    let delta = |delta: ContentBlockDelta| ContentBlockDeltaEvent::new(index(), delta).into();
    match letter {
        "S" => {
            MessageStartEvent::new(Message::new(format!("msg{rest}"), "m", vec![], Usage::new(7, 1))).into()
        }
        "T" => block(ContentBlock::text("")),
        "H" => block(ThinkingBlock::new("", "").into()),
        "U" => block(ToolUseBlock::new("toolu_1", "f", Json::empty_object()).into()),
        "V" => block(json(r#"{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{}}"#)),
        "C" => block(ToolUseBlock::new("toolu_1", "f", Json::parse(r#"{"a":1}"#).unwrap()).into()),
        "L" => block(ToolUseBlock::new("toolu_1", "f", Json::parse("null").unwrap()).into()),
        "A" => block(ContentBlock::text("a")),
        "B" => block(ThinkingBlock::new("a", "s").into()),
        "X" => block(json(r#"{"type":"new_block"}"#)),
        "F" => block(json(
            r#"{"type":"fallback","from":{"model":"m"},"to":{"model":"n"},"trigger":{"type":"refusal","category":null}}"#,
        )),
        "t" => delta(TextDelta::new("a").into()),
        "h" => delta(ThinkingDelta::new("a").into()),
        "g" => delta(SignatureDelta::new("a").into()),
        "s" => delta(SignatureDelta::new("").into()),
        "u" => delta(InputJsonDelta::new("{}").into()),
        "e" => delta(InputJsonDelta::new("").into()),
        "k" => delta(InputJsonDelta::new(r#"{"a":[1,"}"#).into()),
        "d" => delta(InputJsonDelta::new(r#""]}"#).into()),
        "n" => delta(InputJsonDelta::new("null").into()),
        "x" => delta(json(r#"{"type":"new_delta"}"#)),
        "z" => ContentBlockStopEvent::new(index()).into(),
        "M" => {
            let reason = if rest.is_empty() { "end_turn" } else { rest };
            MessageDeltaEvent::new(StopReason::from(reason).into(), MessageDeltaUsage::new(5)).into()
        }
        // Without a stop reason, and without a usage.
        "N" => MessageDeltaEvent::new(MessageDelta::new(), MessageDeltaUsage::new(6)).into(),
        "O" => json(r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"}}"#),
        "." => MessageStopEvent::new().into(),
        "p" => PingEvent::new().into(),
        "?" => json(r#"{"type":"new_event"}"#),
        "_" => crate::common::decode("data: {\"a\":1}\n\n").remove(0),
        "E" => ErrorResponse::new(ErrorObject::new(ErrorType::Overloaded, "")).into(),
        _ => panic!("{word}"),
    }
}

/// Returns the word for an event.
fn word(event: &StreamEvent) -> String {
    match event {
        StreamEvent::MessageStart(event) => event.message.id.replace("msg", "S"),
        StreamEvent::ContentBlockStart(event) => {
            let (letter, is_empty) = match &event.content_block {
                ContentBlock::Text(block) => ("T", block.text.is_empty()),
                ContentBlock::Thinking(block) => {
                    ("H", block.thinking.is_empty() && block.signature.is_empty())
                }
                ContentBlock::ToolUse(block) => ("U", block.input.as_raw_str() == "{}"),
                _ => ("X", true),
            };
            assert!(is_empty, "{event:?}");
            format!("{letter}{}", event.index)
        }
        StreamEvent::ContentBlockDelta(event) => {
            let letter = match &event.delta {
                ContentBlockDelta::Text(_) => "t",
                ContentBlockDelta::Thinking(_) => "h",
                ContentBlockDelta::Signature(_) => "g",
                ContentBlockDelta::InputJson(delta) => match &*delta.partial_json {
                    "" => "e",
                    r#"{"a":1}"# => "c",
                    r#"{"a":[1,"}"# => "k",
                    r#""]}"# => "d",
                    _ => "u",
                },
                _ => "x",
            };
            format!("{letter}{}", event.index)
        }
        StreamEvent::ContentBlockStop(event) => format!("z{}", event.index),
        StreamEvent::MessageDelta(event) => {
            let reason = event.delta.stop_reason.as_ref().expect("a stop reason").as_str();
            format!("M{reason}:{}", event.usage.as_ref().expect("a usage").output_tokens)
        }
        StreamEvent::MessageStop(_) => ".".to_owned(),
        StreamEvent::Ping(_) => "p".to_owned(),
        StreamEvent::Error(_) => "E".to_owned(),
        _ => "?".to_owned(),
    }
}

/// Passes events through a checker. A refusal is shown in parentheses.
fn leaving(events: &str) -> String {
    let (mut checker, mut words) = (Checker::new(), Vec::new());
    for event in events.split_whitespace().map(event) {
        match checker.push(&event) {
            Ok(Checked::Unchanged) => words.push(word(&event)),
            Ok(Checked::Replaced(events)) => words.extend(events.iter().map(word)),
            Ok(other) => panic!("{other:?}"),
            Err(error) => words.push(format!("({error})")),
        }
    }
    if let Err(error) = checker.finish() {
        assert_eq!(error, AccumulateError::Incomplete);
        words.push("…".to_owned());
    }
    words.join(" ")
}

#[test]
fn the_table_holds() {
    let rows = [
        ("whole", "S T0 t0 z0 U1 u1 z1 Mtool_use .", "S T0 t0 z0 U1 u1 z1 Mtool_use:5 ."),
        ("pings anywhere", "p S p T0 p t0 z0 p M p . p", "p S p T0 p t0 z0 p p Mend_turn:5 . p"),
        ("no content", "S M .", "S Mend_turn:5 ."),
        ("a block left open by the next", "S T0 t0 U1 u1 z1 M .", "S T0 t0 z0 U1 u1 z1 Mend_turn:5 ."),
        ("its late stop", "S T0 U1 z0 u1 z1 M .", "S T0 z0 U1 u1 z1 Mend_turn:5 ."),
        ("a block left open at the end", "S T0 t0 M .", "S T0 t0 z0 Mend_turn:5 ."),
        ("interleaved", "S T0 U1 t0 u1", "S T0 z0 U1 (the block at index 0 has already stopped) …"),
        ("a call left open by the next", "S U0 u0 U1 u1 z1 M .", "S U0 u0 z0 U1 u1 z1 Mend_turn:5 ."),
        (
            "interleaved calls",
            "S U0 U1 u0 u1 z0 z1 M .",
            "S U0 (the input of the tool call at index 0 is not complete) …",
        ),
        (
            "a call without its input left open",
            "S U0 e0 T1",
            "S U0 e0 (the input of the tool call at index 0 is not complete) …",
        ),
        (
            "a call that is cut",
            "S U0 k0 z0 Mtool_use .",
            "S U0 k0 (the input of the tool call at index 0 is not complete) …",
        ),
        (
            "a call that is cut and not stopped",
            "S U0 k0 Mtool_use .",
            "S U0 k0 (the input of the tool call at index 0 is not complete) …",
        ),
        (
            "a call that is cut before another block",
            "S U0 k0 z0 T1 z1 Mtool_use .",
            "S U0 k0 z0 T1 z1 (the input of the tool call at index 0 is not complete) …",
        ),
        (
            "and the stop reason says so later",
            "S U0 k0 z0 T1 z1 Mstop_sequence .",
            "S U0 k0 z0 T1 z1 Mstop_sequence:5 .",
        ),
        (
            "and without a stop reason",
            "S U0 k0 z0 .",
            "S U0 k0 (the input of the tool call at index 0 is not complete) …",
        ),
        (
            "and goes on after its stop",
            "S U0 k0 z0 d0",
            "S U0 k0 (the block at index 0 has already stopped) …",
        ),
        ("and followed by an error", "S U0 k0 z0 p E", "S U0 k0 p E"),
        ("and the stop reason is unknown", "S U0 k0 z0 Mnew .", "S U0 k0 z0 Mnew:5 ."),
        ("a call that is cut and that no client runs", "S V0 k0 z0 M .", "S X0 k0 z0 Mend_turn:5 ."),
        ("and the stop reason says so", "S U0 k0 z0 p Mmax_tokens .", "S U0 k0 p z0 Mmax_tokens:5 ."),
        ("and so without a stop", "S U0 k0 Mrefusal .", "S U0 k0 z0 Mrefusal:5 ."),
        (
            "and another model takes over",
            "S U0 k0 z0 F1 z1 T2 z2 M .",
            "S U0 k0 z0 X1 z1 T2 z2 Mend_turn:5 .",
        ),
        ("a call that is whole in two pieces", "S U0 k0 d0 z0 M .", "S U0 k0 d0 z0 Mend_turn:5 ."),
        ("a call with an input of null", "S U0 n0 z0 M .", "S U0 u0 z0 Mend_turn:5 ."),
        ("a second stop", "S T0 z0 z0 M .", "S T0 z0 Mend_turn:5 ."),
        ("a stop for no block", "S z3 T0 z0 M .", "S T0 z0 Mend_turn:5 ."),
        ("two message_delta", "S T0 z0 N Mmax_tokens .", "S T0 z0 Mmax_tokens:5 ."),
        ("the second without a reason", "S T0 z0 Mmax_tokens N .", "S T0 z0 Mmax_tokens:6 ."),
        ("content after message_delta", "S T0 z0 M T1 t1 z1 .", "S T0 z0 T1 t1 z1 Mend_turn:5 ."),
        ("message_delta within a block", "S T0 M t0 z0 .", "S T0 t0 z0 Mend_turn:5 ."),
        ("no message_delta", "S T0 z0 .", "S T0 z0 Mend_turn:1 ."),
        ("no message_delta after a call", "S U0 z0 .", "S U0 z0 Mtool_use:1 ."),
        ("no stop reason", "S U0 z0 N .", "S U0 z0 Mtool_use:6 ."),
        ("no usage", "S T0 z0 O .", "S T0 z0 Mend_turn:1 ."),
        ("text in the start", "S A0 t0 z0 M .", "S T0 t0 t0 z0 Mend_turn:5 ."),
        ("thinking in the start", "S B0 z0 M .", "S H0 h0 g0 z0 Mend_turn:5 ."),
        ("input in the start", "S C0 e0 z0 M .", "S U0 e0 c0 z0 Mend_turn:5 ."),
        ("and in a delta", "S C0 e0 u0 z0 M .", "S U0 e0 u0 z0 Mend_turn:5 ."),
        ("and left open by the next", "S C0 C1 u1 M .", "S U0 c0 z0 U1 u1 z1 Mend_turn:5 ."),
        ("and left open at the end", "S C0 M .", "S U0 c0 z0 Mend_turn:5 ."),
        ("and cut off", "S C0 E", "S U0 E"),
        (
            "and refused",
            "S C0 t0 z0 E",
            "S U0 (a `text_delta` does not belong to the `tool_use` block at index 0) E",
        ),
        ("an input of null", "S L0 u0 z0 L1 z1 M .", "S U0 u0 z0 U1 z1 Mend_turn:5 ."),
        ("an unknown stop reason", "S T0 z0 Mnew .", "S T0 z0 Mnew:5 ."),
        ("a second start", "S S T0 z0 S M . S", "S T0 z0 Mend_turn:5 ."),
        ("another start", "S T0 t0 S2 t0", "S T0 t0 (a second `message_start` arrived) …"),
        ("after the end", "S M . T0 t0 z0 M . ? E p", "S Mend_turn:5 . p"),
        ("unknown, in order", "S ? X0 x0 t0 ? z0 ? M ? .", "S ? X0 x0 t0 ? z0 ? ? Mend_turn:5 ."),
        ("unknown delta of a known block", "S T0 x0 z0 M .", "S T0 x0 z0 Mend_turn:5 ."),
        ("unknown before the start", "? p S M .", "p S Mend_turn:5 ."),
        ("untyped", "S _ T0 _ z0 M .", "S T0 z0 Mend_turn:5 ."),
        ("before the start", "T0", "(the event `content_block_start` arrived before `message_start`) …"),
        ("the end before the start", ".", "(the event `message_stop` arrived before `message_start`) …"),
        ("a gap", "S T0 z0 T2 t2", "S T0 z0 (a block started at index 2, expected index 1) …"),
        ("from 1", "S T1 t1 z1", "S (a block started at index 1, expected index 0) …"),
        ("an index again", "S T0 z0 T0", "S T0 z0 (a block started at index 0, expected index 1) …"),
        ("a delta for no block", "S t0", "S (no block has started at index 0) …"),
        ("an empty delta after the stop", "S H0 h0 T1 t1 s0 z0 z1 M .", "S H0 h0 z0 T1 t1 z1 Mend_turn:5 ."),
        ("a delta after the stop", "S T0 z0 t0", "S T0 z0 (the block at index 0 has already stopped) …"),
        (
            "wrong delta",
            "S T0 u0",
            "S T0 (a `input_json_delta` does not belong to the `text` block at index 0) …",
        ),
        ("thinking", "S H0 h0 g0 z0 T1 t1 z1 M .", "S H0 h0 g0 z0 T1 t1 z1 Mend_turn:5 ."),
        ("nothing", "", "…"),
        ("cut off", "S T0 t0", "S T0 t0 …"),
        ("cut off before message_stop", "S T0 t0 z0 M", "S T0 t0 z0 …"),
        ("an error first", "E S T0", "E"),
        ("an error within a block", "S T0 t0 E t0 z0 M .", "S T0 t0 E"),
        ("an error after message_delta", "S T0 t0 z0 M E .", "S T0 t0 z0 E"),
        ("an error within a block after message_delta", "S T0 M E", "S T0 E"),
        ("an error after a refusal", "S t0 T0 M . E", "S (no block has started at index 0) E"),
        ("two errors", "S E E", "S E"),
    ];
    let mut failures = 0;
    for (name, events, expected) in rows {
        let found = leaving(events);
        println!("{name:<45} {events:<36} {found}");
        if found != expected {
            println!("{:<45} {:<36} {expected}  EXPECTED", "", "");
            failures += 1;
        }
    }
    assert_eq!(failures, 0, "of {} rows", rows.len());
}

/// The blocks and the end of a message that is whole at its start leave as events of their own.
#[test]
fn content_in_the_start_leaves_as_blocks() {
    let content =
        vec![ContentBlock::text("hi"), ToolUseBlock::new("t", "f", Json::parse("[1]").unwrap()).into()];
    let mut message = Message::new("msg", "m", content, Usage::new(7, 9)).stop_reason(StopReason::MaxTokens);
    let start = || StreamEvent::from(MessageStartEvent::new(message.clone()));

    let events = check([start(), event(".")]).unwrap();
    assert_eq!(events, Vec::from_iter(replay(message.clone())));

    let more = ["T2", "t2", "z2", "Mtool_use", "."].map(event);
    let events = check([start()].into_iter().chain(more)).unwrap();
    let words: Vec<_> = events.iter().map(word).collect();
    assert_eq!(words.join(" "), "S T0 t0 z0 U1 u1 z1 T2 t2 z2 Mtool_use:5 .");
    message.content.push(ContentBlock::text("a"));
    message.stop_reason = Some(StopReason::ToolUse);
    message.usage.output_tokens = 5;
    let mut accumulator = Accumulator::new().strict(true);
    events.iter().for_each(|event| accumulator.push(event).unwrap());
    assert_eq!(accumulator.into_message().unwrap(), message);
}

#[test]
fn a_message_delta_that_is_alone_leaves_as_it_is() {
    let json = r#"{"type":"message_delta","delta":{"stop_reason":"end_turn","new":null},"usage":{"output_tokens":5,"b":1},"c":[]}"#;
    let delta: StreamEvent = serde_json::from_str(json).unwrap();
    let events = check([event("S"), delta, event(".")]).unwrap();
    assert_eq!(serde_json::to_string(&events[1]).unwrap(), json);
}

/// No field of any of them is lost, known or not, and the last value counts unless it is `null`.
#[test]
fn message_deltas_are_merged() {
    let deltas = [
        r#"{"type":"message_delta","delta":{"stop_reason":"stop_sequence","stop_sequence":"X","a":1,"n":2}}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":null,"a":3},"usage":{"output_tokens":5,"u":1},"e":1}"#,
        r#"{"type":"message_delta","delta":{"n":null},"usage":{"input_tokens":8,"cache_read_input_tokens":2,
            "server_tool_use":{"web_search_requests":1},"u":2},"e":2,"f":3,
            "context_management":{"applied_edits":[]}}"#,
    ];
    let deltas = deltas.map(|json| serde_json::from_str::<StreamEvent>(json).unwrap());
    let events = [event("S")].into_iter().chain(deltas.clone()).chain([event(".")]);
    let checked = check(events.clone()).unwrap();
    assert_eq!(checked.len(), 3);
    let found: serde_json::Value = serde_json::to_value(&checked[1]).unwrap();
    let expected = serde_json::json!({
        "type": "message_delta",
        "delta": {"stop_reason": "stop_sequence", "stop_sequence": "X", "a": 3, "n": 2},
        "usage": {"output_tokens": 5, "input_tokens": 8, "cache_read_input_tokens": 2,
            "server_tool_use": {"web_search_requests": 1}, "u": 2},
        "context_management": {"applied_edits": []}, "e": 2, "f": 3,
    });
    assert_eq!(found, expected);

    // A reader makes the same message of both.
    let add_up = |events: Vec<StreamEvent>| crate::common::add_up(events);
    assert_eq!(add_up(checked), add_up(events.collect()));
}

/// Whatever is held back is limited.
#[test]
fn message_deltas_without_end_are_refused() {
    let mut checker = Checker::new();
    checker.push(&event("S")).unwrap();
    let mut count = 0;
    let error = loop {
        let json = format!(r#"{{"type":"message_delta","delta":{{"field{count}":1}}}}"#);
        count += 1;
        match checker.push(&serde_json::from_str(&json).unwrap()) {
            Ok(checked) => assert_eq!(checked, Checked::Replaced(Vec::new())),
            Err(error) => break error,
        }
        assert!(count < 100_000, "not refused");
    };
    println!("{count} events: {error}");
    assert!(matches!(error, AccumulateError::TooLarge { .. }));
}

/// Whatever enters, what leaves is taken as it is by a second checker and by a strict reader.
#[test]
fn what_leaves_is_legal() {
    const WORDS: [&str; 31] = [
        "S", "S2", "T0", "T1", "U0", "U1", "X1", "H2", "t0", "t0", "t1", "u0", "u1", "k0", "d0", "x1", "h2",
        "g2", "F1", "z0", "z1", "z2", "M", "N", "O", ".", "p", "?", "E", "_", "Mrefusal",
    ];
    let mut random = Random::new(0);
    let (mut whole, mut refused, mut odd) = (0, 0, 0);
    for _ in 0..10_000 {
        // Most begin as they should, or all would be refused early.
        let start = if random.one_in(9) { None } else { Some("S") };
        let words = start.into_iter().chain((0..random.below(14)).map(|_| *random.pick(&WORDS)));
        let (mut checker, mut leaving) = (Checker::new(), Vec::new());
        for event in words.map(event) {
            match checker.push(&event) {
                Ok(Checked::Unchanged) => leaving.push(event),
                Ok(Checked::Replaced(events)) => leaving.extend(events),
                Ok(other) => panic!("{other:?}"),
                Err(_) => refused += 1,
            }
        }
        let (mut reader, mut is_odd) = (Accumulator::new().strict(true), false);
        for event in leaving.iter().filter(|event| !matches!(event, StreamEvent::Error(_))) {
            // An input that is not JSON is found at the end, and nothing else is wrong with the events.
            match reader.push(event) {
                Err(AccumulateError::InvalidInput { text, .. }) => {
                    // It is not the beginning that `k` stands for, which `d` would complete.
                    assert!(Json::parse(&format!(r#"{text}"]}}"#)).is_err(), "cut off: {text}");
                    is_odd = true;
                }
                result => result.unwrap(),
            }
        }
        assert_eq!(reader.is_complete() || is_odd, checker.is_complete());
        odd += u32::from(is_odd);
        if checker.is_complete() {
            whole += 1;
            assert_eq!(check(leaving.clone()), Ok(leaving));
        }
    }
    println!("{whole} whole, {odd} of them with an input that is not JSON, {refused} refused");
    assert!(whole > 200 && refused > 1_000);
}
