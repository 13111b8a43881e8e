//! Every vector and every recorded request comes out as it went in.

use std::path::PathBuf;

use messages_api::{
    BatchResult, CountTokensRequest, CreateBatchRequest, CreateMessageRequest, DeletedMessageBatch,
    ErrorResponse, Message, MessageBatch, MessageBatchPage, MessageTokensCount, ModelInfo, ModelPage,
    StreamEvent,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::compare::assert_same;

/// The folder with the conformance files, if there is one.
fn cases() -> Option<PathBuf> {
    std::env::var_os("MESSAGES_API_CASES").map(PathBuf::from)
}

/// Reads, writes and compares; answers what the type does not know.
fn round_trip<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(
    name: &str,
    before: &Value,
) -> T {
    let text = before.to_string();
    let typed: T = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
    assert_same(name, before, &serde_json::from_str(&serde_json::to_string(&typed).unwrap()).unwrap());

    let from_value: T =
        serde_json::from_value(before.clone()).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_same(name, before, &serde_json::to_value(&from_value).unwrap());
    let from_reader: T =
        serde_json::from_reader(text.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(typed, from_reader, "{name}");
    typed
}

/// Round-trips `json` as what `kind` says; answers what it does not know.
fn unknown_in(name: &str, kind: &str, json: &Value) -> Vec<String> {
    match kind {
        "request" => round_trip::<CreateMessageRequest>(name, json).unknown(),
        "response" => round_trip::<Message>(name, json).unknown(),
        "event" => {
            let event = round_trip::<StreamEvent>(name, json);
            assert_eq!(event.type_name(), json["type"], "{name}");
            event.unknown()
        }
        "error" => round_trip::<ErrorResponse>(name, json).unknown(),
        "count" if json.get("messages").is_some() => round_trip::<CountTokensRequest>(name, json).unknown(),
        "count" => round_trip::<MessageTokensCount>(name, json).unknown(),
        "model" if json.get("data").is_some() => round_trip::<ModelPage>(name, json).unknown(),
        "model" => round_trip::<ModelInfo>(name, json).unknown(),
        "batch" if json.get("requests").is_some() => round_trip::<CreateBatchRequest>(name, json).unknown(),
        "batch" if json.get("data").is_some() => round_trip::<MessageBatchPage>(name, json).unknown(),
        "batch" if json.get("custom_id").is_some() => round_trip::<BatchResult>(name, json).unknown(),
        "batch" if json["type"] == "message_batch" => round_trip::<MessageBatch>(name, json).unknown(),
        "batch" => round_trip::<DeletedMessageBatch>(name, json).unknown(),
        _ => panic!("{name}: no type for the kind {kind}"),
    }
}

#[test]
fn vectors_round_trip() {
    let fixtures = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures"));
    let folder = cases().unwrap_or_else(fixtures);
    let lines = std::fs::read_to_string(folder.join("wire_vectors.jsonl")).unwrap();
    let mut count = 0;
    let mut untyped = Vec::new();
    for line in lines.lines() {
        let vector: Value = serde_json::from_str(line).unwrap();
        let name = vector["name"].as_str().unwrap();
        let unknown = unknown_in(name, vector["kind"].as_str().unwrap(), &vector["json"]);
        count += 1;
        if !unknown.is_empty() {
            println!("{name} holds untyped: {}", unknown.join(", "));
            untyped.push(name.to_owned());
        }
    }
    assert!(count > 0, "no vector ran");
    // These two are about what nobody knows yet.
    assert_eq!(untyped, ["res_unknown_block", "ev_unknown"]);
    println!("{count} vectors round-trip");
}

#[test]
fn recorded_requests_round_trip() {
    let Some(folder) = cases() else {
        println!("skipped: MESSAGES_API_CASES names no folder with recorded requests");
        return;
    };
    let mut count = 0;
    for entry in std::fs::read_dir(folder.join("recorded")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let recorded: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let target = recorded["path"].as_str().unwrap();
        let kind = if target.contains("count_tokens") {
            "count"
        } else if target.contains("/messages") {
            "request"
        } else {
            continue;
        };
        let unknown = unknown_in(&name, kind, &recorded["body"]);
        count += 1;
        if !unknown.is_empty() {
            println!("{name} holds untyped: {}", unknown.join(", "));
        }
    }
    assert!(count > 0, "no recorded request ran");
    println!("{count} recorded requests round-trip");
}
