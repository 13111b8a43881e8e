//! Every vector and every recorded request comes out as it went in.

use std::path::PathBuf;

use messages_api::types::batches::{
    BatchResult, CreateBatchRequest, DeletedMessageBatch, MessageBatch, MessageBatchPage,
};
use messages_api::types::models::{ModelInfo, ModelPage};
use messages_api::types::{CountTokensRequest, ErrorResponse, MessageTokensCount};
use messages_api::{CreateMessageRequest, Message, StreamEvent};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::compare::assert_same;

/// A JSON text and what kind of thing it is.
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) json: Value,
}

/// The vectors.
pub(crate) fn vectors() -> Vec<Sample> {
    let fixtures = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures"));
    let folder = cases().unwrap_or_else(fixtures);
    let lines = std::fs::read_to_string(folder.join("wire_vectors.jsonl")).unwrap();
    let samples = lines.lines().map(|line| {
        let mut vector: Value = serde_json::from_str(line).unwrap();
        let text = |field: &str| vector[field].as_str().unwrap().to_owned();
        Sample { name: text("name"), kind: text("kind"), json: vector["json"].take() }
    });
    let samples: Vec<_> = samples.collect();
    assert!(!samples.is_empty(), "there is no vector");
    samples
}

/// The recorded requests, if there is a folder with them.
pub(crate) fn recorded_requests() -> Vec<Sample> {
    let Some(folder) = cases() else {
        println!("skipped: MESSAGES_API_CASES names no folder with recorded requests");
        return Vec::new();
    };
    let mut paths: Vec<_> =
        std::fs::read_dir(folder.join("recorded")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let samples = paths.iter().filter_map(|path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let mut recorded: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let target = recorded["path"].as_str().unwrap();
        let kind = match target {
            _ if target.contains("count_tokens") => "count",
            _ if target.contains("/messages") => "request",
            _ => return None,
        };
        Some(Sample { name, kind: kind.to_owned(), json: recorded["body"].take() })
    });
    let samples: Vec<_> = samples.collect();
    assert!(!samples.is_empty(), "there is no recorded request");
    samples
}

/// The folder with the conformance files, if there is one.
fn cases() -> Option<PathBuf> {
    std::env::var_os("MESSAGES_API_CASES").map(PathBuf::from)
}

/// `$run::<T>(…)` with the type that the sample is of.
macro_rules! with_type_of {
    ($sample:expr, $run:ident($($argument:expr),*)) => {{
        let crate::vectors::Sample { name, kind, json } = $sample;
        match kind.as_str() {
            "request" => $run::<messages_api::CreateMessageRequest>($($argument),*),
            "response" => $run::<messages_api::Message>($($argument),*),
            "event" => $run::<messages_api::StreamEvent>($($argument),*),
            "error" => $run::<messages_api::types::ErrorResponse>($($argument),*),
            "count" if json.get("messages").is_some() => {
                $run::<messages_api::types::CountTokensRequest>($($argument),*)
            }
            "count" => $run::<messages_api::types::MessageTokensCount>($($argument),*),
            "model" if json.get("data").is_some() => $run::<messages_api::types::models::ModelPage>($($argument),*),
            "model" => $run::<messages_api::types::models::ModelInfo>($($argument),*),
            "batch" if json.get("requests").is_some() => {
                $run::<messages_api::types::batches::CreateBatchRequest>($($argument),*)
            }
            "batch" if json.get("data").is_some() => $run::<messages_api::types::batches::MessageBatchPage>($($argument),*),
            "batch" if json.get("custom_id").is_some() => $run::<messages_api::types::batches::BatchResult>($($argument),*),
            "batch" if json["type"] == "message_batch" => $run::<messages_api::types::batches::MessageBatch>($($argument),*),
            "batch" => $run::<messages_api::types::batches::DeletedMessageBatch>($($argument),*),
            _ => panic!("{name}: no type for the kind {kind}"),
        }
    }};
}

pub(crate) use with_type_of;

/// A type that tells what in it is unknown.
pub(crate) trait Model: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug {
    fn unknown_in(&self) -> Vec<String>;
}

macro_rules! models {
    ($($name:ty)*) => {$(
        impl Model for $name {
            fn unknown_in(&self) -> Vec<String> {
                self.unknown()
            }
        }
    )*};
}

models! {
    CreateMessageRequest Message StreamEvent ErrorResponse CountTokensRequest MessageTokensCount ModelPage
    ModelInfo CreateBatchRequest MessageBatchPage BatchResult MessageBatch DeletedMessageBatch
}

/// Reads, writes and compares; answers what the type does not know.
fn round_trip<T: Model>(sample: &Sample) -> Vec<String> {
    let Sample { name, json, .. } = sample;
    let text = json.to_string();
    let typed: T = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
    assert_same(name, &text, &serde_json::to_string(&typed).unwrap());

    let from_value: T =
        serde_json::from_value(json.clone()).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_same(name, &text, &serde_json::to_value(&from_value).unwrap().to_string());
    let from_reader: T =
        serde_json::from_reader(text.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(typed, from_reader, "{name}");
    typed.unknown_in()
}

/// What the samples hold untyped, with their names.
fn untyped(samples: &[Sample]) -> Vec<(&str, Vec<String>)> {
    let found = samples.iter().map(|sample| {
        let unknown = with_type_of!(sample, round_trip(sample));
        if !unknown.is_empty() {
            println!("{} holds untyped: {}", sample.name, unknown.join(", "));
        }
        (sample.name.as_str(), unknown)
    });
    found.filter(|(_, unknown)| !unknown.is_empty()).collect()
}

#[test]
fn vectors_round_trip() {
    let samples = vectors();
    // These two are about what nobody knows yet.
    let names: Vec<_> = untyped(&samples).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["res_unknown_block", "ev_unknown"]);
    println!("{} vectors round-trip", samples.len());
}

#[test]
fn vectors_of_events_are_of_their_type() {
    for sample in vectors().iter().filter(|sample| sample.kind == "event") {
        let event: messages_api::StreamEvent = serde_json::from_value(sample.json.clone()).unwrap();
        assert_eq!(event.type_name(), sample.json["type"], "{}", sample.name);
    }
}

#[test]
fn recorded_requests_round_trip() {
    let samples = recorded_requests();
    // What a terminal's client asks of the API about its own commands; its
    // shape is not published.
    for (name, unknown) in untyped(&samples) {
        assert_eq!(unknown, ["safeguards"], "{name}");
    }
    println!("{} recorded requests round-trip", samples.len());
}
