//! What a translation takes beside the request, however much it loses.

use std::sync::Arc;

use messages_api::CreateMessageRequest;
use messages_api::openai::{UpstreamProfile, request_to_openai};

use super::{HELD, PEAK, repeated, request, with_content};

#[test]
fn losses_take_a_limited_amount_of_memory() {
    let fields: String = (0..150_000).map(|n| format!(r#","x{n:x}":0"#)).collect();
    let said = r#""messages":[{"role":"user","content":"hi"}]"#;
    let blocks = format!(r#"{{"type":"text","text":"hi"}},{}"#, repeated(r#"{"type":"x"}"#));
    for (what, body) in [
        ("blocks of an unknown type", with_content(&blocks)),
        ("unknown fields", request(&format!("{said}{fields}"))),
    ] {
        let request: CreateMessageRequest = serde_json::from_str(&body).unwrap();
        let profile = Arc::new(UpstreamProfile::default());
        let before = HELD.get();
        PEAK.set(before);
        let (_, exchange) = request_to_openai(&request, "m", &profile).unwrap();
        let ratio = (PEAK.get() - before) as f64 / body.len() as f64;
        println!("{what}: {} bytes, {ratio:.2} at the peak", body.len());
        assert_eq!(exchange.losses().len(), 1000, "{what}");
        assert!(ratio < 0.5, "{what}: {ratio:.2} times the body");
    }
}
