//! Nothing is lost in reading and writing.

use std::fmt::Debug;

use messages_api::types::CountTokensRequest;
use messages_api::types::batches::CreateBatchRequest;
use messages_api::{ContentBlock, CreateMessageRequest, Message, StreamEvent, Tool};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::json::difference;

/// The input is JSON.
///
/// What it can be read as is written as the same JSON, by a comparator of
/// its own, and reads and writes the same again; read through `Value` or from
/// a reader it is the same.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    // Keys by which `serde_json` talks to itself are no data to `Value`.
    if text.contains("$serde_json::private") {
        return;
    }
    // `Value` has no number beyond a double, and keeps one of two equal keys,
    // but then every type that is read here does that, too.
    let Ok(value) = serde_json::from_str::<Value>(text) else { return };
    round_trip::<CreateMessageRequest>(text, &value);
    round_trip::<CountTokensRequest>(text, &value);
    round_trip::<CreateBatchRequest>(text, &value);
    round_trip::<Message>(text, &value);
    round_trip::<StreamEvent>(text, &value);
    round_trip::<ContentBlock>(text, &value);
    round_trip::<Tool>(text, &value);
}

fn round_trip<T: Serialize + DeserializeOwned + PartialEq + Debug>(text: &str, value: &Value) {
    let Ok(typed) = serde_json::from_str::<T>(text) else { return };
    let written = serde_json::to_string(&typed).expect("what was read can be written");
    let after: Value = serde_json::from_str(&written).unwrap();
    if let Some(difference) = difference("$", value, &after) {
        panic!("{difference}\nread:    {text}\nwritten: {written}");
    }
    let again: T = serde_json::from_str(&written).expect("what was written can be read");
    assert_eq!(again, typed);
    assert_eq!(serde_json::to_string(&again).unwrap(), written);

    let from_reader: T = serde_json::from_reader(text.as_bytes()).unwrap();
    assert_eq!(from_reader, typed);
    // In a `Value` the keys are sorted, so `type` may not stand first any
    // more, and how often an object may be read again is limited.
    match serde_json::from_value::<T>(value.clone()) {
        Ok(from_value) => {
            let after = serde_json::to_value(&from_value).unwrap();
            if let Some(difference) = difference("$", value, &after) {
                panic!("through `Value`: {difference}\nread:    {text}\nwritten: {after}");
            }
        }
        Err(error) => {
            assert!(error.to_string().contains("whose `type` does not stand first"), "{error}\n{text}")
        }
    }
}
