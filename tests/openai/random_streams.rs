//! Streamed completions of random parts in a random order.

use messages_api::openai::{ChunkDecoder, ChunksEnd, StreamBridge};
use messages_api::stream::{AccumulateError, Accumulator, check};
use messages_api::{ContentBlock, StreamEvent};
use serde_json::{Value, json};

use crate::kinds::{Script, kind};
use crate::random::Random;
use crate::stream::{comparable, exchange};

const TEXTS: &[&str] = &["", "a", "é", "\n", "EN", "D", "E", "<think>", "</th", "ink>", "Hello \"you\"", " "];
const ARGUMENTS: &[&str] = &[
    "",
    "{",
    "{}",
    "}",
    "\"a\":1",
    ",",
    "{\"x\":\"",
    "\\",
    "\"",
    "[1]",
    "null",
    " ",
    "{\"a\":{\"b\":[]}}",
    "x",
];
const REASONS: &[&str] = &["stop", "length", "tool_calls", "content_filter", "odd", "", "error"];
const PROFILES: &[&str] = &[
    "{}",
    r#"{"think_tags":true,"stop_max":0}"#,
    r#"{"tool_args_cumulative":true,"empty_text_block":true}"#,
    r#"{"stop_max":1,"thinking_blocks":"always","reasoning_fields":["reasoning","reasoning_details"]}"#,
];

fn part_of_call(random: &mut Random) -> Value {
    let mut part = json!({});
    if !random.one_in(4) {
        part["index"] = random.below(3).into();
    }
    if random.one_in(3) {
        part["id"] = (*random.pick(&["", "a", "b", "x:1"])).into();
    }
    if !random.one_in(8) {
        part["function"] = json!({"arguments": *random.pick(ARGUMENTS)});
        if random.one_in(3) {
            part["function"]["name"] = (*random.pick(&["", "f", "g"])).into();
        }
    }
    part
}

fn chunk(random: &mut Random) -> Value {
    let text = (*random.pick(TEXTS)).to_owned();
    let delta = match random.below(10) {
        0..3 => json!({"content": text}),
        3 => json!({"reasoning_content": text}),
        4 => json!({"reasoning": text, "content": *random.pick(TEXTS)}),
        5 => {
            json!({"content": [{"type": "text", "text": text}, {"type": "thinking", "thinking": "t"}, {"type": "?"}]})
        }
        6 if random.one_in(4) => json!({"refusal": text}),
        7 if random.one_in(4) => json!({"function_call": {"name": "f", "arguments": text}}),
        _ => json!({"tool_calls": (0..=random.below(2)).map(|_| part_of_call(random)).collect::<Vec<_>>()}),
    };
    let mut chunk = json!({"id": "c", "choices": [{"index": 0, "delta": delta}]});
    if random.one_in(40) {
        chunk["choices"][0]["finish_reason"] = (*random.pick(REASONS)).into();
    }
    if random.one_in(40) {
        chunk["choices"][0]["stop_reason"] = (*random.pick(&["END", "other"])).into();
    }
    if random.one_in(40) {
        chunk["usage"] = json!({"prompt_tokens": random.below(9), "completion_tokens": random.below(9)});
    }
    chunk
}

#[test]
fn random_chunks_become_a_legal_stream() {
    let (mut complete, mut calls, mut odd) = (0, 0, 0);
    for seed in 0..4000 {
        let mut random = Random::new(seed);
        let profile = *random.pick(PROFILES);
        let script = Script { profile, ..kind("reasoning", true).unwrap() };
        let chunks: Vec<Value> = (0..random.below(40)).map(|_| chunk(&mut random)).collect();

        let mut bridge = StreamBridge::new(exchange(&script)).max_held_bytes(5000);
        for chunk in &chunks {
            bridge.push(serde_json::from_value(chunk.clone()).unwrap());
        }
        bridge.finish(ChunksEnd::Done);
        let events: Vec<_> = std::iter::from_fn(|| bridge.next_event()).collect();
        assert_eq!(check(events.clone()).as_ref(), Ok(&events), "seed {seed}");

        let bytes: String = chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect();
        let mut decoder = ChunkDecoder::from(StreamBridge::new(exchange(&script)).max_held_bytes(5000));
        let mut decoded = Vec::new();
        for piece in bytes.as_bytes().chunks(1 + random.below(200)) {
            decoder.push(piece.to_vec());
            decoded.extend(std::iter::from_fn(|| decoder.next_event()));
        }
        decoder.finish(ChunksEnd::Done);
        decoded.extend(std::iter::from_fn(|| decoder.next_event()));
        assert_eq!(comparable(&decoded), comparable(&events), "seed {seed}");

        let mut accumulator = Accumulator::new().strict(true);
        match events.iter().try_for_each(|event| accumulator.push(event)) {
            Ok(()) => complete += 1,
            Err(AccumulateError::InvalidInput { .. }) => odd += 1,
            Err(error) => {
                assert!(matches!(events.last(), Some(StreamEvent::Error(_))), "seed {seed}: {error}")
            }
        }
        let message = accumulator.message().map_or(&[][..], |message| &message.content);
        calls += message.iter().filter(|block| matches!(block, ContentBlock::ToolUse(_))).count();
    }
    println!("{complete} messages and {odd} with arguments that are not JSON, {calls} calls");
    assert!(complete > 1000 && calls > 1000);
}

/// Any bytes at all: those of a stream with parts replaced, doubled and left out.
#[test]
fn damaged_bytes_become_a_legal_stream() {
    for seed in 0..2000 {
        let mut random = Random::new(seed);
        let name = *random.pick(&["text", "tool_inter", "reasoning_tool", "crlf", "err_event", "think_tags"]);
        let script = kind(name, true).unwrap();
        let mut bytes = script.chunks.concat();
        for _ in 0..=random.below(4) {
            let at = random.below(bytes.len());
            let end = (at + random.below(60)).min(bytes.len());
            let part = bytes[at..end].to_vec();
            match random.below(3) {
                0 => drop(bytes.splice(at..end, [])),
                1 => drop(bytes.splice(at..at, part)),
                _ => bytes[at] = random.number() as u8,
            }
        }
        let mut decoder = ChunkDecoder::new(exchange(&script));
        decoder.push(bytes);
        let mut events: Vec<_> = std::iter::from_fn(|| decoder.next_event()).collect();
        decoder.finish(ChunksEnd::Eof);
        events.extend(std::iter::from_fn(|| decoder.next_event()));
        assert_eq!(check(events.clone()).as_ref(), Ok(&events), "seed {seed}");
    }
}
