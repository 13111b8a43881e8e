//! Requests, responses and servers that the tests share.

use std::time::Duration;

use messages_api::client::RetryPolicy;
use messages_api::types::CountTokensRequest;
use messages_api::{Client, ClientBuilder, CreateMessageRequest, Credential, InputMessage, Role};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

pub(crate) const KEY: &str = "sk-marker-6f1c";

pub(crate) const MESSAGE: &str = r#"{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Grüße"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":2}}"#;

/// The same message as events, with an additional event of an unknown type.
pub(crate) const EVENTS: &str = concat!(
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":3,\"output_tokens\":0}}}\n\n",
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
    "event: ping\ndata: {\"type\":\"ping\"}\n\n",
    "event: news\ndata: {\"type\":\"news\",\"n\":1.0}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Grüße\"}}\n\n",
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
    "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":2}}\n\n",
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
);

/// Returns a builder for the server at `base_url`, whose client calls once. Its timeouts end a test
/// that would otherwise hang.
pub(crate) fn builder(base_url: &str) -> ClientBuilder {
    let limit = Duration::from_secs(20);
    let builder = Client::builder().base_url(base_url).credential(Credential::api_key(KEY));
    builder.response_timeout(limit).idle_timeout(limit).retry(RetryPolicy::none())
}

pub(crate) fn client(base_url: &str) -> Client {
    builder(base_url).build().unwrap()
}

pub(crate) fn request() -> CreateMessageRequest {
    CreateMessageRequest::new("m", 16).user("hi")
}

pub(crate) fn count_request() -> CountTokensRequest {
    CountTokensRequest::new("m", vec![InputMessage::new(Role::User, "hi")])
}

/// Starts a server that sends `response` to every request.
pub(crate) async fn server(response: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(response).mount(&server).await;
    server
}

pub(crate) fn json(status: u16, body: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(body, "application/json")
}

pub(crate) fn events(body: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body, "text/event-stream; charset=utf-8")
}
