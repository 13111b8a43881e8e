//! Whole streams against the messages that the official SDKs make of them.

use messages_api::{Error, ErrorKind, Message};
use serde_json::{Value, json};

use crate::cases::{base64, rows_or_fixture};
use crate::common::read_message;

#[derive(serde::Deserialize)]
struct Case {
    name: String,
    kind: String,
    sse_base64: String,
    final_message: Option<Value>,
    ts_final_message: Option<Value>,
}

/// Returns `value` without nulls and without the field that only the SDKs add,
/// and with all numbers as floats.
fn comparable(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.iter().filter(|(key, value)| !value.is_null() && *key != "parsed_output");
            kept.map(|(key, value)| (key.clone(), comparable(value)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        }
        Value::Array(list) => list.iter().map(comparable).collect(),
        Value::Number(number) => number.as_f64().unwrap().into(),
        other => other.clone(),
    }
}

/// Reads `sse` in one chunk, byte by byte, and in two chunks cut at every point.
/// All of these must give the same result, which is returned.
fn read_however_cut(name: &str, sse: &[u8]) -> Result<Message, Error> {
    let whole = read_message(vec![sse.to_vec()]);
    let same = |chunks: Vec<Vec<u8>>, how: &str| match (&whole, read_message(chunks)) {
        (Ok(whole), Ok(cut)) => assert_eq!(*whole, cut, "{name} {how}"),
        (Err(whole), Err(cut)) => {
            assert_eq!(whole.kind(), cut.kind(), "{name} {how}");
            assert_eq!(whole.partial_message(), cut.partial_message(), "{name} {how}");
        }
        (whole, cut) => panic!("{name} {how}: {whole:?} and {cut:?}"),
    };
    same(sse.iter().map(|&byte| vec![byte]).collect(), "byte by byte");
    for at in 0..=sse.len() {
        same(vec![sse[..at].to_vec(), sse[at..].to_vec()], &format!("cut at {at}"));
    }
    whole
}

#[test]
fn every_case_adds_up_as_in_the_official_sdks() {
    let (mut same, mut errors) = (0, 0);
    for row in rows_or_fixture("stream_cases.jsonl") {
        let case: Case = serde_json::from_value(row).unwrap();
        let name = &case.name;
        let result = read_however_cut(name, &base64(&case.sse_base64));
        if case.kind == "ok" || case.kind == "tolerance" {
            let message = result.unwrap_or_else(|error| panic!("{name}: {error}"));
            let mut ours = comparable(&serde_json::to_value(&message).unwrap());
            if name == "fault/unknown-fields-everywhere" {
                // Both SDKs drop an unknown count of `message_delta`; this crate keeps it.
                assert!(ours["usage"].as_object_mut().unwrap().remove("new_tokens").is_some());
            }
            let official: Vec<_> =
                [&case.final_message, &case.ts_final_message].into_iter().flatten().collect();
            if official.is_empty() {
                // Both SDKs fail on these: on a stream without event names, and
                // on a `message_delta` without usage. This crate reads both.
                assert!(["fault/no-event-lines", "fault/usage-missing"].contains(&name.as_str()), "{name}");
                assert!(!message.text().is_empty(), "{name}");
                assert!(message.stop_reason.is_some(), "{name}");
            } else {
                let equal = official.iter().any(|official| comparable(official) == ours);
                assert!(equal, "{name}\nours:     {ours}\nofficial: {official:?}");
            }
            same += 1;
        } else {
            let error = result.err().unwrap_or_else(|| panic!("{name} gives no error"));
            let expected = match case.kind.as_str() {
                "truncated" => ErrorKind::Incomplete,
                "error-event" => ErrorKind::Api,
                "bad-order" | "bad-json" => ErrorKind::Protocol,
                other => panic!("{name}: unknown kind {other}"),
            };
            assert_eq!(error.kind(), expected, "{name}: {error}");
            let not_begun = ["fault/cut-after-0-events", "fault/error-first", "fault/delta-before-start"];
            assert_ne!(error.partial_message().is_some(), not_begun.contains(&name.as_str()), "{name}");
            errors += 1;
        }
    }
    println!("{same} streams add up as in the official SDKs, {errors} are typed errors");
}

/// What the recorded streams do not have: every field that a delta may set, and whatever is absent or `null`
/// at the start.
const EVENTS: &str = r#"
{"type":"message_start","message":{"id":"msg_01","type":"message","role":"assistant","model":"a","content":[],"stop_reason":null,"usage":{"input_tokens":12,"output_tokens":1,"cache_read_input_tokens":3}}}
{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"Hm"}}
{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"m."}}
{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"b2xk"}}
{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"bmV3"}}
{"type":"content_block_stop","index":0}
{"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"ZW5j"}}
{"type":"content_block_stop","index":1}
{"type":"content_block_start","index":2,"content_block":{"type":"text","text":"Oh","citations":null}}
{"type":"content_block_delta","index":2,"delta":{"type":"citations_delta","citation":{"type":"future_location","at":1.0}}}
{"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":": so"}}
{"type":"content_block_delta","index":2,"delta":{"type":"citations_delta","citation":{"type":"future_location","at":2}}}
{"type":"content_block_stop","index":2}
{"type":"content_block_start","index":3,"content_block":{"type":"text","text":""}}
{"type":"content_block_delta","index":3,"delta":{"type":"citations_delta","citation":{"type":"future_location","at":3}}}
{"type":"content_block_stop","index":3}
{"type":"content_block_start","index":4,"content_block":{"type":"compaction","content":null,"encrypted_content":null}}
{"type":"content_block_delta","index":4,"delta":{"type":"compaction_delta","content":"short","encrypted_content":"ZW5j"}}
{"type":"content_block_stop","index":4}
{"type":"content_block_start","index":5,"content_block":{"type":"tool_use","id":"toolu_01","name":"f","input":{}}}
{"type":"content_block_start","index":6,"content_block":{"type":"server_tool_use","id":"srvtoolu_01","name":"web_search","input":{"query":"q"}}}
{"type":"content_block_start","index":7,"content_block":{"type":"mcp_tool_use","id":"mcptoolu_01","name":"g","server_name":"s","input":{}}}
{"type":"content_block_delta","index":7,"delta":{"type":"input_json_delta","partial_json":"{\"a\":"}}
{"type":"content_block_delta","index":5,"delta":{"type":"input_json_delta","partial_json":""}}
{"type":"content_block_delta","index":7,"delta":{"type":"input_json_delta","partial_json":"[1]}"}}
{"type":"content_block_stop","index":6}
{"type":"content_block_stop","index":7}
{"type":"content_block_stop","index":5}
{"type":"content_block_start","index":8,"content_block":{"type":"fallback","from":{"model":"a"},"to":{"model":"b"}}}
{"type":"content_block_stop","index":8}
{"type":"message_delta","context_management":{"applied_edits":[]},"delta":{"stop_reason":"refusal","stop_sequence":"END","stop_details":{"type":"refusal","category":"cyber","fallback_credit_token":"t"},"container":{"id":"container_01","expires_at":"later"}},"usage":{"input_tokens":20,"output_tokens":5,"cache_creation_input_tokens":4,"cache_read_input_tokens":null,"server_tool_use":{"web_search_requests":1,"web_fetch_requests":0},"output_tokens_details":{"thinking_tokens":2},"iterations":[{"type":"message","input_tokens":20,"output_tokens":5}],"fallback_credit":{"status":{"type":"redeemed"}}}}
{"type":"message_delta","delta":{},"usage":{"output_tokens":9}}
{"type":"message_stop"}
"#;

#[test]
fn every_event_leaves_its_part_in_the_message() {
    let sse: String = EVENTS.trim().lines().map(|event| format!("data: {event}\n\n")).collect();
    let message = read_however_cut("every part", sse.as_bytes()).unwrap();
    let expected = json!({
        "id": "msg_01", "type": "message", "role": "assistant", "model": "b",
        "content": [
            {"type": "thinking", "thinking": "Hmm.", "signature": "bmV3"},
            {"type": "redacted_thinking", "data": "ZW5j"},
            {"type": "text", "text": "Oh: so", "citations": [
                {"type": "future_location", "at": 1.0}, {"type": "future_location", "at": 2},
            ]},
            {"type": "text", "text": "", "citations": [{"type": "future_location", "at": 3}]},
            {"type": "compaction", "content": "short", "encrypted_content": "ZW5j"},
            {"type": "tool_use", "id": "toolu_01", "name": "f", "input": {}},
            {"type": "server_tool_use", "id": "srvtoolu_01", "name": "web_search", "input": {"query": "q"}},
            {"type": "mcp_tool_use", "id": "mcptoolu_01", "name": "g", "server_name": "s", "input": {"a": [1]}},
            {"type": "fallback", "from": {"model": "a"}, "to": {"model": "b"}},
        ],
        "stop_reason": "refusal", "stop_sequence": "END",
        "stop_details": {"type": "refusal", "category": "cyber", "fallback_credit_token": "t"},
        "container": {"id": "container_01", "expires_at": "later"},
        "context_management": {"applied_edits": []},
        "usage": {
            "input_tokens": 20, "output_tokens": 9, "cache_creation_input_tokens": 4,
            "cache_read_input_tokens": 3, "output_tokens_details": {"thinking_tokens": 2},
            "server_tool_use": {"web_search_requests": 1, "web_fetch_requests": 0},
            "iterations": [{"type": "message", "input_tokens": 20, "output_tokens": 5}],
            "fallback_credit": {"status": {"type": "redeemed"}},
        },
    });
    assert_eq!(comparable(&serde_json::to_value(&message).unwrap()), comparable(&expected));
}
