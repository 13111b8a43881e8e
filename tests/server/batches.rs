//! Batches and their results.

use std::task::Poll;

use http::{Method, Request};
use messages_api::handler::BatchResultStream;
use messages_api::types::batches::{BatchExpired, BatchResult};
use messages_api::{ApiError, CreateMessageRequest, Error, Handler, MessagesService, Reply, RequestContext};
use serde_json::{Value, json};

use crate::common::{TestResponse, hello, post, send, service};
use crate::everything::Everything;

async fn ask(service: &MessagesService, method: Method, path: &str) -> TestResponse {
    send(service, Request::builder().method(method).uri(path).body(String::new()).unwrap()).await
}

fn batch(params: &Value) -> String {
    json!({"requests": [{"custom_id": "r1", "params": params}]}).to_string()
}

#[tokio::test]
async fn every_call_of_a_batch_reaches_its_method() {
    let service = service(Everything::new());
    let params = json!({"model": "m", "max_tokens": 9, "messages": []});
    let created = send(&service, post("/v1/messages/batches?beta=true", batch(&params))).await.json();
    assert_eq!(
        (&created["processing_status"], &created["request_counts"]["processing"]),
        (&json!("in_progress"), &json!(1))
    );
    let ended = ask(&service, Method::GET, "/v1/messages/batches/b3").await.json();
    assert_eq!((&ended["id"], &ended["processing_status"]), (&json!("b3"), &json!("ended")));
    let canceling = ask(&service, Method::POST, "/v1/messages/batches/b3/cancel").await.json();
    assert_eq!(canceling["processing_status"], "canceling");
    let deleted = ask(&service, Method::DELETE, "/v1/messages/batches/b3").await.json();
    assert_eq!(deleted, json!({"id": "b3", "type": "message_batch_deleted"}));
    let page = ask(&service, Method::GET, "/v1/messages/batches?limit=2&after_id=b5").await.json();
    assert_eq!(
        (&page["first_id"], &page["last_id"], &page["has_more"]),
        (&json!("b4"), &json!("b3"), &json!(true))
    );
    for path in ["/v1/messages/batches/none", "/v1/messages/batches/none/results"] {
        ask(&service, Method::GET, path).await.error(404, "not_found_error");
    }
}

#[tokio::test]
async fn results_are_lines_of_json() {
    let response = ask(&service(Everything::new()), Method::GET, "/v1/messages/batches/b3/results").await;
    assert_eq!(response.header("content-type"), Some("application/x-jsonl"));
    let lines: Vec<Value> =
        response.body.split_inclusive('\n').map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(response.body.ends_with("}\n"));
    let ids: Vec<_> = lines.iter().map(|line| line["custom_id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["r1", "r2", "r3"]);
    assert_eq!(lines[0]["result"]["message"]["content"][0]["text"], "two\nlines");
}

/// A handler with results and nothing else.
struct Results<F>(F);

impl<F: Fn() -> BatchResultStream + Send + Sync + 'static> Handler for Results<F> {
    async fn create_message(&self, _: CreateMessageRequest, _: RequestContext) -> Result<Reply, ApiError> {
        Err(ApiError::internal())
    }

    async fn batch_results(
        &self,
        _: String,
        _: RequestContext,
    ) -> Result<Reply<BatchResultStream>, ApiError> {
        Ok((self.0)().into())
    }
}

fn expired(id: usize) -> BatchResult {
    BatchResult::new(id.to_string(), BatchExpired::new())
}

#[tokio::test]
async fn a_result_that_fails_is_a_line_with_the_error_and_the_others_follow() {
    let failing = || {
        let failed = Error::from(ApiError::invalid_request("no result"));
        BatchResultStream::new(futures::stream::iter([Ok(expired(1)), Err(failed), Ok(expired(2))]))
    };
    let response = ask(&service(Results(failing)), Method::GET, "/messages/batches/b/results").await;
    let lines: Vec<Value> = response.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["custom_id"], &lines[2]["custom_id"]), (&json!("1"), &json!("2")));
    assert_eq!((&lines[1]["type"], &lines[1]["error"]["message"]), (&json!("error"), &json!("no result")));
    assert_eq!(lines[1]["request_id"], response.request_id());
    assert_eq!(lines.len(), 3);
}

#[tokio::test]
async fn a_panic_ends_the_results_with_an_error() {
    let panicking = || {
        let mut count = 0;
        BatchResultStream::new(futures::stream::poll_fn(move |_cx| {
            count += 1;
            assert!(count < 3, "secret");
            Poll::Ready(Some(Ok(expired(count))))
        }))
    };
    let response = ask(&service(Results(panicking)), Method::GET, "/messages/batches/b/results").await;
    let lines: Vec<Value> = response.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines.len(), &lines[2]["error"]["type"]), (3, &json!("api_error")));
    assert!(!response.body.contains("secret"));
}

#[tokio::test]
async fn many_results_arrive_in_chunks_that_leave_others_their_turn() {
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    let many = || BatchResultStream::new(futures::stream::iter((0..10_000).map(|id| Ok(expired(id)))));
    let request = Request::get("/messages/batches/b/results").body(String::new()).unwrap();
    let mut body = service(Results(many)).oneshot(request).await.unwrap().into_body();
    let (mut text, mut chunks) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let chunk = frame.unwrap().into_data().unwrap();
        assert!(chunk.len() < 17 * 1024 && chunk.ends_with(b"\n"));
        text.extend_from_slice(&chunk);
        chunks += 1;
    }
    let text = String::from_utf8(text).unwrap();
    assert_eq!(text.lines().count(), 10_000);
    assert!(text.ends_with("{\"custom_id\":\"9999\",\"result\":{\"type\":\"expired\"}}\n"));
    assert!(chunks > 20, "{chunks}");
}

#[tokio::test]
async fn a_thread_within_a_batch_is_rejected_like_any_other() {
    let params = json!({"model": "m", "max_tokens": 9, "messages": [], "thread": {"type": "create"}});
    let path = "/v1/messages/batches";
    let response = send(&service(Everything::new()), post(path, batch(&params))).await;
    response.error(400, "invalid_request_error");
    assert_eq!(response.json()["error"]["details"]["error_code"], "thread_unsupported_request");
    let threads = MessagesService::builder(Everything::new()).threads().unauthenticated().build();
    assert_eq!(send(&threads, post(path, batch(&params))).await.status, 200);
}

#[tokio::test]
async fn a_handler_without_batches_is_404() {
    let service = service(hello());
    let params = json!({"model": "m", "max_tokens": 9, "messages": []});
    let created = send(&service, post("/v1/messages/batches", batch(&params))).await;
    let mut responses = vec![created];
    for (method, path) in [
        (Method::GET, ""),
        (Method::GET, "/b"),
        (Method::DELETE, "/b"),
        (Method::POST, "/b/cancel"),
        (Method::GET, "/b/results"),
    ] {
        responses.push(ask(&service, method, &format!("/v1/messages/batches{path}")).await);
    }
    for response in responses {
        assert_eq!(response.error(404, "not_found_error"), "This server does not process batches");
    }
    // What is no batch is rejected before the handler is asked.
    send(&service, post("/v1/messages/batches", "{}".to_owned())).await.error(400, "invalid_request_error");
}

#[cfg(feature = "client")]
#[tokio::test]
async fn the_client_uses_batches_of_a_service_and_through_a_gateway() {
    use messages_api::types::batches::{BatchRequest, CreateBatchRequest};

    for (client, is_gateway) in crate::common::clients(Everything::new).into_iter().zip([false, true]) {
        let params = CreateMessageRequest::new("m", 9).user("hi");
        let batch = CreateBatchRequest::new(vec![BatchRequest::new("r1", params)]);
        let created = client.create_batch(&batch).response().await.unwrap();
        assert_eq!(created.body().request_counts.processing, 1);
        assert_eq!(created.headers().contains_key("x-called"), !is_gateway);
        assert_eq!(created.headers().contains_key("upstream-request-id"), is_gateway);
        let got = client.batch("b3").await.unwrap();
        // The official SDKs send their key to wherever this leads.
        let url = if is_gateway {
            "/v1/messages/batches/b3/results"
        } else {
            "https://upstream.test/v1/messages/batches/b3/results"
        };
        assert_eq!(got.results_url.as_deref(), Some(url));
        let mut batches = client.batches().limit(2).items();
        let mut ids = Vec::new();
        while let Some(batch) = batches.next().await {
            let batch = batch.unwrap();
            assert_eq!(batch.results_url.unwrap().starts_with('/'), is_gateway);
            ids.push(batch.id);
        }
        assert_eq!(ids.join(" "), "b5 b4 b3 b2 b1");
        assert_eq!(client.cancel_batch("b3").await.unwrap().processing_status.as_str(), "canceling");
        assert_eq!(client.delete_batch("b3").await.unwrap().id, "b3");
        let mut results = client.batch_results("b3").await.unwrap();
        let mut ids = Vec::new();
        while let Some(result) = results.next().await {
            ids.push(result.unwrap().custom_id);
        }
        assert_eq!(ids.join(" "), "r1 r2 r3");
        for error in [
            client.batch("a/b").await.unwrap_err(),
            client.cancel_batch("none").await.unwrap_err(),
            client.delete_batch("none").await.unwrap_err(),
            client.batch_results("none").await.unwrap_err(),
        ] {
            assert_eq!((error.status().unwrap().as_u16(), error.attempts()), (404, 1));
        }
    }
}

/// A line that the gateway cannot read, or that is too long for it, is an error in its place.
#[cfg(feature = "client")]
#[tokio::test]
async fn a_gateway_keeps_the_limits_of_its_client() {
    let upstream = || {
        let long = BatchResult::new("x".repeat(2000), BatchExpired::new());
        BatchResultStream::from(vec![expired(1), long, expired(2)])
    };
    let gateway = messages_api::Client::builder()
        .transport(service(Results(upstream)))
        .credential(messages_api::Credential::api_key("sk-gateway"))
        .max_event_bytes(1000)
        .build()
        .unwrap();
    let response = ask(&service(gateway), Method::GET, "/v1/messages/batches/b/results").await;
    let lines: Vec<Value> = response.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["custom_id"], &lines[2]["custom_id"]), (&json!("1"), &json!("2")));
    assert_eq!((&lines[1]["type"], &lines[1]["error"]["type"]), (&json!("error"), &json!("api_error")));
}

/// An id that no URL can have is the caller's mistake, not a failure of the gateway.
#[cfg(feature = "client")]
#[tokio::test]
async fn a_gateway_rejects_ids_that_it_cannot_forward() {
    let upstream = service(Everything::new());
    let gateway = messages_api::Client::builder()
        .transport(upstream)
        .credential(messages_api::Credential::api_key("sk-gateway"))
        .build()
        .unwrap();
    let gateway = service(gateway);
    for path in ["/v1/models/%2e%2e", "/v1/messages/batches/%2e", "/v1/messages/batches/../results"] {
        let message = ask(&gateway, Method::GET, path).await.error(400, "invalid_request_error");
        assert!(message.contains("_id: must not be a dot segment"), "{message}");
    }
}
