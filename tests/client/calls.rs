//! What goes out and what comes back when all is well.

use messages_api::{
    Client, CountTokensRequest, CreateMessageRequest, Credential, ErrorKind, InputMessage, Message, Role,
};
use serde_json::{Value, json};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

fn answer() -> Value {
    json!({"type": "message", "id": "msg_1", "role": "assistant", "model": "m", "content": [{"type": "text", "text": "hi"}],
        "stop_reason": "end_turn", "stop_sequence": null, "usage": {"input_tokens": 1, "output_tokens": 1}, "new": 1.5})
}

async fn server(answer: Value) -> MockServer {
    let server = MockServer::start().await;
    let response = ResponseTemplate::new(200)
        .set_body_json(answer)
        .insert_header("request-id", "req_7")
        .insert_header("anthropic-ratelimit-requests-remaining", "9");
    Mock::given(method("POST")).respond_with(response).mount(&server).await;
    server
}

fn client(server: &MockServer) -> Client {
    Client::builder().base_url(&server.uri()).credential(Credential::api_key("marker-key")).build().unwrap()
}

async fn sent(server: &MockServer) -> (Request, Value) {
    let request = server.received_requests().await.unwrap().pop().unwrap();
    let body = serde_json::from_slice(&request.body).unwrap();
    (request, body)
}

fn request() -> CreateMessageRequest {
    let json = json!({"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}], "new": {"a": 1}, "top_k": null});
    serde_json::from_value(json).unwrap()
}

#[tokio::test]
async fn a_message_comes_back_with_its_headers() {
    let server = server(answer()).await;
    let response = client(&server).create_message_response(&request()).await.unwrap();
    assert_eq!(response.headers()["request-id"], "req_7");
    assert_eq!(response.headers()["anthropic-ratelimit-requests-remaining"], "9");
    assert_eq!(serde_json::to_value(response.into_body()).unwrap(), answer());
    let (sent, body) = sent(&server).await;
    assert_eq!(sent.url.path(), "/v1/messages");
    assert_eq!(sent.headers["x-api-key"], "marker-key");
    assert_eq!(sent.headers["anthropic-version"], "2023-06-01");
    assert_eq!(sent.headers["content-type"], "application/json");
    assert!(sent.headers["user-agent"].to_str().unwrap().starts_with("messages-api/"));
    assert!(!sent.headers.contains_key("authorization") && !sent.headers.contains_key("anthropic-beta"));
    assert_eq!(body, serde_json::to_value(request()).unwrap());
}

#[tokio::test]
async fn the_method_decides_whether_to_stream() {
    let server = server(answer()).await;
    let client = client(&server);
    for stream in [None, Some(false), Some(true)] {
        let mut request = request();
        request.stream = stream;
        client.create_message(&request).await.unwrap();
        assert_ne!(sent(&server).await.1.get("stream"), Some(&json!(true)), "{stream:?}");
        // A server that cannot stream answers whole.
        let message = client.stream_message(&request).await.unwrap().final_message().await.unwrap();
        assert_eq!(message.text(), "hi");
        let (_, body) = sent(&server).await;
        assert_eq!(body["stream"], json!(true));
        assert_eq!(body["new"], json!({"a": 1}));
        assert!(body.as_object().unwrap().contains_key("top_k"));
    }
}

#[tokio::test]
async fn tokens_are_counted() {
    let server = MockServer::start().await;
    let response = ResponseTemplate::new(200).set_body_json(json!({"input_tokens": 17}));
    Mock::given(path("/x/v1/messages/count_tokens"))
        .and(header("authorization", "Bearer marker-token"))
        .respond_with(response)
        .mount(&server)
        .await;
    let base_url = format!("{}/x/v1/", server.uri());
    let client =
        Client::builder().base_url(&base_url).credential(Credential::bearer("marker-token")).build().unwrap();
    let request = CountTokensRequest::new("m", vec![InputMessage::new(Role::User, "hi")]);
    assert_eq!(client.count_tokens(&request).await.unwrap().input_tokens, 17);
}

#[tokio::test]
async fn headers_of_ones_own() {
    let server = server(answer()).await;
    let client = Client::builder()
        .base_url(&server.uri())
        .version("2026-10-21")
        .beta("a-1")
        .header("x-team", "t1")
        .build()
        .unwrap();
    let special = client
        .clone()
        .with_beta("b-2")
        .unwrap()
        .with_beta("a-1")
        .unwrap()
        .with_header("x-team", "t2")
        .unwrap();
    special.create_message(&request()).await.unwrap();
    let (sent1, _) = sent(&server).await;
    assert_eq!(sent1.headers["anthropic-beta"], "a-1,b-2");
    assert_eq!(sent1.headers["anthropic-version"], "2026-10-21");
    assert_eq!(sent1.headers["x-team"], "t2");
    client.create_message(&request()).await.unwrap();
    let (sent2, _) = sent(&server).await;
    assert_eq!(
        (&sent2.headers["anthropic-beta"], &sent2.headers["x-team"]),
        (&"a-1".parse().unwrap(), &"t1".parse().unwrap())
    );
    for name in ["content-length", "accept", "bad name"] {
        assert_eq!(client.clone().with_header(name, "1").unwrap_err().kind(), ErrorKind::Config);
    }
}

#[tokio::test]
async fn every_recorded_answer_survives() {
    let mut count = 0;
    for line in include_str!("../fixtures/wire_vectors.jsonl").lines() {
        let vector: Value = serde_json::from_str(line).unwrap();
        if vector["kind"] == "response" {
            let server = server(vector["json"].clone()).await;
            let message: Message = client(&server).create_message(&request()).await.unwrap();
            assert_eq!(serde_json::to_value(message).unwrap(), vector["json"], "{}", vector["name"]);
            count += 1;
        }
    }
    assert!(count > 15);
}

#[test]
fn a_client_is_cheap_to_share() {
    fn assert_shared<T: Clone + Send + Sync + 'static>() {}
    assert_shared::<Client>();
    assert!(size_of::<Client>() <= 2 * size_of::<usize>());
    assert_eq!(size_of::<messages_api::Error>(), size_of::<usize>());
}
