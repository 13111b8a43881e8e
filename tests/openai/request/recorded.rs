//! Recorded requests of real clients.

use messages_api::openai::UpstreamProfile;

use super::{pairing, translate};
use crate::cases;

#[test]
fn recorded_requests_are_translated() {
    let Some(recorded) = cases::recorded() else { return };
    let mut counts = [0; 2];
    for (name, case) in recorded {
        let body = &case["body"];
        if body["max_tokens"].is_null() {
            continue;
        }
        for profile in UpstreamProfile::NAMES {
            let profile = UpstreamProfile::named(profile).unwrap();
            match translate(body, profile) {
                Ok((chat, _)) => {
                    assert_eq!(pairing::violation(&chat), None, "{name}");
                    counts[0] += 1;
                }
                Err(error) => {
                    let is_thread = !body["thread"].is_null();
                    assert!(is_thread && !name.starts_with("claude-code"), "{name}: {error}");
                    counts[1] += 1;
                }
            }
        }
    }
    println!("{} translations of recorded requests, {} of threads rejected", counts[0], counts[1]);
    assert!(counts[0] > 0);
}
