//! What becomes of a response that lacks one field: here, and in the official SDKs.
//!
//! The first row of the fixture names the SDKs and holds a whole message and the events of a streamed one.
//! Each of the others is about a field of one of them, by its path, once absent and once `null`. The SDKs
//! were run against a server that sent each of these responses, and so is this crate here.
//!
//! | word | meaning |
//! |---|---|
//! | `reads` | There is no error, and no other field is affected. |
//! | `whole` | A whole message is read, but a streamed one is an error. |
//! | `differs` | There is no error, but the message has lost more than the field, or has other content. |
//! | `fails` | There is an error. |

use std::collections::BTreeSet;
use std::fmt::Write;

use messages_api::Message;
use serde_json::{Value, json};

use crate::cases;
use crate::common::read_message;

/// The names of the fields without which this crate fails although both SDKs read the rest.
const REQUIRED: [&[&str]; 3] = [
    // What a thing is, and to which one it belongs.
    &["type", "id", "name", "tool_use_id", "file_id", "index", "url", "source"],
    // Positions in a source.
    &[
        "document_index",
        "search_result_index",
        "start_char_index",
        "end_char_index",
        "start_page_number",
        "end_page_number",
        "start_block_index",
        "end_block_index",
    ],
    // The results of tools that the API runs, and citations: no value in their place would be obvious.
    &["content", "error_code", "return_code", "citation"],
];

#[test]
fn every_absent_field_is_read_as_the_inventory_says() {
    let mut rows = cases::fixture("absent_fields.jsonl").into_iter();
    let documents = rows.next().unwrap();
    let (mut wrong, mut required, mut count) = (String::new(), BTreeSet::new(), 0);
    for row in rows {
        let (of, field) = (row["of"].as_str().unwrap(), row["field"].as_str().unwrap());
        for gap in ["absent", "null"] {
            let lacking = without(&documents[of], field, gap == "null");
            let ours = match of {
                "message" => read_both(&lacking),
                _ => read_stream(&documents["events"], lacking.as_array().unwrap()),
            };
            let expected = &row[gap];
            if expected["ours"] != ours {
                let _ = writeln!(wrong, "{of} {field} {gap}: {ours}, not {}", expected["ours"]);
            }
            if ours == "fails" && expected["python"] == "reads" && expected["typescript"] == "reads" {
                required.insert(field.rsplit('.').next().unwrap().to_owned());
            }
            count += 1;
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    assert_eq!(required, REQUIRED.concat().into_iter().map(str::to_owned).collect());
    println!("{count} responses");
    assert!(count > 300, "{count}");
}

/// Returns `document` without the field at `path`, or with `null` in its place.
fn without(document: &Value, path: &str, null: bool) -> Value {
    let mut lacking = document.clone();
    let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
    let pointer: String =
        parent.split('.').filter(|name| !name.is_empty()).map(|name| format!("/{name}")).collect();
    let fields = lacking.pointer_mut(&pointer).unwrap().as_object_mut().unwrap();
    let before = if null { fields.insert(name.to_owned(), Value::Null) } else { fields.remove(name) };
    assert!(before.is_some(), "{path}");
    lacking
}

/// Reads a message both whole and as a stream.
fn read_both(message: &Value) -> &'static str {
    let events = events_of(message);
    match (serde_json::from_str::<Message>(&message.to_string()), read(&events, &events)) {
        (Ok(_), Some(_)) => "reads",
        (Ok(_), None) => "whole",
        (Err(_), Some(_)) => "stream",
        (Err(_), None) => "fails",
    }
}

/// Returns the events by which a server sends `message`, if each block is complete from its start.
fn events_of(message: &Value) -> Vec<Value> {
    let mut start = message.clone();
    let fields = start.as_object_mut().unwrap();
    let mut delta = json!({});
    for name in ["stop_reason", "stop_sequence"] {
        if let Some(value) = fields.remove(name) {
            delta[name] = value;
        }
    }
    let blocks = match fields.get_mut("content").map(Value::take) {
        Some(Value::Array(blocks)) => {
            fields.insert("content".to_owned(), json!([]));
            blocks
        }
        _ => Vec::new(),
    };
    let mut events = vec![json!({"type": "message_start", "message": start})];
    for (index, block) in blocks.into_iter().enumerate() {
        events.push(json!({"type": "content_block_start", "index": index, "content_block": block}));
        events.push(json!({"type": "content_block_stop", "index": index}));
    }
    events.push(json!({"type": "message_delta", "delta": delta, "usage": {"output_tokens": 5}}));
    events.push(json!({"type": "message_stop"}));
    events
}

/// Reads a stream that lacks a field of `complete`, and compares the messages.
fn read_stream(complete: &Value, lacking: &[Value]) -> &'static str {
    let complete = complete.as_array().unwrap();
    let all = read(complete, complete).unwrap();
    match read(complete, lacking) {
        Some(message) if contents(&message) == contents(&all) => "reads",
        Some(_) => "differs",
        None => "fails",
    }
}

/// Reads events, which are named as those of `complete`.
fn read(complete: &[Value], events: &[Value]) -> Option<Message> {
    let frame = |(complete, event): (&Value, &Value)| {
        format!("event: {}\ndata: {event}\n\n", complete["type"].as_str().unwrap())
    };
    let body: String = complete.iter().zip(events).map(frame).collect();
    read_message(vec![body.into_bytes()]).ok()
}

/// Returns what the blocks contain, how many citations there are, and how the message ends.
fn contents(message: &Message) -> Value {
    let blocks = message.content.iter().map(|block| {
        let block = serde_json::to_value(block).unwrap();
        let citations = block["citations"].as_array().map_or(0, Vec::len);
        json!([block["thinking"], block["signature"], block["text"], citations, block["input"]])
    });
    json!([blocks.collect::<Vec<_>>(), message.stop_reason, message.usage.output_tokens])
}
