//! Compares reading and writing requests with reading and writing a
//! `serde_json::Value`, on the same bytes in the same process.
//!
//! ```sh
//! cargo bench --manifest-path benches/Cargo.toml --bench model
//! ```
//!
//! Sections: parse, serialize.

use std::hint::black_box;

use messages_api::CreateMessageRequest;
use serde_json::Value;
use support::{Body, Comparison, filtered, image_request, requests};

fn main() {
    for size in [40_000, 200_000, 2_000_000] {
        for body in requests(size) {
            // The goals apply to 200 kB.
            let at_goal = |goal: f64| if size == 200_000 { goal } else { f64::INFINITY };
            let (parse, serialize) = match body.name {
                "long texts" | "prose" => (0.9, 1.0),
                "history" => (0.75, 1.0),
                "small blocks" => (0.7, 1.0),
                _ => (0.4, 0.25),
            };
            compare(&body, at_goal(parse), serialize);
        }
    }
    compare(&image_request(1_000_000), f64::INFINITY, 1.0);
}

fn compare(body: &Body, parse: f64, serialize: f64) {
    let json = &body.json[..];
    let about = format!("{}, {} bytes", body.name, json.len());
    let request: CreateMessageRequest = read(json).expect("the body is a request");
    assert!(request.unknown().is_empty(), "{:?}", request.unknown());
    let value: Value = serde_json::from_slice(json).expect("the body is JSON");
    assert_eq!(serde_json::to_value(&request).expect("a request is JSON"), value);
    if filtered("parse") {
        Comparison::new(format!("parse, {about}: times Value's"), "serde_json::from_slice::<Value>", || {
            black_box(serde_json::from_slice::<Value>(json)).is_ok().into()
        })
        .goal("CreateMessageRequest, as the server reads it", parse, || black_box(read(json)).is_ok().into())
        .run();
    }
    if filtered("serialize") {
        Comparison::new(
            format!("serialize, {about}: times Value's"),
            "serde_json::to_vec of the Value",
            || black_box(serde_json::to_vec(&value)).map_or(0, |json| json.len()),
        )
        .goal("serde_json::to_vec of the request", serialize, || {
            black_box(serde_json::to_vec(&request)).map_or(0, |json| json.len())
        })
        .run();
    }
}

/// Reads a request as the server does, which checks the nesting on the way.
fn read(json: &[u8]) -> Result<CreateMessageRequest, Box<dyn std::error::Error>> {
    Ok(serde_json::from_str(std::str::from_utf8(json)?)?)
}
