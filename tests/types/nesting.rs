//! JSON nests at most `MAX_DEPTH` levels in total, wherever it occurs, and
//! values that were read can be used and dropped on a small stack.

use bytes::BytesMut;
use messages_api::json::MAX_DEPTH;
use messages_api::stream::{EventDecoder, encode_event};
use messages_api::types::ErrorResponse;
use messages_api::types::models::ModelInfo;
use messages_api::{ContentBlock, CreateMessageRequest, InputMessage, Json, Message, StreamEvent, Tool};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The stack size of a tokio thread.
const STACK_BYTES: usize = 2 << 20;

/// Bodies in which `@` stands for any JSON.
const REQUESTS: &[&str] = &[
    r#"{"model":"m","max_tokens":1,"messages":[],"future":@}"#,
    r#"{"future":@,"model":"m","max_tokens":1,"messages":[]}"#,
    r#"{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"a","future":@}]}"#,
    r#"{"model":"m","max_tokens":1,"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":@}]}]}"#,
    r#"{"model":"m","max_tokens":1,"messages":[{"role":"assistant","content":[{"id":"t","name":"f","input":@,"type":"tool_use"}]}]}"#,
    r#"{"model":"m","max_tokens":1,"messages":[{"content":[{"input":@,"type":"tool_use","id":"t","name":"f"}],"role":"assistant"}]}"#,
    r#"{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"text","text":"a","future":@}]}]}"#,
    r#"{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"hologram","a":@}]}]}"#,
    r#"{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"a":@,"type":"hologram"}]}]}"#,
    r#"{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"content":[{"a":@,"type":"hologram"}],"tool_use_id":"t","type":"tool_result"}]}]}"#,
    r#"{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"document","source":{"type":"content","content":[{"type":"text","text":"a","citations":[{"type":"hologram","a":[@]}]}]}}]}]}"#,
    r#"{"model":"m","max_tokens":1,"messages":[],"tools":[{"name":"f","input_schema":@}]}"#,
    r#"{"model":"m","max_tokens":1,"messages":[],"tools":[{"type":"bash_20250124","name":"bash","input_examples":[{},@]}]}"#,
    r#"{"model":"m","max_tokens":1,"messages":[],"tools":[{"type":"browser_toolset_20260801","configs":{"key":{"future":@}}}]}"#,
    r#"{"model":"m","max_tokens":1,"messages":[],"output_config":{"format":{"type":"json_schema","schema":@}}}"#,
    r#"{"model":"m","max_tokens":1,"messages":[],"container":{"future":@}}"#,
];

const MESSAGES: &[&str] = &[
    r#"{"type":"message","id":"i","role":"assistant","model":"m","content":[],"usage":{"input_tokens":1,"output_tokens":1,"future":@}}"#,
    r#"{"type":"message","id":"i","role":"assistant","model":"m","content":[{"type":"web_search_tool_result","tool_use_id":"t","content":[{"type":"web_search_result","url":"u","title":"t","encrypted_content":"e","future":@}]}],"usage":{"input_tokens":1,"output_tokens":1}}"#,
];

const EVENTS: &[&str] = &[
    r#"{"type":"hologram","a":@}"#,
    r#"{"a":@,"type":"hologram"}"#,
    r#"{"type":"ping","future":@}"#,
    r#"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":@}}"#,
    r#"{"content_block":{"input":@,"id":"t","name":"f","type":"tool_use"},"index":0,"type":"content_block_start"}"#,
    r#"{"type":"content_block_delta","index":0,"delta":{"type":"hologram","a":@}}"#,
];

#[test]
fn the_nesting_of_a_document_is_limited() {
    let mut count = 0;
    let mut all = |check: fn(&str), holes: &[&str]| {
        for hole in holes {
            check(hole);
            count += 1;
        }
    };
    all(assert_limited::<Json>, &["@", r#"{"a":[@]}"#]);
    all(assert_limited::<CreateMessageRequest>, REQUESTS);
    all(assert_limited::<Message>, MESSAGES);
    all(assert_limited::<StreamEvent>, EVENTS);
    all(assert_limited::<Tool>, &[r#"{"input_schema":@,"name":"f","type":"custom"}"#]);
    let error = r#"{"type":"error","error":{"type":"api_error","message":"a","details":@}}"#;
    all(assert_limited::<ErrorResponse>, &[error]);
    let model =
        r#"{"type":"model","id":"m","display_name":"M","created_at":"t","allowed_fallback_models":@}"#;
    all(assert_limited::<ModelInfo>, &[model]);
    println!("{count} places take {MAX_DEPTH} levels in total, and no more");
}

/// Objects whose `type` comes first are not buffered.
#[test]
fn the_nesting_of_known_types_is_limited() {
    let blocks = |levels: usize, inside: &str| {
        let open = r#"{"type":"tool_result","tool_use_id":"t","content":["#.repeat(levels);
        format!("{open}{inside}{}", "]}".repeat(levels))
    };
    // Each block has two levels, and the object inside has one.
    let inside = r#"{"type":"text","text":"a"}"#;
    on_a_small_stack(|| use_value::<ContentBlock>(&blocks(MAX_DEPTH / 2, inside)));
    let deeper = blocks(MAX_DEPTH / 2, r#"{"type":"hologram","a":{}}"#);
    assert!(is_rejected::<ContentBlock>(&deeper));
    assert!(is_rejected::<ContentBlock>(&blocks(MAX_DEPTH / 2 + 1, "")));
    for bound in 50..70 {
        let message = |inside: &str| format!(r#"{{"role":"user","content":[{}]}}"#, blocks(bound, inside));
        let total = 2 + 2 * bound + 1;
        assert_eq!(is_rejected::<InputMessage>(&message(inside)), total > MAX_DEPTH, "{total} levels");
    }
}

#[test]
fn the_nesting_of_a_decoded_event_is_limited() {
    for hole in EVENTS {
        for (shape, depth) in nestings(MAX_DEPTH - depth_of(hole)) {
            let data = hole.replace('@', &shape);
            let mut decoder = EventDecoder::new();
            decoder.push(format!("event: x\ndata: {data}\n\n"));
            let event = decoder.next();
            assert_eq!(event.is_ok(), depth + depth_of(hole) <= MAX_DEPTH, "{data}");
            if let Ok(event) = event {
                let mut out = BytesMut::new();
                on_a_small_stack(|| encode_event(&event.unwrap(), &mut out));
                assert!(out.len() > data.len());
            }
        }
    }
}

/// Checks that `hole` takes JSON up to `MAX_DEPTH` levels in total.
fn assert_limited<T: Serialize + DeserializeOwned + Clone + PartialEq + std::fmt::Debug>(hole: &str) {
    for (shape, depth) in nestings(MAX_DEPTH - depth_of(hole)) {
        let json = hole.replace('@', &shape);
        if depth + depth_of(hole) <= MAX_DEPTH {
            on_a_small_stack(|| use_value::<T>(&json));
        } else {
            assert!(is_rejected::<T>(&json), "{} levels are read: {json}", depth + depth_of(hole));
        }
    }
}

/// Returns values that nest `limit` levels or more, and how many: arrays,
/// objects, and both.
fn nestings(limit: usize) -> Vec<(String, usize)> {
    let shapes = [("[", "]"), ("{\"a\":", "}"), ("[{\"type\":[],\"a\":", "}]"), ("[[],\"[\\\"\",", ",1]")];
    let depths = [limit, limit + 1, 4 * limit, 10_000];
    let nested = depths.iter().flat_map(|depth| {
        shapes.iter().map(move |(open, close)| {
            let per_level = if open.contains("{\"type") { 2 } else { 1 };
            let levels = depth.saturating_sub(1) / per_level;
            let inside = if (depth - 1) % per_level == 0 { "[]" } else { "[{}]" };
            (format!("{}{inside}{}", open.repeat(levels), close.repeat(levels)), *depth)
        })
    });
    nested.collect()
}

/// Counts the arrays and objects around the hole.
fn depth_of(hole: &str) -> usize {
    let before = hole.split_once('@').unwrap().0;
    let count = |brackets: [char; 2]| before.matches(brackets).count();
    count(['[', '{']) - count([']', '}'])
}

/// Reads a value, and clones, compares, prints, writes and drops it.
fn use_value<T: Serialize + DeserializeOwned + Clone + PartialEq + std::fmt::Debug>(json: &str) {
    let value: T = serde_json::from_slice(json.as_bytes()).unwrap_or_else(|error| panic!("{error}: {json}"));
    let twin = value.clone();
    assert_eq!(value, twin);
    assert!(!format!("{value:?}{value:#?}").is_empty());
    assert_eq!(serde_json::to_string(&value).unwrap().len(), json.len(), "{json}");
    assert!(serde_json::to_vec_pretty(&twin).unwrap().len() >= json.len());
}

fn is_rejected<T: DeserializeOwned>(json: &str) -> bool {
    on_a_small_stack(|| {
        let from_text = serde_json::from_str::<T>(json).is_err();
        assert_eq!(from_text, serde_json::from_reader::<_, T>(json.as_bytes()).is_err(), "{json}");
        from_text
    })
}

fn on_a_small_stack<T: Send>(run: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
        thread.spawn_scoped(scope, run).unwrap().join().unwrap()
    })
}

#[test]
fn the_helpers_count_levels_correctly() {
    assert_eq!(depth_of(r#"{"a":[{}],"b":[@]}"#), 2);
    for (json, depth) in nestings(5).into_iter().filter(|(_, depth)| *depth < 30) {
        let mut deepest = 0;
        let mut level = 0;
        for c in json.replace("\"[\\\"\"", "").chars() {
            level = match c {
                '[' | '{' => level + 1,
                ']' | '}' => level - 1,
                _ => level,
            };
            deepest = deepest.max(level);
        }
        assert_eq!(deepest, depth, "{json}");
        serde_json::from_str::<serde_json::Value>(&json).unwrap();
    }
}
