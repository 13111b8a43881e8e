//! The wire types lose nothing in reading and writing.

use std::fmt::Debug;

use messages_api::types::CountTokensRequest;
use messages_api::types::batches::CreateBatchRequest;
use messages_api::{ContentBlock, CreateMessageRequest, Message, StreamEvent, Tool};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::json::difference;

/// Checks a JSON text with every type that it can be read as.
///
/// The value is written as the same JSON, as judged by `difference`, which is
/// read and written as the same again. Reading by a `Value` or from a reader
/// gives the same value.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    // Keys that `serde_json` uses internally are not data to a `Value`.
    if text.contains("$serde_json::private") {
        return;
    }
    // `Value` has no number beyond a double, so such a text is skipped. It keeps
    // one of two equal keys, on both sides of the comparison.
    let Ok(value) = serde_json::from_str::<Value>(text) else { return };
    assert_round_trips::<CreateMessageRequest>(text, &value);
    assert_round_trips::<CountTokensRequest>(text, &value);
    assert_round_trips::<CreateBatchRequest>(text, &value);
    assert_round_trips::<Message>(text, &value);
    assert_round_trips::<StreamEvent>(text, &value);
    assert_round_trips::<ContentBlock>(text, &value);
    assert_round_trips::<Tool>(text, &value);
}

fn assert_round_trips<T: Serialize + DeserializeOwned + PartialEq + Debug>(text: &str, value: &Value) {
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
    // A `Value` sorts its keys, so `type` may not come first any more, and the
    // nesting of such objects is limited.
    match serde_json::from_value::<T>(value.clone()) {
        Ok(from_value) => {
            let after = serde_json::to_value(&from_value).unwrap();
            if let Some(difference) = difference("$", value, &after) {
                panic!("by `Value`: {difference}\nread:    {text}\nwritten: {after}");
            }
        }
        Err(error) => {
            assert!(error.to_string().contains("whose `type` does not come first"), "{error}\n{text}")
        }
    }
}
