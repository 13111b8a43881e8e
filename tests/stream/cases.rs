//! Whole streams against what the official SDKs make of them.

use std::path::PathBuf;

use messages_api::stream::EventDecoder;
use messages_api::{Error, ErrorKind, Message, MessageStream};
use serde_json::Value;

#[derive(serde::Deserialize)]
struct Case {
    name: String,
    kind: String,
    sse_base64: String,
    final_message: Option<Value>,
    ts_final_message: Option<Value>,
}

fn cases() -> Vec<Case> {
    let fixtures = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures"));
    let folder = std::env::var_os("MESSAGES_API_CASES").map_or_else(fixtures, PathBuf::from);
    let text = std::fs::read_to_string(folder.join("stream_cases.jsonl")).unwrap();
    let cases: Vec<_> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(!cases.is_empty(), "no case ran");
    cases
}

pub(crate) fn base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut out, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for byte in text.bytes().filter(|&byte| byte != b'=') {
        bits = bits << 6 | u32::try_from(ALPHABET.iter().position(|&b| b == byte).unwrap()).unwrap();
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from(bits >> count & 0xff).unwrap());
        }
    }
    out
}

/// The message that the bytes, cut into `chunks`, add up to.
pub(crate) fn accumulate(chunks: Vec<Vec<u8>>) -> Result<Message, Error> {
    let bytes = futures::stream::iter(chunks.into_iter().map(Ok::<_, std::io::Error>));
    block_on(MessageStream::from_bytes(bytes, EventDecoder::new()).final_message())
}

pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// Without nulls and what never travels; numbers as floats.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.iter().filter(|(key, value)| !value.is_null() && *key != "parsed_output");
            kept.map(|(key, value)| (key.clone(), plain(value))).collect::<serde_json::Map<_, _>>().into()
        }
        Value::Array(list) => list.iter().map(plain).collect(),
        Value::Number(number) => number.as_f64().unwrap().into(),
        other => other.clone(),
    }
}

/// What the stream gives however it is cut: whole, byte by byte, in two.
fn however_cut(name: &str, sse: &[u8]) -> Result<Message, Error> {
    let whole = accumulate(vec![sse.to_vec()]);
    let same = |chunks: Vec<Vec<u8>>, how: &str| match (&whole, accumulate(chunks)) {
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
fn cases_accumulate_to_the_official_result() {
    let (mut same, mut errors) = (0, 0);
    for case in cases() {
        let name = &case.name;
        let result = however_cut(name, &base64(&case.sse_base64));
        if case.kind == "ok" || case.kind == "tolerance" {
            let message = result.unwrap_or_else(|error| panic!("{name}: {error}"));
            let mut ours = plain(&serde_json::to_value(&message).unwrap());
            if name == "fault/unknown-fields-everywhere" {
                // Both SDKs lose an unknown count of `message_delta`; we keep it.
                assert!(ours["usage"].as_object_mut().unwrap().remove("new_tokens").is_some());
            }
            let official: Vec<_> =
                [&case.final_message, &case.ts_final_message].into_iter().flatten().collect();
            if official.is_empty() {
                // Both SDKs fail here: the one on a stream without names, the
                // other on a `message_delta` without usage. We lose neither.
                assert!(["fault/no-event-lines", "fault/usage-missing"].contains(&name.as_str()), "{name}");
                assert!(!message.text().is_empty(), "{name}");
                assert!(message.stop_reason.is_some(), "{name}");
            } else {
                let equal = official.iter().any(|official| plain(official) == ours);
                assert!(equal, "{name}\nours:     {ours}\nofficial: {official:?}");
            }
            same += 1;
        } else {
            let error = result.err().unwrap_or_else(|| panic!("{name} is no error"));
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
