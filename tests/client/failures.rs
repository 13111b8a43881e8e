//! What goes wrong, and that it says so without telling secrets.

use std::time::Duration;

use messages_api::{Client, CreateMessageRequest, Credential, Error, ErrorKind, ErrorType};

use crate::raw::{Raw, Step, response};

fn request() -> CreateMessageRequest {
    CreateMessageRequest::new("m", 5).user("hi")
}

async fn fails(steps: Vec<Step>) -> Error {
    let server = Raw::start(steps).await;
    let error = server.client().create_message(&request()).await.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("marker-key"), "{shown}");
    error
}

#[tokio::test]
async fn an_error_envelope() {
    let body = r#"{"type":"error","error":{"type":"rate_limit_error","message":"slow down","details":{"error_code":"x"}},"request_id":"req_body"}"#;
    let error = fails(response(
        "429 Too Many",
        "request-id: req_head\r\nretry-after: 7\r\nx-should-retry: false\r\n",
        body,
    ))
    .await;
    assert_eq!(error.kind(), ErrorKind::Api);
    assert_eq!(error.request_id(), Some("req_head"));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    assert!(!error.is_retryable());
    let api = error.api_error().unwrap();
    assert_eq!((api.error_type(), api.message()), (&ErrorType::RateLimit, "slow down"));
    assert_eq!(api.error_code().as_deref(), Some("x"));
    assert_eq!(api.request_id(), Some("req_head"));
}

#[tokio::test]
async fn bodies_that_are_no_envelope() {
    let html = fails(response("502 Bad Gateway", "", "<html>upstream marker-key down</html>")).await;
    assert_eq!(html.status().unwrap().as_u16(), 502);
    assert!(html.is_retryable());
    assert_eq!(html.api_error().unwrap().message(), "<html>upstream … down</html>");
    let empty = fails(response("401 Unauthorized", "retry-after-ms: 1500\r\n", "")).await;
    assert_eq!(empty.api_error().unwrap().error_type(), &ErrorType::Authentication);
    assert_eq!(empty.api_error().unwrap().message(), "Unauthorized");
    assert_eq!(empty.retry_after(), Some(Duration::from_millis(1500)));
    let long = fails(response("400 Bad Request", "retry-after: soon\r\n", &"x".repeat(3 << 20))).await;
    assert!(long.to_string().len() < 2000);
    assert_eq!(long.retry_after(), None);
}

#[tokio::test]
async fn which_statuses_may_be_tried_again() {
    for (status, again) in [
        (400, false),
        (401, false),
        (404, false),
        (408, true),
        (409, true),
        (413, false),
        (422, false),
        (429, true),
        (500, true),
        (529, true),
    ] {
        let error = fails(response(&format!("{status} X"), "", "{}")).await;
        assert_eq!(error.is_retryable(), again, "{status}");
    }
    assert!(fails(response("400 X", "x-should-retry: true\r\n", "{}")).await.is_retryable());
}

#[tokio::test]
async fn answers_that_are_not_the_protocol() {
    for body in
        ["", "hello", "{}", r#"{"type":"message"}"#, r#"{"type":"error","error":{"type":"x","message":"y"}}"#]
    {
        let error = fails(response("200 OK", "request-id: req_1\r\n", body)).await;
        assert_eq!(error.kind(), ErrorKind::Protocol, "{body}");
        assert_eq!(error.request_id(), Some("req_1"));
    }
    let deep = fails(response("200 OK", "", &"[".repeat(1_000_000))).await;
    assert!(deep.to_string().contains("127 levels"));
}

#[tokio::test]
async fn no_connection_a_broken_one_and_a_silent_one() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let client = Client::builder().base_url(&format!("http://{closed}")).build().unwrap();
    let error = client.create_message(&request()).await.unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Connect, true));
    assert_eq!(fails(vec![Step::Reset]).await.kind(), ErrorKind::Transport);
    let silent = fails(vec![Step::Hang]).await;
    assert_eq!(silent.kind(), ErrorKind::Timeout);
    assert!(silent.to_string().contains("response_timeout"), "{silent}");
    let head = Step::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{".to_vec());
    let paused = fails(vec![head.clone(), Step::Hang]).await;
    assert_eq!(paused.kind(), ErrorKind::Timeout);
    assert!(paused.to_string().contains("idle_timeout"), "{paused}");
    assert_eq!(fails(vec![head, Step::Pause, Step::Reset]).await.kind(), ErrorKind::Transport);
}

#[tokio::test]
async fn an_answer_that_is_too_long() {
    let server = Raw::start(response("200 OK", "", &"x".repeat(10_000))).await;
    let client = Client::builder().base_url(&server.base_url()).max_response_bytes(1000).build().unwrap();
    let error = client.create_message(&request()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(error.to_string().contains("max_response_bytes"), "{error}");
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let canary = Raw::start(response("200 OK", "", "{}")).await;
    for status in [301, 302, 303, 307, 308] {
        let location = format!("location: http://localhost:{}/v1/messages\r\n", canary.address.port());
        let error = fails(response(&format!("{status} Moved"), &location, "")).await;
        assert_eq!(error.status().unwrap().as_u16(), status);
        assert!(error.to_string().contains("redirect") && !error.is_retryable(), "{error}");
    }
    assert!(canary.requests().is_empty());
}

#[test]
fn secrets_stay_secret() {
    let builder =
        Client::builder().credential(Credential::bearer("marker-key")).header("x-secret", "marker-key");
    assert!(!format!("{builder:?}").contains("marker"));
    let client = builder.build().unwrap();
    assert!(!format!("{client:?}").contains("marker"));
    let error = Client::builder().credential(Credential::api_key("marker\n")).build().unwrap_err();
    assert!(!format!("{error} {error:?}").contains("marker"));
    assert!(error.to_string().starts_with("credential: "), "{error}");
    let error = Client::builder().idle_timeout(Duration::ZERO).build().unwrap_err();
    assert!(error.to_string().starts_with("idle_timeout: "), "{error}");
}
