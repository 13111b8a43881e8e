//! Routing: which requests reach which endpoint.

use http::{Method, Request};
use messages_api::types::{CountTokensRequest, MessageTokensCount};
use messages_api::{ApiError, CreateMessageRequest, Handler, Reply, RequestContext};
use serde_json::json;

use crate::common::{body, hello, message, post, send, service};

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

#[tokio::test]
async fn other_paths_are_404_whatever_the_method() {
    for path in [
        "/",
        "/v1",
        "/v1/models",
        "/v1/complete",
        "/count_tokens",
        "/v1/count_tokens",
        "/v1/Messages",
        "/v1/messages/batches",
        "/v1/messages/count_tokens/more",
        "/v1/xmessages",
        "/v1/messages%2Fcount_tokens",
        "/?/v1/messages",
    ] {
        for method in [Method::POST, Method::GET, Method::HEAD, Method::OPTIONS] {
            let request = Request::builder().method(method).uri(path).body(body(false)).unwrap();
            send(&service(Both), request).await.error(404, "not_found_error");
        }
    }
    let request = Request::options("*").body(String::new()).unwrap();
    send(&service(Both), request).await.error(404, "not_found_error");
}

#[tokio::test]
async fn other_methods_are_405() {
    let brew = Method::from_bytes(b"BREW").unwrap();
    for method in [Method::GET, Method::HEAD, Method::OPTIONS, Method::PUT, Method::DELETE, brew] {
        for path in ["/v1/messages", "/v1/messages/count_tokens?beta=true"] {
            let request = Request::builder().method(&method).uri(path).body(String::new()).unwrap();
            let response = send(&service(Both), request).await;
            response.error(405, "invalid_request_error");
            assert_eq!(response.header("allow"), Some("POST"));
        }
    }
}

#[tokio::test]
async fn counting_tokens_is_404_unless_the_handler_does_it() {
    let response = send(&service(hello()), post("/v1/messages/count_tokens", body(false))).await;
    response.error(404, "not_found_error");
}
