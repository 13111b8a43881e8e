//! Streamed completions as events.

use std::sync::Arc;

use messages_api::openai::types::ChatChunk;
use messages_api::openai::{
    ChunkDecoder, ChunksEnd, Exchange, Loss, LossKind, StreamBridge, UpstreamProfile, request_to_openai,
};
use messages_api::stream::{Accumulator, check};
use messages_api::{ApiError, ContentBlock, CreateMessageRequest, Error, ErrorType, Message, StreamEvent};
use serde_json::{Value, json};

use crate::kinds::{Block, End, Expected, NAMES, Script, kind};
use crate::random::Random;

/// What a script is decoded to.
pub(crate) struct Decoded {
    pub(crate) events: Vec<StreamEvent>,
    pub(crate) losses: Vec<Loss>,
}

/// Returns the exchange of a request that leads to the script.
pub(crate) fn exchange(script: &Script) -> Exchange {
    let mut request = json!({
        "model": "claude-sonnet-5", "max_tokens": 1024,
        "messages": [{"role": "user", "content": "How is the weather in Paris?"}],
        "tools": [{"name": "get_weather", "input_schema": {"type": "object"}}],
    });
    let more: Value = serde_json::from_str(script.request).unwrap();
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let request: CreateMessageRequest = serde_json::from_value(request).unwrap();
    let profile: UpstreamProfile = serde_json::from_str(script.profile).unwrap();
    request_to_openai(&request, "served-model", &Arc::new(profile)).unwrap().1
}

pub(crate) fn decode(script: &Script, chunks: &[Vec<u8>]) -> Decoded {
    let exchange = exchange(script);
    let before = exchange.losses().len();
    let mut decoder = ChunkDecoder::new(exchange);
    let mut events = Vec::new();
    for chunk in chunks {
        decoder.push(chunk.clone());
        events.extend(std::iter::from_fn(|| decoder.next_event()));
    }
    decoder.finish(match script.end {
        End::Eof => ChunksEnd::Eof,
        End::Reset => ChunksEnd::Failed(reset()),
    });
    events.extend(std::iter::from_fn(|| decoder.next_event()));
    assert!(decoder.bridge().is_finished());
    let losses = decoder.losses().iter().skip(before).cloned();
    Decoded { events, losses: losses.inspect(|loss| println!("        {loss}")).collect() }
}

/// Returns the events of a script.
pub(crate) fn events(script: &Script) -> Vec<StreamEvent> {
    decode(script, &script.chunks).events
}

fn reset() -> Error {
    ApiError::new(ErrorType::Api, "The connection broke").into()
}

/// Returns the events with the same id for all messages and all ids that were made up.
pub(crate) fn comparable(events: &[StreamEvent]) -> Vec<Value> {
    events.iter().map(|event| anonymous(serde_json::to_value(event).unwrap())).collect()
}

/// Replaces the ids that differ from run to run.
pub(crate) fn anonymous(mut value: Value) -> Value {
    for path in ["/id", "/message/id", "/content_block/id"] {
        if let Some(id) = value.pointer_mut(path) {
            let text = id.as_str().unwrap_or_default();
            if let Some(prefix) = ["msg_", "toolu_"].into_iter().find(|prefix| text.starts_with(prefix)) {
                *id = prefix.into();
            }
        }
    }
    value
}

/// Compares a message with what is expected of its kind, and returns what differs.
pub(crate) fn differences(message: &Message, losses: usize, expected: &Expected) -> Vec<String> {
    let Expected::Message { content, stop_reason, stop_sequence, usage, losses: expected_losses } = expected
    else {
        return vec![format!("a message instead of {expected:?}")];
    };
    let mut wrong = Vec::new();
    let mut compare = |what: &str, found: String, expected: String| {
        if found != expected {
            wrong.push(format!("{what}: {found} instead of {expected}"));
        }
    };
    let ids = content.iter().map(|block| if let Block::Call(_, _, id) = block { *id } else { None });
    let found: Vec<_> = message.content.iter().zip(ids.chain(std::iter::repeat(None))).map(shown).collect();
    let wanted: Vec<_> = content.iter().map(|block| format!("{block:?}")).collect();
    compare("content", found.join(", "), wanted.join(", "));
    let reason = message.stop_reason.as_ref().map_or("none", |reason| reason.as_str());
    compare("stop_reason", reason.to_owned(), (*stop_reason).to_owned());
    compare("stop_sequence", format!("{:?}", message.stop_sequence.as_deref()), format!("{stop_sequence:?}"));
    compare(
        "stop_details",
        message.stop_details.is_some().to_string(),
        (*stop_reason == "refusal").to_string(),
    );
    let found = &message.usage;
    let (read, created) = (found.cache_read_input_tokens, found.cache_creation_input_tokens);
    let counts = [Some(found.input_tokens), read, created, Some(found.output_tokens)];
    match usage {
        Some(usage) => compare("usage", format!("{counts:?}"), format!("{:?}", usage.map(Some))),
        None => {
            let is_estimate =
                found.input_tokens > 0 && found.output_tokens > 0 && counts[1..3] == [Some(0); 2];
            compare("usage", format!("{is_estimate} {counts:?}"), format!("true {counts:?}"));
        }
    }
    let tier = found.service_tier.as_ref().map_or("none", |tier| tier.as_str());
    compare("service_tier", tier.to_owned(), "standard".to_owned());
    compare("losses", losses.to_string(), expected_losses.to_string());
    compare("model", message.model.clone(), "claude-sonnet-5".to_owned());
    compare("id", message.id.starts_with("msg_").to_string(), "true".to_owned());
    wrong
}

/// Writes a block as the expected one is written, whose id is `id` unless it is arbitrary.
fn shown((block, id): (&ContentBlock, Option<&str>)) -> String {
    match block {
        ContentBlock::Text(block) => format!("Text({:?})", block.text),
        ContentBlock::Thinking(block) => {
            assert_eq!(block.signature, "x-bridge.v1.default");
            format!("Thinking({:?})", block.thinking)
        }
        ContentBlock::ToolUse(call) => {
            let id = id.map(|_| call.id.as_str());
            assert!(id.is_some() || call.id.starts_with("toolu_") && call.id.len() == 30, "{}", call.id);
            format!("Call({:?}, {:?}, {id:?})", call.name, call.input.as_raw_str())
        }
        other => format!("{other:?}"),
    }
}

/// Returns what differs from what is expected of the kind.
fn judge(decoded: &Decoded, expected: &Expected) -> Vec<String> {
    // What leaves a checker is the same: the stream is legal as it is.
    let checked = check(decoded.events.clone());
    if checked.as_ref() != Ok(&decoded.events) {
        return vec![format!("not legal: {:?} became {checked:?}", decoded.events)];
    }
    if let Expected::Error(name) = expected {
        let is_stopped = decoded.events.iter().any(|event| matches!(event, StreamEvent::MessageStop(_)));
        return match decoded.events.last() {
            Some(StreamEvent::Error(error)) if error.error.r#type.as_str() == *name && !is_stopped => vec![],
            last => vec![format!("{last:?} instead of an error")],
        };
    }
    let mut accumulator = Accumulator::new().strict(true);
    let added = decoded.events.iter().try_for_each(|event| accumulator.push(event));
    match added.and_then(|()| accumulator.into_message()) {
        Ok(message) => differences(&message, decoded.losses.len(), expected),
        Err(error) => vec![error.to_string()],
    }
}

/// Returns the scripts that are event streams, with their names.
fn streams() -> Vec<(&'static str, Script)> {
    let scripts = NAMES.iter().filter_map(|name| Some((*name, kind(name, true)?)));
    scripts.filter(|(_, script)| script.content_type == "text/event-stream" && script.status == 200).collect()
}

#[test]
fn every_kind_becomes_a_legal_stream() {
    let (scripts, mut failed) = (streams(), Vec::new());
    for (name, script) in &scripts {
        let decoded = decode(script, &script.chunks);
        let wrong = judge(&decoded, &script.expected);
        println!(
            "{name:18} {:3} events  {}",
            decoded.events.len(),
            if wrong.is_empty() { "ok" } else { "WRONG" }
        );
        failed.extend(wrong.into_iter().map(|wrong| format!("{name}: {wrong}")));
    }
    println!("{} of {} kinds", scripts.len() - failed.len(), scripts.len());
    assert_eq!(failed, Vec::<String>::new());
    assert!(scripts.len() >= 55);
}

#[test]
fn every_name_has_a_kind() {
    for name in NAMES {
        assert!(kind(name, true).is_some() || kind(name, false).is_some(), "{name}");
    }
}

#[test]
fn the_events_do_not_depend_on_where_the_bytes_are_cut() {
    let mut random = Random::new(13);
    let mut runs = 0;
    for (name, script) in streams() {
        let bytes = script.chunks.concat();
        let expected = comparable(&decode(&script, &script.chunks).events);
        let mut cuts: Vec<Vec<Vec<u8>>> = [1, 3, bytes.len()]
            .iter()
            .map(|&size| bytes.chunks(size).map(<[u8]>::to_vec).collect())
            .collect();
        let every = if name == "tool_inter" || name == "text" { 1 } else { 40 };
        cuts.extend(
            (1..bytes.len()).step_by(every).map(|at| vec![bytes[..at].to_vec(), bytes[at..].to_vec()]),
        );
        for _ in 0..8 {
            let mut rest = &bytes[..];
            let mut pieces = Vec::new();
            while !rest.is_empty() {
                let (piece, after) = rest.split_at(rest.len().min(1 + random.below(90)));
                pieces.push(piece.to_vec());
                rest = after;
            }
            cuts.push(pieces);
        }
        for cut in cuts {
            assert_eq!(comparable(&decode(&script, &cut).events), expected, "{name}");
            runs += 1;
        }
    }
    println!("{runs} runs");
}

/// The shortcut for chunks of the same form gives what parsing each chunk gives.
#[test]
fn bytes_and_chunks_become_the_same_events() {
    for (name, script) in streams() {
        let text = String::from_utf8(script.chunks.concat()).unwrap().replace("\r\n", "\n");
        let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
        let chunks: Vec<ChatChunk> = data.filter_map(|data| serde_json::from_str(data).ok()).collect();
        let mut bridge = StreamBridge::new(exchange(&script));
        for chunk in chunks {
            bridge.push(chunk);
        }
        bridge.finish(if text.contains("[DONE]") { ChunksEnd::Done } else { ChunksEnd::Eof });
        let found: Vec<_> = std::iter::from_fn(|| bridge.next_event()).collect();
        // Only the bytes show these errors.
        if !matches!(name, "badjson" | "err_event" | "reset") {
            assert_eq!(comparable(&found), comparable(&events(&script)), "{name}");
        }
    }
}

/// Pushes the deltas, and returns the events.
fn push(bridge: &mut StreamBridge, deltas: impl IntoIterator<Item = Value>) -> Vec<StreamEvent> {
    let mut events = Vec::new();
    for delta in deltas {
        bridge.push(serde_json::from_value(json!({"choices": [{"index": 0, "delta": delta}]})).unwrap());
        events.extend(std::iter::from_fn(|| bridge.next_event()));
    }
    events
}

fn bridge() -> StreamBridge {
    StreamBridge::new(exchange(&kind("reasoning", true).unwrap()))
}

fn call(index: u64, arguments: &str) -> Value {
    json!({"tool_calls": [{"index": index, "id": format!("call_{index}"), "type": "function",
        "function": {"name": "get_weather", "arguments": arguments}}]})
}

/// Whatever waits for an incomplete call, there is a limit to it.
#[test]
fn what_waits_is_limited() {
    let text = || json!({"content": "x".repeat(1000)});
    let thought = || json!({"reasoning_content": "y".repeat(10), "content": "z"});
    let part = || json!({"tool_calls": [{"index": 1, "function": {"arguments": "x".repeat(1000)}}]});
    let calls = (2..).map(|index| call(index, ""));
    let floods: [(&str, Box<dyn Iterator<Item = Value>>); 4] = [
        ("text", Box::new(std::iter::repeat_with(text))),
        ("thinking and text", Box::new(std::iter::repeat_with(thought))),
        ("arguments", Box::new(std::iter::once(call(1, "{\"a\":\"")).chain(std::iter::repeat_with(part)))),
        ("calls", Box::new(calls)),
    ];
    for (name, flood) in floods {
        let mut bridge = bridge().max_held_bytes(100_000);
        let mut events = push(&mut bridge, [call(0, "{\"city\":")]);
        let mut chunks = 0;
        for delta in flood {
            events.extend(push(&mut bridge, [delta]));
            chunks += 1;
            if bridge.is_finished() {
                break;
            }
            assert!(chunks < 2000, "{name}");
        }
        println!("{name}: an error after {chunks} chunks");
        assert!(matches!(events.last(), Some(StreamEvent::Error(_))), "{name}");
        assert_eq!(check(events.clone()).unwrap(), events);
    }
}

/// Arguments that need not wait do not count, however long they are.
#[test]
fn what_need_not_wait_is_not_limited() {
    let mut bridge = bridge().max_held_bytes(1000);
    let part = |text: &str| json!({"tool_calls": [{"index": 0, "function": {"arguments": text}}]});
    let long = std::iter::repeat_with(|| part(&"x".repeat(500))).take(1000);
    let whole = [call(0, "{\"a\":\"")].into_iter().chain(long).chain([part("\"}")]);
    let events = push(&mut bridge, whole);
    assert_eq!(events.len(), 1 + 1 + 1002, "the start of the message, that of the block, and the deltas");
    assert!(!bridge.is_finished());
}

/// A stop sequence that the server was not told ends the message at once.
#[test]
fn a_stop_sequence_of_the_bridge_ends_the_message() {
    let script = kind("stops5", true).unwrap();
    let mut bridge = StreamBridge::new(exchange(&script));
    let mut events = push(&mut bridge, ["One FI", "FI", "V"].map(|text| json!({"content": text})));
    assert!(!bridge.is_finished());
    assert_eq!(events.iter().filter_map(StreamEvent::text_delta).collect::<String>(), "One FI");
    events.extend(push(&mut bridge, ["E", " and more"].map(|text| json!({"content": text}))));
    assert!(bridge.is_finished());
    bridge.finish(ChunksEnd::Failed(reset()));
    events.extend(bridge.next_event());
    let mut accumulator = Accumulator::new().strict(true);
    events.iter().for_each(|event| accumulator.push(event).unwrap());
    let message = accumulator.into_message().unwrap();
    assert_eq!((message.text().as_str(), message.stop_sequence.as_deref()), ("One FI", Some("FIVE")));
}

/// An event that is cut off is no event, even if it is too long.
#[test]
fn what_is_cut_off_and_too_long_is_cut_off() {
    let script = kind("text", true).unwrap();
    let first = script.chunks[0].clone();
    // Each line is within the limit, and the event is not.
    let half = format!("data: {{\"choices\":[\ndata: {0}\ndata: {0}", "{},".repeat(100));
    for (start, end, ends, expected) in [
        (&first, half.as_str(), ChunksEnd::Eof, "The upstream's stream ended early"),
        (&first, &half, ChunksEnd::Failed(reset()), "The connection broke"),
        (&first, &format!("{half}\n\n"), ChunksEnd::Eof, "The upstream sent an event that is too long"),
        (&vec![], &half, ChunksEnd::Eof, "The upstream's stream ended early"),
    ] {
        let mut decoder = ChunkDecoder::new(exchange(&script)).max_event_bytes(500);
        decoder.push(start.clone());
        decoder.push(end.to_owned());
        let mut events: Vec<_> = std::iter::from_fn(|| decoder.next_event()).collect();
        decoder.finish(ends);
        events.extend(std::iter::from_fn(|| decoder.next_event()));
        match events.last() {
            Some(StreamEvent::Error(error)) => assert_eq!(error.error.message, expected),
            last => panic!("{last:?} instead of {expected}"),
        }
    }
}

/// The first chunk of some servers has no id.
#[test]
fn the_id_of_the_completion_may_come_late() {
    let mut bridge = bridge();
    for (chunk, id) in [
        (r#"{"id":"","choices":[]}"#, ""),
        (r#"{"id":"c1","choices":[{"delta":{"content":"Os"}}]}"#, "c1"),
        (r#"{"id":"c2","choices":[{"delta":{"content":"lo"}}]}"#, "c1"),
    ] {
        bridge.push(serde_json::from_str(chunk).unwrap());
        assert_eq!(bridge.completion_id(), id);
    }
}

/// Without ids and with one index, only their names tell calls apart.
#[test]
fn a_call_after_one_that_is_not_json_is_another_one() {
    let mut bridge = bridge();
    for (name, arguments) in [("f", r#"{"days":03}"#), ("g", r#"{"x":1}"#)] {
        let call = json!({"index": 0, "function": {"name": name, "arguments": arguments}});
        let chunk = json!({"choices": [{"delta": {"tool_calls": [call]}}]});
        bridge.push(serde_json::from_value(chunk).unwrap());
    }
    bridge.finish(ChunksEnd::Done);
    let events: Vec<_> = std::iter::from_fn(|| bridge.next_event()).collect();
    let starts = events.iter().filter(|event| matches!(event, StreamEvent::ContentBlockStart(_)));
    assert_eq!(starts.count(), 2);
}

/// Arguments that turn out not to be JSON while they are written are reported.
#[test]
fn arguments_that_are_written_and_are_not_json_are_a_loss() {
    for (parts, loss) in [
        (["{\"a\":", "tru}"], Some("the arguments are not JSON")),
        (["{\"a\":1,", "}"], Some("the arguments are not JSON")),
        (["{\"a\":", "tru"], Some("the arguments are not JSON")),
        (["{\"a\":", ""], Some("the arguments are not JSON")),
        (["{\"a\":1", ",\"b"], Some("the arguments are not JSON")),
        (["{\"a\":\"", "\\"], Some("the arguments are not JSON")),
        (["{\"a\":[", "1"], Some("the arguments were not JSON and have been repaired")),
        (["{\"a\":1}", "}"], Some("the arguments were not JSON and have been repaired")),
        (["{\"a\":", "true}"], None),
    ] {
        let mut bridge = bridge();
        let before = bridge.losses().len();
        let mut events = push(&mut bridge, parts.map(|part| call(0, part)));
        bridge.push(
            serde_json::from_value(json!({"choices": [{"finish_reason": "stop"}], "usage": {
            "prompt_tokens": 1, "completion_tokens": 1}}))
            .unwrap(),
        );
        bridge.finish(ChunksEnd::Done);
        events.extend(std::iter::from_fn(|| bridge.next_event()));
        // No client takes a part of the arguments for the whole.
        assert_eq!(check(events.clone()), Ok(events));
        let losses: Vec<_> = bridge.losses().iter().skip(before).collect();
        let found: Vec<_> = losses.iter().map(|loss| (loss.kind, &*loss.detail)).collect();
        assert_eq!(found, loss.map(|loss| (LossKind::Repaired, loss)).into_iter().collect::<Vec<_>>());
    }
}

/// A connection that breaks ends the stream with the error of the connection, unless the message is complete.
#[test]
fn a_broken_connection_is_an_error() {
    let finish = r#"{"choices":[{"index":0,"delta":{"content":"b"},"finish_reason":"stop"}]}"#;
    for is_complete in [false, true] {
        let mut bridge = bridge();
        push(&mut bridge, [json!({"content": "a"})]);
        if is_complete {
            bridge.push(serde_json::from_str(finish).unwrap());
        }
        assert_eq!(bridge.is_complete(), is_complete);
        bridge.finish(ChunksEnd::Failed(ApiError::new(ErrorType::Timeout, "too late").into()));
        let last = std::iter::from_fn(|| bridge.next_event()).last().unwrap();
        match last {
            StreamEvent::Error(error) => {
                assert_eq!((is_complete, &error.error.r#type), (false, &ErrorType::Timeout));
            }
            last => assert_eq!((is_complete, last.type_name()), (true, "message_stop")),
        }
    }
}
