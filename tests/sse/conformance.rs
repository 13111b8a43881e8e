//! The decoder and the encoder against the conformance cases.

use bytes::{Bytes, BytesMut};
use messages_api::sse::{self, Decoder, Encoder, FrameFields};
use serde_json::Value;

use crate::cases::{base64, rows};
use crate::{Decoded, cut, fields, run};

/// Longer inputs are not cut in two at every point, which takes quadratic time.
const CUT_EVERYWHERE_UP_TO: usize = 8 << 10;

#[test]
fn the_decoder_passes_every_case() {
    let Some(rows) = rows("sse_cases.jsonl") else {
        return;
    };
    let timed = rows.iter().filter(|row| decoder_case(row)).count();
    println!(
        "{} decoder cases passed, {timed} of them with the number of frames after each chunk",
        rows.len()
    );
}

/// Checks one row. Returns whether it says how many frames there are after
/// each chunk.
fn decoder_case(row: &Value) -> bool {
    let name = row["name"].as_str().unwrap();
    let new = || Decoder::new().lenient(row["profile"] == "sdk");
    let chunks: Vec<Bytes> = row["chunks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|chunk| base64(chunk.as_str().unwrap()).into())
        .collect();
    let whole = chunks.concat();

    let given = run(new(), chunks);
    check(name, "as given", &given, row);
    let timed = !row["dispatched_after"].is_null();
    if timed {
        let found = serde_json::json!(given.dispatched_after);
        assert_eq!(found, row["dispatched_after"], "{name}: frames by chunk");
    }
    check(name, "whole", &run(new(), [whole.clone().into()]), row);
    check(name, "by the byte", &run(new(), cut(&whole, 1)), row);
    if whole.len() <= CUT_EVERYWHERE_UP_TO {
        let whole = Bytes::from(whole.clone());
        for at in 0..=whole.len() {
            let halves = [whole.slice(..at), whole.slice(at..)];
            check(name, &format!("cut at {at}"), &run(new(), halves), row);
        }
    }
    if row["profile"] == "whatwg" {
        let frames: Vec<_> = sse::decode(&whole).collect();
        assert_eq!(frames, given.frames, "{name}: as a slice");
    }
    timed
}

fn check(name: &str, how: &str, decoded: &Decoded, row: &Value) {
    assert_eq!(fields(&decoded.frames), expected(&row["expect"]), "{name}, {how}");
    let end = &row["final"];
    assert_eq!(decoded.last_event_id, end["last_event_id"], "{name}, {how}");
    assert_eq!(decoded.retry, end["retry"].as_u64(), "{name}, {how}");
    assert_eq!(decoded.error, None, "{name}, {how}");
}

#[test]
fn the_encoder_passes_every_case() {
    let Some(rows) = rows("sse_encode_cases.jsonl") else {
        return;
    };
    for row in &rows {
        encoder_case(row);
    }
    println!("{} encoder cases passed", rows.len());
}

fn encoder_case(row: &Value) {
    let name = row["name"].as_str().unwrap();
    let mut out = BytesMut::from("before");
    let input = &row["in"];
    let result = if let Some(comment) = input["comment"].as_str() {
        Encoder::new().comment(comment, &mut out)
    } else {
        let mut fields = FrameFields::new(input["data"].as_str().unwrap());
        if let Some(event) = input["event"].as_str() {
            fields = fields.event(event);
        }
        if let Some(id) = input["id"].as_str() {
            fields = fields.id(id);
        }
        if let Some(retry) = input["retry"].as_u64() {
            fields = fields.retry(std::time::Duration::from_millis(retry));
        }
        Encoder::new().encode(fields, &mut out)
    };
    let written = &out["before".len()..];
    if row["reject"] == true {
        assert!(result.is_err(), "{name}: must be rejected");
        assert!(written.is_empty(), "{name}: wrote {written:?}");
        return;
    }
    assert_eq!(result, Ok(()), "{name}");
    assert_eq!(String::from_utf8(written.to_vec()).unwrap(), row["canonical"], "{name}");
    let decoded = run(Decoder::new(), cut(written, written.len()));
    assert_eq!(fields(&decoded.frames), expected(&row["expect_decoded"]), "{name}: decoded");
    assert_eq!(decoded.retry, row["expect_decoded"][0]["retry"].as_u64(), "{name}: decoded");
}

fn expected(frames: &Value) -> Vec<(&str, &str, &str)> {
    frames
        .as_array()
        .unwrap()
        .iter()
        .map(|frame| {
            (frame["event"].as_str().unwrap(), frame["data"].as_str().unwrap(), frame["id"].as_str().unwrap())
        })
        .collect()
}
