//! Every vector and every recorded request is written as it was read.

use messages_api::types::batches::{
    BatchResult, CreateBatchRequest, DeletedMessageBatch, MessageBatch, MessageBatchPage,
};
use messages_api::types::models::{ModelInfo, ModelPage};
use messages_api::types::{CountTokensRequest, ErrorResponse, MessageTokensCount};
use messages_api::{CreateMessageRequest, Message, StreamEvent};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::cases::{recorded, rows_or_fixture};
use crate::compare::assert_same;

/// A JSON value and the kind of document it is.
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) json: Value,
}

/// Returns the vectors.
pub(crate) fn vectors() -> Vec<Sample> {
    let sample = |mut vector: Value| {
        let text = |field: &str| vector[field].as_str().unwrap().to_owned();
        Sample { name: text("name"), kind: text("kind"), json: vector["json"].take() }
    };
    rows_or_fixture("wire_vectors.jsonl").into_iter().map(sample).collect()
}

/// Returns the bodies of the recorded requests, or none if there is no folder
/// with them.
pub(crate) fn recorded_requests() -> Vec<Sample> {
    let Some(recorded) = recorded() else { return Vec::new() };
    let samples = recorded.into_iter().filter_map(|(name, mut request)| {
        let kind = match request["path"].as_str().unwrap() {
            path if path.contains("count_tokens") => "count",
            path if path.contains("/messages") => "request",
            _ => return None,
        };
        Some(Sample { name, kind: kind.to_owned(), json: request["body"].take() })
    });
    let samples: Vec<_> = samples.collect();
    assert!(!samples.is_empty(), "no recorded request is to a known path");
    samples
}

/// Calls `$run::<T>(…)` with the type of the sample.
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

/// A type that lists the unknown values in it.
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

/// Checks that the sample is written as it was read, and returns the unknown
/// values in it.
fn assert_round_trips<T: Model>(sample: &Sample) -> Vec<String> {
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

/// Returns the names of the samples that hold unknown values, with these.
fn unknown_values(samples: &[Sample]) -> Vec<(&str, Vec<String>)> {
    let found = samples.iter().map(|sample| {
        let unknown = with_type_of!(sample, assert_round_trips(sample));
        if !unknown.is_empty() {
            println!("{} holds unknown values: {}", sample.name, unknown.join(", "));
        }
        (sample.name.as_str(), unknown)
    });
    found.filter(|(_, unknown)| !unknown.is_empty()).collect()
}

#[test]
fn every_vector_round_trips() {
    let samples = vectors();
    // These two hold unknown values on purpose.
    let names: Vec<_> = unknown_values(&samples).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["res_unknown_block", "ev_unknown"]);
    println!("{} vectors round-trip", samples.len());
}

#[test]
fn every_vector_of_an_event_has_its_type() {
    for sample in vectors().iter().filter(|sample| sample.kind == "event") {
        let event: StreamEvent = serde_json::from_value(sample.json.clone()).unwrap();
        assert_eq!(event.type_name(), sample.json["type"], "{}", sample.name);
    }
}

#[test]
fn every_recorded_request_round_trips() {
    let samples = recorded_requests();
    // A coding agent sends this field, whose type is not published.
    for (name, unknown) in unknown_values(&samples) {
        assert_eq!(unknown, ["safeguards"], "{name}");
    }
    println!("{} recorded requests round-trip", samples.len());
}
