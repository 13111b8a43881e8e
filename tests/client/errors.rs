//! Error responses, and calls without a response.

use std::time::Duration;

use messages_api::client::RetryPolicy;
use messages_api::{ErrorKind, ErrorType};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::common::*;
use crate::raw::{End, Raw};

#[tokio::test]
async fn every_status_has_its_error_type() {
    let server = MockServer::start().await;
    let client = client(&server.uri());
    for (status, kind, retryable) in [
        (400, ErrorType::InvalidRequest, false),
        (401, ErrorType::Authentication, false),
        (402, ErrorType::Billing, false),
        (403, ErrorType::Permission, false),
        (404, ErrorType::NotFound, false),
        (405, ErrorType::InvalidRequest, false),
        (408, ErrorType::InvalidRequest, true),
        (409, ErrorType::Conflict, true),
        (412, ErrorType::InvalidRequest, false),
        (413, ErrorType::RequestTooLarge, false),
        (422, ErrorType::InvalidRequest, false),
        (429, ErrorType::RateLimit, true),
        (431, ErrorType::InvalidRequest, false),
        (499, ErrorType::InvalidRequest, false),
        (500, ErrorType::Api, true),
        (501, ErrorType::Api, true),
        (502, ErrorType::Api, true),
        (503, ErrorType::Api, true),
        (504, ErrorType::Timeout, true),
        (529, ErrorType::Overloaded, true),
        (999, ErrorType::Api, true),
    ] {
        let body = format!(
            r#"{{"type":"error","error":{{"type":"{kind}","message":"m1","details":{{"error_code":"c1","n":1.0}}}},"request_id":"req_body"}}"#
        );
        let page = "<html>\r\n<h1>Bad</h1>\n</html>";
        for (response, message) in [
            (json(status, &body), Some("m1")),
            (ResponseTemplate::new(status).set_body_raw(body.as_str(), "text/plain"), Some("m1")),
            (
                ResponseTemplate::new(status).set_body_raw(page, "text/html"),
                Some("the response is a web page"),
            ),
            (ResponseTemplate::new(status), None),
            (json(status, r#"{"error":"nope"}"#), Some("nope")),
            (ResponseTemplate::new(status).set_body_bytes(b"\xff\x00bad".as_slice()), Some("\u{fffd} bad")),
        ] {
            server.reset().await;
            Mock::given(method("POST")).respond_with(response).mount(&server).await;
            for error in [
                client.create_message(&request()).await.unwrap_err(),
                client.stream_message(&request()).await.unwrap_err(),
                client.count_tokens(&count_request()).await.unwrap_err(),
            ] {
                assert_eq!(error.kind(), ErrorKind::Api);
                assert_eq!(error.status().unwrap().as_u16(), status);
                assert_eq!(error.is_retryable(), retryable, "{status}");
                let api_error = error.api_error().unwrap();
                assert_eq!(api_error.error_type(), &kind, "{status}");
                assert!(!api_error.message().is_empty());
                if let Some(message) = message {
                    assert_eq!(api_error.message(), message);
                }
                if message == Some("m1") {
                    assert_eq!(api_error.error_code().as_deref(), Some("c1"));
                    assert_eq!(error.request_id(), Some("req_body"));
                }
            }
        }
    }
}

#[tokio::test]
async fn an_error_without_a_type_has_that_of_its_status() {
    for (status, error_type) in
        [(404, ErrorType::NotFound), (429, ErrorType::RateLimit), (502, ErrorType::Api)]
    {
        for (body, message) in
            [("oops", "oops"), (r#"{"error":{"message":"m"}}"#, "m"), (r#"["m"]"#, r#"["m"]"#)]
        {
            let server = server(json(status, body)).await;
            let error = client(&server.uri()).create_message(&request()).await.unwrap_err();
            let api_error = error.api_error().unwrap();
            assert_eq!(
                (api_error.error_type(), api_error.message()),
                (&error_type, message),
                "{status} {body}"
            );
            assert_eq!((api_error.details(), error.body()), (None, Some(body)));
        }
    }
    // Data that is no JSON is the message of an error event, whatever came before it.
    for before in ["", &EVENTS[..EVENTS.find("event: content_block_delta").unwrap()]] {
        let server = server(events(&format!("{before}event: error\ndata: oops {{\n\n"))).await;
        let stream = client(&server.uri()).stream_message(&request()).await;
        let error = match stream {
            Ok(stream) => stream.final_message().await.unwrap_err(),
            Err(error) => error,
        };
        let api_error = error.api_error().unwrap();
        assert_eq!((api_error.error_type(), api_error.message()), (&ErrorType::Api, "oops {"));
        assert_eq!(
            (api_error.status().as_u16(), error.partial_message().is_some()),
            (500, !before.is_empty())
        );
    }
}

#[tokio::test]
async fn headers_carry_the_request_id_and_the_advice_on_retrying() {
    let body = r#"{"type":"error","error":{"type":"later_error","message":"m"},"request_id":"req_body"}"#;
    for (headers, wait, retryable) in [
        (&[("retry-after", "7")][..], Some(Duration::from_secs(7)), true),
        (&[("retry-after", "1.5")], Some(Duration::from_millis(1500)), true),
        (&[("retry-after-ms", "250"), ("retry-after", "7")], Some(Duration::from_millis(250)), true),
        (&[("retry-after-ms", "soon"), ("retry-after", "7")], Some(Duration::from_secs(7)), true),
        (&[("retry-after", "-1")], None, true),
        (&[("retry-after", "NaN")], None, true),
        (&[("retry-after", "1e300")], None, true),
        (&[("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT")], None, true),
        (&[("x-should-retry", "false")], None, false),
        (&[("x-should-retry", "maybe")], None, true),
    ] {
        let mut response = json(429, body).insert_header("request-id", "req_header");
        for (name, value) in headers {
            response = response.insert_header(*name, *value);
        }
        let server = server(response).await;
        let error = client(&server.uri()).create_message(&request()).await.unwrap_err();
        assert_eq!(error.request_id(), Some("req_header"));
        assert_eq!(error.api_error().unwrap().request_id(), Some("req_header"));
        assert_eq!(error.api_error().unwrap().error_type().as_str(), "later_error");
        assert_eq!(error.retry_after(), wait, "{headers:?}");
        assert_eq!(error.is_retryable(), retryable, "{headers:?}");
        assert_eq!(error.headers()["request-id"], "req_header");
    }
    let server = server(json(400, body).insert_header("x-should-retry", "true")).await;
    assert!(client(&server.uri()).create_message(&request()).await.unwrap_err().is_retryable());
}

#[tokio::test]
async fn only_the_start_of_a_huge_error_body_is_read() {
    let head = "HTTP/1.1 503 Unavailable\r\ncontent-type: text/plain\r\n\r\n";
    let mut server = Raw::start([head], End::Repeat("word ".repeat(4000).into_bytes())).await;
    let error = client(&server.url()).create_message(&request()).await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 503);
    let message = error.api_error().unwrap().message();
    assert!(message.starts_with("word word") && message.len() < 1100, "{message}");
    server.closed().await;
}

#[tokio::test]
async fn an_error_response_that_is_cut_off_keeps_its_status() {
    let head = "HTTP/1.1 529 Overloaded\r\ncontent-length: 500\r\n\r\n{\"type\":\"error\",";
    let server = Raw::start([head], End::Close).await;
    let error = client(&server.url()).create_message(&request()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Api, "{error}");
    assert_eq!(error.api_error().unwrap().error_type(), &ErrorType::Overloaded);
}

#[tokio::test]
async fn without_a_server_no_connection_is_established() {
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = client(&format!("http://{address}")).create_message(&request()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
    assert!(error.is_retryable());
}

/// Linux drops what would connect to a listener whose backlog is full.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_server_that_does_not_accept_a_connection_meets_the_connect_timeout() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    let brief = Duration::from_millis(200);
    while let Ok(connected) = tokio::time::timeout(brief, tokio::net::TcpStream::connect(address)).await {
        waiting.push(connected.unwrap());
    }
    let client = builder(&format!("http://{address}")).connect_timeout(brief).build().unwrap();
    for retries in [0, 1] {
        let client = client.clone().with_retry(RetryPolicy::new(retries).max_delay(Duration::ZERO));
        let error = client.create_message(&request()).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 1 + retries), "{error:?}");
        assert!(error.is_retryable() && error.to_string().contains("connect_timeout"), "{error:?}");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_before_the_head_is_a_transport_error() {
    for (start, end) in [("", End::Close), ("", End::Reset), ("HTTP/1.1 200 OK\r\nconte", End::Close)] {
        let server = Raw::start([start], end).await;
        let error = client(&server.url()).create_message(&request()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Transport, "{error}");
        assert!(error.is_retryable());
    }
}

#[tokio::test]
async fn a_head_that_does_not_arrive_is_a_timeout() {
    let mut server = Raw::start(["HTTP/1.1 200 OK\r\n"], End::Hang).await;
    let client = builder(&server.url()).response_timeout(Duration::from_millis(50)).build().unwrap();
    for error in [
        client.create_message(&request()).await.unwrap_err(),
        client.stream_message(&request()).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(error.to_string().contains("response_timeout"), "{error}");
        assert!(error.is_retryable());
    }
    server.closed().await;
}

#[tokio::test]
async fn a_message_that_pauses_is_a_timeout() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{";
    let mut server = Raw::start([head], End::Hang).await;
    let client = builder(&server.url()).idle_timeout(Duration::from_millis(50)).build().unwrap();
    let error = client.create_message(&request()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    server.closed().await;
}
