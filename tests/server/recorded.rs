//! Recorded requests of real clients.

use std::path::PathBuf;

use http::Request;
use messages_api::types::{CountTokensRequest, MessageTokensCount};
use messages_api::{
    ApiError, ApiKeys, CreateMessageRequest, Handler, MessagesService, Reply, RequestContext,
};
use serde_json::Value;

use crate::common::{message, send};

struct Permissive;

impl Handler for Permissive {
    async fn create_message(&self, _: CreateMessageRequest, _: RequestContext) -> Result<Reply, ApiError> {
        Ok(message("Hello").into())
    }

    async fn count_tokens(
        &self,
        _: CountTokensRequest,
        _: RequestContext,
    ) -> Result<Reply<MessageTokensCount>, ApiError> {
        Ok(MessageTokensCount::new(1).into())
    }
}

#[tokio::test]
async fn recorded_requests_of_real_clients_are_accepted() {
    let Some(folder) = std::env::var_os("MESSAGES_API_CASES").map(PathBuf::from) else {
        println!("skipped: MESSAGES_API_CASES names no folder");
        return;
    };
    let keys = ApiKeys::new(["test-key", "test-token"]);
    let service = MessagesService::builder(Permissive).authenticate(keys).build();
    let mut counts = [0; 3];
    for entry in std::fs::read_dir(folder.join("recorded")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let case: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        if case["method"] != "POST" {
            continue;
        }
        let mut request = Request::post(case["path"].as_str().unwrap());
        for (header, value) in case["headers"].as_object().unwrap() {
            // Texts in the bodies were replaced after recording, so the recorded lengths are wrong.
            if !header.eq_ignore_ascii_case("content-length") {
                request = request.header(header, value.as_str().unwrap());
            }
        }
        let response = send(&service, request.body(case["body"].to_string()).unwrap()).await;
        if case["path"].as_str().unwrap().contains("count_tokens") {
            assert_eq!(response.json()["input_tokens"], 1, "{name}");
            counts[2] += 1;
        } else if case["body"].get("thread").is_some() {
            response.error(400, "invalid_request_error");
            assert_eq!(
                response.json()["error"]["details"]["error_code"],
                "thread_unsupported_request",
                "{name}"
            );
            counts[1] += 1;
        } else if case["body"]["stream"] == true {
            assert_eq!(response.types().last().unwrap(), "message_stop", "{name}");
            counts[0] += 1;
        } else {
            assert_eq!(response.message().text(), "Hello", "{name}");
            counts[0] += 1;
        }
    }
    println!("recorded requests: {} messages, {} threads, {} counts", counts[0], counts[1], counts[2]);
    assert!(counts.iter().sum::<usize>() > 0, "no recorded request was found");
}
