//! Calls for batches.

use messages_api::ErrorKind;
use messages_api::client::Endpoint;
use messages_api::types::batches::{BatchRequest, CreateBatchRequest, ProcessingStatus};

use crate::script::*;

const BATCH: &str = r#"{"id":"msgbatch_01","type":"message_batch","processing_status":"canceling",
    "request_counts":{"processing":2,"succeeded":0,"errored":1,"canceled":0,"expired":0},
    "created_at":"2026-08-01T00:00:00Z","expires_at":"2026-08-02T00:00:00Z","results_url":null}"#;

const DELETED: &str = r#"{"id":"msgbatch_01","type":"message_batch_deleted"}"#;

#[tokio::test]
async fn a_batch_is_created_with_the_requests() {
    let script = Script::new([ok(BATCH)]);
    let requests = vec![BatchRequest::new("a", request()), BatchRequest::new("b", request())];
    let request = CreateBatchRequest::new(requests);
    let batch = script.client().create_batch(&request).await.unwrap();
    assert_eq!((batch.id.as_str(), batch.request_counts.processing), ("msgbatch_01", 2));
    let seen = &script.seen()[0];
    assert_eq!(script.routes(), ["POST /v1/messages/batches"]);
    assert_eq!(seen.body, serde_json::to_vec(&request).unwrap());
    assert_eq!(seen.headers["content-type"], "application/json");
    assert_eq!((seen.info.endpoint(), seen.info.model()), (Endpoint::Batches, None));
}

#[tokio::test]
async fn a_batch_is_requested_canceled_and_deleted_without_a_body() {
    let script = Script::new([ok(BATCH), ok(BATCH), ok(DELETED)]);
    let client = script.client();
    assert_eq!(client.batch("msgbatch_01").await.unwrap().request_counts.errored, 1);
    let canceled = client.cancel_batch("msgbatch_01").await.unwrap();
    assert_eq!(canceled.processing_status, ProcessingStatus::Canceling);
    assert_eq!(client.delete_batch("msgbatch_01").await.unwrap().id, "msgbatch_01");
    assert_eq!(
        script.routes(),
        [
            "GET /v1/messages/batches/msgbatch_01",
            "POST /v1/messages/batches/msgbatch_01/cancel",
            "DELETE /v1/messages/batches/msgbatch_01"
        ]
    );
    for seen in script.seen() {
        assert_eq!((seen.headers.get("content-type"), seen.body.len()), (None, 0));
        assert_eq!(seen.headers["accept"], "application/json");
        assert_eq!(seen.headers["x-api-key"], "sk-script");
        assert_eq!(seen.headers.get("anthropic-beta"), None);
        assert_eq!(seen.info.endpoint(), Endpoint::Batches);
    }
}

#[tokio::test(start_paused = true)]
async fn calls_for_batches_are_retried() {
    let request = CreateBatchRequest::new(vec![]);
    for n in 0..3 {
        let call = |script: &Script| match n {
            0 => script.client().create_batch(&request),
            1 => script.client().batch("a"),
            _ => script.client().cancel_batch("a"),
        };
        let script = Script::new([status(529), status(503), ok(BATCH)]);
        call(&script).await.unwrap();
        assert_eq!(script.count(), 3);
        assert!(script.seen().windows(2).all(|pair| pair[0].body == pair[1].body));
        let script = Script::new([status(404)]);
        let error = call(&script).await.unwrap_err();
        assert_eq!((script.count(), error.status().unwrap().as_u16()), (1, 404));
    }
}

#[tokio::test]
async fn ids_of_batches_are_escaped_and_unusable_ones_are_rejected_before_anything_is_sent() {
    let script = Script::new([ok(BATCH), ok(BATCH), ok(DELETED), ok("{}")]);
    let client = script.client();
    let id = "../models?x=1";
    client.batch(id).await.unwrap();
    client.cancel_batch(id).await.unwrap();
    client.delete_batch(id).await.unwrap();
    client.batch_results(id).await.unwrap();
    for (route, rest) in script.routes().iter().zip(["", "/cancel", "", "/results"]) {
        let (_, path) = route.split_once(' ').unwrap();
        assert_eq!(path, format!("/v1/messages/batches/..%2Fmodels%3Fx%3D1{rest}"));
    }
    for id in ["", ".", ".."] {
        for error in [
            client.batch(id).await.unwrap_err(),
            client.cancel_batch(id).await.unwrap_err(),
            client.delete_batch(id).await.unwrap_err(),
            client.batch_results(id).await.unwrap_err(),
        ] {
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::Config, 0));
            assert!(error.to_string().starts_with("batch_id: must not be"), "{error}");
        }
    }
    assert_eq!(script.count(), 4);
}
