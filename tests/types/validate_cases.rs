//! `validate` on recorded requests, on the vectors, and on requests that the API rejects.

use messages_api::CreateMessageRequest;

use crate::cases::{fixture, recorded, rows};
use crate::validate::{A, B};

/// Vectors that show the fields of results, and leave out the calls before them.
const WITHOUT_CALLS: [&str; 2] = ["req_server_tool_errors", "req_beta_blocks"];

#[test]
fn every_vector_of_a_request_is_valid() {
    let (mut count, mut without_calls) = (0, 0);
    for vector in fixture("wire_vectors.jsonl") {
        if vector["kind"] != "request" {
            continue;
        }
        let name = vector["name"].as_str().unwrap();
        let request: CreateMessageRequest = serde_json::from_value(vector["json"].clone()).unwrap();
        let version = if vector["gen"] == "B" { B } else { A };
        match request.validate(&version) {
            Ok(()) => count += 1,
            Err(error) if WITHOUT_CALLS.contains(&name) => {
                for problem in error.problems() {
                    assert!(problem.path().ends_with(".tool_use_id"), "{name}: {problem}");
                    assert!(problem.message().starts_with("no `server_tool_use`"), "{name}: {problem}");
                }
                without_calls += 1;
            }
            Err(error) => panic!("{name}: {error}"),
        }
    }
    assert_eq!(without_calls, WITHOUT_CALLS.len());
    assert!(count > 20, "{count}");
}

#[test]
fn every_recorded_request_is_valid() {
    let Some(requests) = recorded() else { return };
    let mut count = 0;
    for (name, recorded) in requests {
        if recorded["body"].get("max_tokens").is_none() {
            continue;
        }
        let request: CreateMessageRequest = serde_json::from_value(recorded["body"].clone()).unwrap();
        let version = recorded["headers"]["anthropic-version"].as_str().unwrap();
        if let Err(error) = request.validate(&version.into()) {
            panic!("{name}: {error}");
        }
        count += 1;
    }
    assert!(count > 0, "no recorded request ran");
    println!("{count} recorded requests are valid");
}

#[test]
fn every_request_that_the_api_rejects_is_invalid() {
    let Some(rows) = rows("deviations/requests.jsonl") else { return };
    for row in &rows {
        let name = row["name"].as_str().unwrap();
        let expected = row["problem_path"].as_str().unwrap();
        let request: CreateMessageRequest = serde_json::from_value(row["body"].clone()).unwrap();
        let Err(error) = request.validate(&A) else { panic!("{name} is valid: {}", row["why"]) };
        let is_found = error.problems().iter().any(|problem| is_near(problem.path(), expected));
        assert!(is_found, "{name} has no problem at {expected}: {error}");
    }
    println!("{} requests that the API rejects are invalid", rows.len());
}

/// Returns `true` if `path` is `expected`, is below it, or is one level above it.
fn is_near(path: &str, expected: &str) -> bool {
    let above = expected.rsplit_once('.').map(|(above, _)| above);
    let below = path.strip_prefix(expected).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    below || above == Some(path)
}
