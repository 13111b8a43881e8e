//! A client as the handler of a gateway, for models and batches.

use http::HeaderValue;
use messages_api::handler::{ModelQuery, PageQuery};
use messages_api::types::batches::{BatchRequest, BatchResultKind, CreateBatchRequest};
use messages_api::{ApiError, Client, ErrorType, Handler, RequestContext};
use serde_json::json;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::common::*;

const CALLERS_KEY: &str = "sk-caller-0a9b";

/// The context of a caller's request, into which a layer has put the credential back.
fn context() -> RequestContext {
    let mut context = RequestContext::default();
    let headers = context.headers_mut();
    headers.insert("x-api-key", HeaderValue::from_static(CALLERS_KEY));
    headers.insert("anthropic-version", HeaderValue::from_static("2026-10-21"));
    headers.insert("anthropic-beta", HeaderValue::from_static("b-1"));
    headers.insert("x-client-request-id", HeaderValue::from_static("call-1"));
    headers.insert("cookie", HeaderValue::from_static(CALLERS_KEY));
    context
}

fn batch() -> CreateBatchRequest {
    CreateBatchRequest::new(vec![BatchRequest::new("r1", request())])
}

/// Starts a server that responds to any request.
async fn upstream(response: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(response).mount(&server).await;
    server
}

/// A document that every one of the calls accepts.
fn document() -> ResponseTemplate {
    let document = json!({
        "id": "i", "processing_status": "ended", "data": [], "custom_id": "r1", "result": {"type": "expired"},
    });
    json(200, &document.to_string())
        .insert_header("request-id", "req_up")
        .insert_header("anthropic-ratelimit-requests-remaining", "9")
        .insert_header("set-cookie", "a=b")
}

/// Makes every call; `None` stands for one that fails.
async fn every_call(client: &Client) -> Vec<Result<http::HeaderMap, ApiError>> {
    macro_rules! headers {
        ($($method:ident($argument:expr)),* $(,)?) => {
            vec![$({
                let reply = Handler::$method(client, $argument, context()).await;
                reply.map(|reply| reply.headers().clone())
            }),*]
        };
    }
    let page = || PageQuery::new().limit(7);
    headers![
        list_models(ModelQuery::new(page().after("a/b")).lifecycle("active")),
        get_model("a/b".to_owned()),
        create_batch(batch()),
        list_batches(page().before("x y")),
        get_batch("i".to_owned()),
        cancel_batch("i".to_owned()),
        delete_batch("i".to_owned()),
        batch_results("i".to_owned()),
    ]
}

#[tokio::test]
async fn every_call_is_forwarded_by_the_rules_for_messages() {
    let server = upstream(document()).await;
    for headers in every_call(&client(&server.uri())).await {
        let headers = headers.unwrap();
        assert_eq!(headers["upstream-request-id"], "req_up");
        assert_eq!(headers["anthropic-ratelimit-requests-remaining"], "9");
        assert_eq!(headers.len(), 2);
    }
    let requests = server.received_requests().await.unwrap();
    let seen: Vec<String> = requests
        .iter()
        .map(|request| {
            format!("{} {}?{}", request.method, request.url.path(), request.url.query().unwrap_or_default())
        })
        .collect();
    assert_eq!(
        seen,
        [
            "GET /v1/models?limit=7&after_id=a%2Fb&lifecycle=active",
            "GET /v1/models/a%2Fb?",
            "POST /v1/messages/batches?",
            "GET /v1/messages/batches?limit=7&before_id=x%20y",
            "GET /v1/messages/batches/i?",
            "POST /v1/messages/batches/i/cancel?",
            "DELETE /v1/messages/batches/i?",
            "GET /v1/messages/batches/i/results?",
        ]
    );
    for request in &requests {
        assert_eq!(request.headers["x-api-key"], KEY);
        assert_eq!(request.headers["anthropic-version"], "2026-10-21");
        assert_eq!(request.headers["anthropic-beta"], "b-1");
        assert_eq!(request.headers["x-client-request-id"], "call-1");
        assert!(!format!("{:?}", request.headers).contains(CALLERS_KEY));
    }
    assert_eq!(requests[2].body, serde_json::to_vec(&batch()).unwrap());
}

/// The caller retries, and learns nothing about the credential of the gateway.
#[tokio::test]
async fn errors_are_converted_and_not_retried() {
    let body = format!(r#"{{"type":"error","error":{{"type":"overloaded_error","message":"busy {KEY}"}}}}"#);
    for (status, seen, error_type) in
        [(529, 529, ErrorType::Overloaded), (401, 500, ErrorType::Api), (404, 404, ErrorType::Overloaded)]
    {
        let server = upstream(json(status, &body).insert_header("retry-after", "3")).await;
        for error in every_call(&client(&server.uri())).await {
            let error = error.unwrap_err();
            assert_eq!((error.status().as_u16(), error.error_type()), (seen, &error_type));
            assert!(!error.message().contains(KEY), "{error}");
        }
        assert_eq!(server.received_requests().await.unwrap().len(), 8);
    }
}

#[tokio::test]
async fn secrets_in_results_are_redacted_and_broken_lines_do_not_end_them() {
    let error = format!(r#"{{"type":"error","error":{{"type":"api_error","message":"key {KEY}"}}}}"#);
    let lines = [
        format!(r#"{{"custom_id":"a","result":{{"type":"errored","error":{error}}}}}"#),
        "nonsense".to_owned(),
        error.clone(),
        r#"{"custom_id":"b","result":{"type":"canceled"},"later":1.50}"#.to_owned(),
    ];
    let server = upstream(ResponseTemplate::new(200).set_body_string(lines.join("\n"))).await;
    let reply = Handler::batch_results(&client(&server.uri()), "i".to_owned(), context()).await.unwrap();
    let mut results = reply.into_parts().0;
    let mut next = async || results.next().await.unwrap();
    let BatchResultKind::Errored(errored) = next().await.unwrap().result else { panic!("no error") };
    assert!(!errored.error.error.message.contains(KEY));
    for status in [502, 500] {
        let error = ApiError::from(next().await.unwrap_err());
        assert_eq!(error.status(), status);
        assert!(!error.message().contains(KEY));
    }
    let last = next().await.unwrap();
    assert_eq!(serde_json::to_string(&last).unwrap(), lines[3]);
    assert!(results.next().await.is_none());
}
