//! Routing: which requests reach which endpoint.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request};
use http_body::Frame;
use http_body_util::StreamBody;
use messages_api::types::{CountTokensRequest, MessageTokensCount};
use messages_api::{
    ApiError, ApiKeys, CreateMessageRequest, Handler, MessagesService, Reply, RequestContext,
};
use serde_json::json;

use crate::common::{TestResponse, body, hello, message, post, send, service};
use crate::everything::Everything;

/// Serves both endpoints; replies to a message request with the URI it was called by.
struct Both;

impl Handler for Both {
    async fn create_message(
        &self,
        _request: CreateMessageRequest,
        context: RequestContext,
    ) -> Result<Reply, ApiError> {
        Ok(message(&context.uri().to_string()).into())
    }

    async fn count_tokens(
        &self,
        request: CountTokensRequest,
        _context: RequestContext,
    ) -> Result<Reply<MessageTokensCount>, ApiError> {
        Ok(MessageTokensCount::new(request.messages.len() as u64).into())
    }
}

#[tokio::test]
async fn endpoints_are_found_below_any_prefix_and_with_any_query() {
    for path in [
        "/messages",
        "/v1/messages",
        "/v1/messages/",
        "/v1/v1/messages",
        "/api/v1/messages?beta=true",
        "/a/b/c/messages?x=/count_tokens",
        "//v1//messages//",
        "http://proxy.test/v1/messages?beta=true",
    ] {
        assert_eq!(send(&service(Both), post(path, body(false))).await.message().text(), path);
    }
    for path in [
        "/messages/count_tokens",
        "/v1/messages/count_tokens?beta=true",
        "/v1/v1/messages/count_tokens/",
        "/api/v1/messages/count_tokens",
    ] {
        let response = send(&service(Both), post(path, body(false))).await;
        assert_eq!((response.status.as_u16(), response.json()), (200, json!({"input_tokens": 1})), "{path}");
    }
}

/// Sends a request to a handler behind pointers, which have to forward every method.
async fn request(method: &str, path: &str) -> TestResponse {
    let request = Request::builder().method(method).uri(path).body(body(false)).unwrap();
    send(&service(Arc::new(Box::new(Everything::new()))), request).await
}

/// Every endpoint, and paths in which the name of one is the id of another.
#[tokio::test]
async fn method_and_path_decide_what_is_called() {
    for (method, path, called) in [
        ("POST", "/messages", "create_message "),
        ("POST", "/messages/count_tokens", "count_tokens "),
        ("POST", "/messages//count_tokens", "count_tokens "),
        ("GET", "/models", "list_models "),
        ("GET", "/v1/models/?limit=1", "list_models "),
        ("GET", "/models/m%2F1", "get_model m/1"),
        ("GET", "/messages/batches", "list_batches "),
        ("GET", "/messages/batches/b1", "get_batch b1"),
        ("DELETE", "/messages/batches/b1/", "delete_batch b1"),
        ("POST", "/messages/batches/b1/cancel", "cancel_batch b1"),
        ("GET", "/v1/v1/messages/batches/b1/results?x", "batch_results b1"),
        ("POST", "/models/messages", "create_message "),
        ("GET", "/models/messages", "get_model messages"),
        ("GET", "/models/models", "get_model models"),
        ("GET", "/messages/models", "list_models "),
        ("POST", "/models/messages/count_tokens", "count_tokens "),
        ("GET", "/models/messages/batches", "list_batches "),
        ("GET", "/models/count_tokens", "get_model count_tokens"),
        ("POST", "/messages/batches/messages", "create_message "),
        ("POST", "/messages/messages", "create_message "),
    ] {
        let response = request(method, path).await;
        assert_eq!(response.status, 200, "{method} {path}: {}", response.body);
        assert_eq!(response.header("x-called"), Some(called), "{method} {path}");
    }
    // Such ids exist as well.
    for path in ["/messages/batches/batches", "/messages/batches/results", "/messages/batches/models/results"]
    {
        request("GET", path).await.error(404, "not_found_error");
    }
}

#[tokio::test]
async fn other_paths_are_404_whatever_the_method() {
    for path in [
        "/",
        "/v1",
        "/v1/complete",
        "/count_tokens",
        "/v1/count_tokens",
        "/v1/batches",
        "/v1/Messages",
        "/v1/messages/count_tokens/more",
        "/v1/messages/batches/b1/more",
        "/v1/models/m1/more",
        "/v1/xmessages",
        "/v1/messages%2Fcount_tokens",
        "/?/v1/messages",
    ] {
        for method in ["POST", "GET", "HEAD", "OPTIONS", "BREW"] {
            let message = request(method, path).await.error(404, "not_found_error");
            let seen = format!("Not found: {method} {}; ", path.split('?').next().unwrap());
            assert!(message.starts_with(&seen), "{message}");
            assert!(message.contains("/messages, /models, "), "{message}");
        }
    }
    request("OPTIONS", "*").await.error(404, "not_found_error");
}

#[tokio::test]
async fn the_message_of_an_unknown_path_is_short_and_printable() {
    let long = format!("/{}%0A'\"é", "x".repeat(60_000));
    let message = request(&"M".repeat(500), &long).await.error(404, "not_found_error");
    assert!(message.len() < 500 && message.contains("MMM… /xxx"), "{message}");
    let message = request("GET", "/\u{85}\u{2028}'").await.error(404, "not_found_error");
    assert!(
        message.contains("GET /\\u{85}\\u{2028}") && !message.contains(['\u{85}', '\u{2028}']),
        "{message}"
    );
}

const METHODS: [(&str, &str); 9] = [
    ("/v1/messages", "POST"),
    ("/v1/messages/count_tokens?beta=true", "POST"),
    ("/v1/models", "GET"),
    ("/v1/models/m1", "GET"),
    ("/v1/messages/batches/", "GET, POST"),
    ("/v1/messages/batches/b1", "GET, DELETE"),
    ("/v1/messages/batches/b1/cancel", "POST"),
    ("/v1/messages/batches/b1/results", "GET"),
    ("/v1/models/messages", "GET, POST"),
];

#[tokio::test]
async fn other_methods_are_405() {
    for (path, methods) in METHODS {
        let allow = format!("{methods}, HEAD, OPTIONS");
        for method in ["GET", "POST", "DELETE", "PUT", "PATCH", "BREW"] {
            if methods.split(", ").any(|allowed| allowed == method) {
                continue;
            }
            let response = request(method, path).await;
            let message = response.error(405, "invalid_request_error");
            assert_eq!(response.header("allow"), Some(&*allow), "{method} {path}");
            assert!(message.contains(&format!("{method} /v1/")) && message.contains(&allow), "{message}");
        }
    }
}

/// Without authentication, as browsers ask before they send a request with a key.
#[tokio::test]
async fn head_and_options_list_the_methods() {
    let keys = ApiKeys::new(["sk-secret"]);
    let service = MessagesService::builder(Everything::new()).authenticate(keys).build();
    for (path, methods) in METHODS {
        for method in [Method::HEAD, Method::OPTIONS] {
            let request = Request::builder().method(method).uri(path).body(String::new()).unwrap();
            let response = send(&service, request).await;
            assert_eq!((response.status.as_u16(), &*response.body), (204, ""), "{path}");
            assert_eq!(response.header("allow"), Some(&*format!("{methods}, HEAD, OPTIONS")));
            assert_eq!((response.header("content-type"), response.header("content-length")), (None, None));
        }
    }
    let request = Request::get("/v1/models").body(String::new()).unwrap();
    send(&service, request).await.error(401, "authentication_error");
}

/// The body of a request that has none is not read, whatever it is.
#[tokio::test]
async fn only_requests_with_a_body_are_read() {
    let broken =
        || StreamBody::new(futures::stream::iter([Err::<Frame<Bytes>, _>(std::io::Error::other("broken"))]));
    for (method, path, status) in [
        (Method::GET, "/v1/models", 200),
        (Method::POST, "/v1/messages/batches/b1/cancel", 200),
        (Method::DELETE, "/v1/messages/batches/b1", 200),
        (Method::POST, "/v1/messages/batches", 400),
    ] {
        let request = Request::builder().method(method).uri(path).body(broken()).unwrap();
        assert_eq!(send(&service(Everything::new()), request).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn counting_tokens_is_404_unless_the_handler_does_it() {
    let response = send(&service(hello()), post("/v1/messages/count_tokens", body(false))).await;
    response.error(404, "not_found_error");
}
