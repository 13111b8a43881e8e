//! Random conversations.

use messages_api::openai::UpstreamProfile;
use serde_json::{Value, json};

use super::{pairing, translate};
use crate::random::Random;

const IDS: [&str; 4] = ["toolu_1", "toolu_2", "call_0", ""];

fn block(random: &mut Random) -> Value {
    let id = *random.pick(&IDS);
    let source = json!({"type": "base64", "media_type": "image/png", "data": "aGk="});
    match random.below(14) {
        0..3 => json!({"type": "text", "text": random.text(6)}),
        3..6 => {
            json!({"type": "tool_use", "id": id, "name": random.text(3), "input": {"a": random.number()}})
        }
        6 => json!({"type": "tool_result", "tool_use_id": id}),
        7 => json!({"type": "tool_result", "tool_use_id": id, "content": random.text(6), "is_error": true}),
        8 => json!({"type": "tool_result", "tool_use_id": id, "content": [
            {"type": "image", "source": source},
            {"type": "text", "text": random.text(6)},
            {"type": "tool_reference", "tool_name": "f"},
        ]}),
        9 => json!({"type": "image", "source": source}),
        10 => {
            json!({"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "x"}})
        }
        11 => {
            json!({"type": "thinking", "thinking": "x", "signature": *random.pick(&["x-bridge.v1.default", "x"])})
        }
        12 => json!({"type": "search_result", "source": "s", "title": "t", "content": []}),
        _ => json!({"type": "hologram", "x": random.number()}),
    }
}

fn message(random: &mut Random) -> Value {
    let role = *random.pick(&["user", "user", "assistant", "assistant", "system"]);
    let content = match random.below(6) {
        0 => json!(random.text(6)),
        _ => (0..random.below(6)).map(|_| block(random)).collect(),
    };
    json!({"role": role, "content": content})
}

#[test]
fn calls_and_results_always_belong_together() {
    let mut counts = [0; 3];
    for seed in 0..3_000 {
        let mut random = Random::new(seed);
        let messages: Vec<_> = (0..=random.below(8)).map(|_| message(&mut random)).collect();
        let request = json!({"model": "m", "max_tokens": 64, "messages": messages, "tools": [
            {"name": "f", "input_schema": {}, "defer_loading": random.one_in(2)}]});
        let name = *random.pick::<&str>(UpstreamProfile::NAMES);
        let profile = UpstreamProfile::named(name).unwrap();
        match translate(&request, profile) {
            Ok((chat, _)) => {
                assert_eq!(pairing::violation(&chat), None, "seed {seed}: {request}");
                let text = serde_json::to_string(&chat).unwrap();
                assert!(!text.contains("hologram"), "seed {seed}: {text}");
                counts[0] += 1;
                counts[1] +=
                    chat.messages.iter().flat_map(|message| message.tool_calls.iter().flatten()).count();
            }
            Err(error) => {
                assert_eq!(error.message(), "messages: must not be empty", "seed {seed}: {request}");
                counts[2] += 1;
            }
        }
    }
    println!("{} conversations with {} calls, {} empty ones", counts[0], counts[1], counts[2]);
    assert!(counts.iter().all(|count| *count > 0));
}
