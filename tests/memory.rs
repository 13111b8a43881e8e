//! The heap memory that a parsed request holds, as a multiple of the length of
//! its text, and the number of allocations for an event. A peer must not be
//! able to fill the memory by sending little. Memory is counted as the allocator of glibc
//! rounds it: 8 bytes for each allocation, in steps of 16, and at least 32.
#![allow(unsafe_code, clippy::unwrap_used, clippy::print_stdout)]

#[path = "support/cases.rs"]
mod cases;
#[cfg(feature = "reqwest")]
#[path = "memory/client.rs"]
mod client;
#[cfg(feature = "openai")]
#[path = "memory/openai.rs"]
mod openai;
#[cfg(feature = "server")]
#[path = "memory/server.rs"]
mod server;
#[cfg(feature = "server")]
#[path = "memory/service.rs"]
mod service;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use bytes::{Bytes, BytesMut};
use messages_api::stream::{EventDecoder, encode_event};
use messages_api::{ContentBlock, CreateMessageRequest, StreamEvent};
use serde_json::{Value, json};

thread_local! {
    /// Negative if the thread has freed memory that another one allocated.
    static HELD: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, with a count of the bytes that this thread holds.
struct Counting;

impl Counting {
    fn rounded(bytes: usize) -> usize {
        (bytes + 8).next_multiple_of(16).max(32)
    }

    fn grow(bytes: usize) {
        let bytes = Self::rounded(bytes);
        HELD.set(HELD.get() + bytes as isize);
        PEAK.set(PEAK.get().max(HELD.get()));
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
    }

    fn shrink(bytes: usize) {
        let bytes = Self::rounded(bytes);
        HELD.set(HELD.get() - bytes as isize);
    }
}

// SAFETY: every call is forwarded to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::grow(layout.size());
        // SAFETY: the caller upholds the contract, which is that of `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        Self::shrink(layout.size());
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // A large block is moved by the system without a copy; of a small one, both exist for a moment.
        Self::shrink(layout.size());
        Self::grow(size);
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

const BODY_BYTES: usize = 2_000_000;

/// Reads `body` and asserts that the request holds at most `limit` times the
/// length of `body`.
#[track_caller]
fn assert_holds_at_most(what: &str, body: &str, limit: f64) {
    let before = HELD.get();
    PEAK.set(before);
    let request: CreateMessageRequest =
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{what}: {error}"));
    let ratio = |bytes: isize| (bytes - before) as f64 / body.len() as f64;
    let (held, peak) = (ratio(HELD.get()), ratio(PEAK.get()));
    drop(request);
    assert_eq!(HELD.get(), before, "{what}: memory leaks");
    println!("{what}: {} bytes, {held:.2} held (at most {limit}), {peak:.2} at the peak", body.len());
    assert!(held <= limit, "{what}: {held:.2} times the body, at most {limit}");
}

/// Repeats `item` up to a length of `BODY_BYTES`.
fn repeated(item: &str) -> String {
    repeated_to(item, BODY_BYTES)
}

fn repeated_to(item: &str, bytes: usize) -> String {
    vec![item; bytes / (item.len() + 1)].join(",")
}

fn request(rest: &str) -> String {
    format!(r#"{{"model":"m","max_tokens":1,{rest}}}"#)
}

fn with_content(blocks: &str) -> String {
    request(&format!(r#""messages":[{{"role":"user","content":[{blocks}]}}]"#))
}

/// Takes every list and every object of the vectors of one kind, and repeats what is in it. Calls
/// `each` with the place and the document.
#[cfg(any(feature = "reqwest", feature = "server"))]
fn repeat_each_part(kind: &str, mut each: impl FnMut(&str, &Value)) {
    let mut done = std::collections::BTreeSet::new();
    for vector in cases::fixture("wire_vectors.jsonl") {
        if vector["kind"] != kind {
            continue;
        }
        let document = vector["json"].clone();
        let mut places = Vec::new();
        find(&document, String::new(), &mut places);
        // Everything in a table of toolsets is an object, so a number is no unknown field there.
        places.retain(|place| !place.ends_with("/configs"));
        // Two places with the same names around them differ little: the `type` and the names count.
        places.retain(|place| {
            let value = document.pointer(place).unwrap();
            let names: Vec<_> = place.split('/').filter(|name| name.parse::<usize>().is_err()).collect();
            done.insert((names.join("/"), value.is_array(), value["type"].to_string()))
        });
        for place in places {
            let mut document = document.clone();
            let value = document.pointer_mut(&place).unwrap();
            match value {
                Value::Array(items) => {
                    let item = items.iter().min_by_key(|item| item.to_string().len()).cloned().unwrap();
                    *items = vec![item.clone(); 60_000 / (item.to_string().len() + 1)];
                }
                Value::Object(fields) => {
                    for n in 0..6_000 {
                        fields.insert(format!("{n:x}"), 0.into());
                    }
                }
                _ => unreachable!("only lists and objects are places"),
            }
            each(&format!("{}{place}", vector["name"]), &document);
        }
    }
}

/// Finds the lists that are not empty, and the objects.
#[cfg(any(feature = "reqwest", feature = "server"))]
fn find(value: &Value, place: String, places: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, item)| find(item, format!("{place}/{n}"), places));
            if !items.is_empty() {
                places.push(place);
            }
        }
        Value::Object(fields) => {
            let pointer = |name: &str| format!("{place}/{}", name.replace('~', "~0").replace('/', "~1"));
            fields.iter().for_each(|(name, value)| find(value, pointer(name), places));
            places.push(place);
        }
        _ => {}
    }
}

#[test]
fn raw_payloads_hold_a_small_multiple_of_their_text() {
    for item in [r#"{"a":0}"#, "0", r#""""#, "[]"] {
        let list = repeated(item);
        let tool_use = format!(r#"{{"type":"tool_use","id":"t","name":"f","input":{{"list":[{list}]}}}}"#);
        assert_holds_at_most(&format!("{item} in a tool's input"), &with_content(&tool_use), 3.0);
        let late = format!(r#"{{"id":"t","name":"f","input":{{"list":[{list}]}},"type":"tool_use"}}"#);
        assert_holds_at_most(&format!("{item} in a tool's input, type last"), &with_content(&late), 3.0);
        assert_holds_at_most(
            &format!("{item} in an unknown field"),
            &request(&format!(r#""messages":[],"new":[{list}]"#)),
            3.0,
        );
    }
}

#[test]
fn many_small_parts_hold_a_limited_multiple_of_their_text() {
    assert_holds_at_most(
        "empty stop sequences",
        &request(&format!(r#""messages":[],"stop_sequences":[{}]"#, repeated(r#""""#))),
        12.0,
    );
    assert_holds_at_most("blocks of an unknown type", &with_content(&repeated(r#"{"type":"x"}"#)), 12.0);
    assert_holds_at_most("empty text blocks", &with_content(&repeated(r#"{"type":"text","text":""}"#)), 12.0);
    assert_holds_at_most(
        "text blocks with an unknown field",
        &with_content(&repeated(r#"{"type":"text","text":"","a":0}"#)),
        12.0,
    );
    assert_holds_at_most(
        "compactions with an unknown field",
        &with_content(&repeated(r#"{"type":"compaction","":0}"#)),
        12.0,
    );
    let late = repeated(r#"{"role":"user","content":"","":0}"#);
    assert_holds_at_most(
        "messages with an unknown field",
        &request(&format!(r#""messages":[{late}]"#)),
        12.0,
    );
    let fallbacks = repeated(r#"{"model":""}"#);
    assert_holds_at_most("fallbacks", &request(&format!(r#""messages":[],"fallbacks":[{fallbacks}]"#)), 12.0);
    let messages = vec![r#"{"role":"user","content":"a"}"#; 300_000].join(",");
    assert_holds_at_most("messages of one letter", &request(&format!(r#""messages":[{messages}]"#)), 12.0);
}

/// The request has the turns of a coding agent that reads and edits files.
#[test]
fn a_tool_loop_holds_a_small_multiple_of_its_text() {
    let mut messages = vec![json!({"role": "user", "content": [
        {"type": "text", "text": "Rename the function and keep the tests green.", "cache_control": {"type": "ephemeral"}},
    ]})];
    let mut bytes = 0;
    for turn in 0.. {
        let id = format!("toolu_{turn:022}");
        let call = if turn % 2 == 0 {
            json!({"type": "tool_use", "id": id, "name": "Read", "input": {"file_path": "/home/user/project/src/lib.rs", "offset": turn, "limit": 40}})
        } else {
            json!({"type": "tool_use", "id": id, "name": "Edit", "input": {
                "file_path": "/home/user/project/src/lib.rs", "old_string": "fn old_name(", "new_string": "fn new_name(", "replace_all": false,
            }})
        };
        let message = json!({"role": "assistant", "content": [
            {"type": "thinking", "thinking": "The next file calls it too.", "signature": "c2ln".repeat(40)},
            {"type": "text", "text": "I look at the next one."},
            call,
        ]});
        let lines = "    let value = old_name(argument);\n".repeat(if turn % 2 == 0 { 40 } else { 4 });
        let result = json!({"role": "user", "content": [
            {"tool_use_id": id, "type": "tool_result", "content": lines},
        ]});
        bytes += message.to_string().len() + result.to_string().len();
        messages.extend([message, result]);
        if bytes > 200_000 {
            break;
        }
    }
    let body =
        json!({"model": "claude-opus-4-8", "max_tokens": 32_000, "stream": true, "messages": messages});
    assert_holds_at_most("a tool loop", &body.to_string(), 2.5);
}

/// A block is a tag and a pointer, so a list of small blocks stays small.
#[test]
fn a_block_is_small() {
    println!("a block has {} bytes", size_of::<ContentBlock>());
    assert!(size_of::<ContentBlock>() <= 64);
}

#[test]
fn the_allocator_counts_bytes_and_the_peak() {
    let before = HELD.get();
    PEAK.set(before);
    let mut list = vec![0_u8; 1000];
    assert_eq!(HELD.get() - before, 1008);
    list.reserve_exact(2000);
    list.shrink_to_fit();
    assert_eq!((HELD.get() - before, PEAK.get() - before), (1008, 3008));
    drop(list);
    assert_eq!(HELD.get(), before);
}

const DELTAS: &str = concat!(
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,",
    "\"delta\":{\"type\":\"text_delta\",\"text\":\" stream\"}}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,",
    "\"delta\":{\"type\":\"text_delta\",\"text\":\"so \\\"it\\\" is\\n\"}}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,",
    "\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"a\\\":\"}}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":2,",
    "\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"let me\"}}\n\n",
);

/// Only the text of a delta is allocated.
#[test]
fn reading_a_delta_takes_one_allocation() {
    let mut decoder = EventDecoder::new();
    for round in 0..3 {
        decoder.push(Bytes::from_static(DELTAS.as_bytes()));
        for _ in 0..4 {
            let before = ALLOCATIONS.get();
            let event = decoder.next().unwrap().unwrap();
            // In the first round the decoder stores how the events begin.
            assert!(round == 0 || ALLOCATIONS.get() - before == 1, "round {round}: {event:?}");
        }
        assert!(decoder.next().unwrap().is_none());
    }
}

#[test]
fn writing_an_event_takes_no_allocation() {
    let vectors = cases::fixture("wire_vectors.jsonl").into_iter();
    let vectors = vectors.map(|vector| (vector["kind"] == "event").then(|| vector["json"].to_string()));
    let deltas = DELTAS.lines().map(|line| line.strip_prefix("data: ").map(str::to_owned));
    let mut count = 0;
    let mut out = BytesMut::with_capacity(1 << 20);
    for json in vectors.chain(deltas).flatten() {
        let event: StreamEvent = serde_json::from_str(&json).unwrap();
        let before = ALLOCATIONS.get();
        encode_event(&event, &mut out);
        assert_eq!(ALLOCATIONS.get() - before, 0, "{json}");
        count += 1;
    }
    assert!(count > 20, "{count} events");
}

/// Adds events up until the limit of the accumulator, and asserts that it holds at most twice that.
#[track_caller]
fn assert_accumulates_within_limit(what: &str, mut event: impl FnMut(u64) -> Vec<StreamEvent>) {
    let limit = 1 << 20;
    let start = json!({"type": "message_start", "message": {"type": "message", "id": "m", "role": "assistant",
        "model": "m", "content": [], "usage": {"input_tokens": 3, "output_tokens": 1}}});
    let start: StreamEvent = serde_json::from_value(start).unwrap();
    let before = HELD.get();
    let mut accumulator = messages_api::stream::Accumulator::new().max_bytes(limit);
    accumulator.push(&start).unwrap();
    let is_full = (0..).any(|index| event(index).iter().any(|event| accumulator.push(event).is_err()));
    assert!(is_full);
    let ratio = (HELD.get() - before) as f64 / limit as f64;
    println!("{what}: {ratio:.2} times the limit of the accumulator are held (at most 2)");
    assert!(ratio <= 2.0, "{what}: {ratio:.2} times the limit");
    assert!(ratio >= 0.1, "{what}: the limit is reached at {ratio:.2} times itself");
}

#[test]
fn an_accumulator_holds_at_most_twice_its_limit() {
    let event = |json: Value| serde_json::from_str::<StreamEvent>(&json.to_string()).unwrap();
    let block = |index: u64, block: Value| {
        event(json!({"type": "content_block_start", "index": index, "content_block": block}))
    };
    let many = |value: Value, count: usize| Value::from(vec![value; count]);
    let keys: serde_json::Map<_, _> = (0..1000).map(|at| (format!("{at}"), json!(1))).collect();
    let result = json!({"type": "web_search_result", "title": "", "url": "", "encrypted_content": ""});
    for (what, shape) in [
        ("small blocks", json!({"type": "text", "text": ""})),
        ("small unknown blocks", json!({"type": "x"})),
        ("tool calls", json!({"type": "tool_use", "id": "", "name": "", "input": {}})),
        ("citations", json!({"type": "text", "text": "", "citations": many(json!({"type": "x"}), 1000)})),
        (
            "search results",
            json!({"type": "web_search_tool_result", "tool_use_id": "", "content": many(result, 1000)}),
        ),
        ("unknown fields", {
            let mut block = json!({"type": "text", "text": ""});
            block.as_object_mut().unwrap().extend(keys.clone());
            block
        }),
    ] {
        assert_accumulates_within_limit(what, |index| vec![block(index, shape.clone())]);
    }
    assert_accumulates_within_limit("text", |index| match index {
        0 => vec![block(0, json!({"type": "text", "text": ""}))],
        _ => vec![event(json!({"type": "content_block_delta", "index": 0,
            "delta": {"type": "text_delta", "text": "some text"}}))],
    });
    assert_accumulates_within_limit("citation deltas", |index| match index {
        0 => vec![block(0, json!({"type": "text", "text": ""}))],
        _ => vec![event(json!({"type": "content_block_delta", "index": 0,
            "delta": {"type": "citations_delta", "citation": {"type": "x"}}}))],
    });
    assert_accumulates_within_limit("unknown fields of deltas", |index| {
        let mut delta = json!({});
        delta[index.to_string()] = json!(1);
        vec![event(json!({"type": "message_delta", "delta": delta, "usage": {"output_tokens": 1}}))]
    });
}
