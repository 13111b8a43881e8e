//! Whole streams against the messages that the official SDKs make of them.

use messages_api::{Error, ErrorKind, Message};
use serde_json::Value;

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
