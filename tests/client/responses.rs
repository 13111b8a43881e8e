//! Whole messages in HTTP responses.

use messages_api::{ContentBlock, ErrorKind, Message, StopReason};

use crate::common::*;
use crate::raw::{End, Raw};

#[tokio::test]
async fn a_message_is_returned_with_its_headers() {
    let template = json(200, MESSAGE)
        .insert_header("request-id", "req_1")
        .insert_header("anthropic-ratelimit-requests-remaining", "9");
    let server = server(template).await;
    let response = client(&server.uri()).create_message_response(&request()).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["request-id"], "req_1");
    assert_eq!(response.headers()["anthropic-ratelimit-requests-remaining"], "9");
    assert_eq!(response.body().text(), "Grüße");
    assert_eq!(response.body().stop_reason, Some(StopReason::EndTurn));
}

#[tokio::test]
async fn unknown_blocks_and_stop_reasons_survive() {
    let text =
        MESSAGE.replace(r#"[{"#, r#"[{"type":"hologram","z":1.0,"a":2},{"#).replace("end_turn", "bored");
    let server = server(json(200, &text)).await;
    let message = client(&server.uri()).create_message(&request()).await.unwrap();
    assert!(matches!(message.content[0], ContentBlock::Unknown(_)));
    let again = serde_json::to_string(&message).unwrap();
    assert!(again.contains(r#"{"type":"hologram","z":1.0,"a":2}"#) && again.contains("bored"), "{again}");
}

#[tokio::test]
async fn a_malformed_message_is_a_protocol_error_with_the_path() {
    let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    for (body, path) in [
        (MESSAGE.replace(r#""text":"Grüße""#, r#""text":5"#), "content.0.text: "),
        (
            MESSAGE.replace(r#""usage":{"input_tokens":3,"output_tokens":2}"#, r#""usage":{}"#),
            "usage.input_tokens: missing",
        ),
        (MESSAGE.replace(r#""id":"msg_1","#, ""), "id: missing"),
        ("{}".to_owned(), "missing"),
        ("[]".to_owned(), ""),
        ("".to_owned(), ""),
        (MESSAGE[..40].to_owned(), ""),
        ("<html>hello</html>".to_owned(), ""),
        (deep, "deeper"),
    ] {
        let server = server(json(200, &body).insert_header("request-id", "req_1")).await;
        let error = client(&server.uri()).create_message(&request()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
        assert!(error.to_string().contains(path), "{path}: {error}");
        assert_eq!(error.request_id(), Some("req_1"));
        assert!(!error.is_retryable());
        let error = client(&server.uri()).count_tokens(&count_request()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
    }
}

#[tokio::test]
async fn an_error_body_with_status_200_is_a_protocol_error() {
    let body = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    let server = server(json(200, body)).await;
    let client = client(&server.uri());
    assert_eq!(client.create_message(&request()).await.unwrap_err().kind(), ErrorKind::Protocol);
    assert_eq!(client.stream_message(&request()).await.unwrap_err().kind(), ErrorKind::Protocol);
}

#[tokio::test]
async fn every_recorded_message_survives() {
    let mut count = 0;
    for line in include_str!("../fixtures/wire_vectors.jsonl").lines() {
        let vector: serde_json::Value = serde_json::from_str(line).unwrap();
        if vector["kind"] == "response" {
            let server = server(json(200, &vector["json"].to_string())).await;
            let message = client(&server.uri()).create_message(&request()).await.unwrap();
            assert_eq!(serde_json::to_value(message).unwrap(), vector["json"], "{}", vector["name"]);
            count += 1;
        }
    }
    assert!(count > 15);
}

#[tokio::test]
async fn a_stream_in_place_of_a_message_is_added_up() {
    let server = server(events(EVENTS)).await;
    let message = client(&server.uri()).create_message(&request()).await.unwrap();
    assert_eq!(message, serde_json::from_str::<Message>(MESSAGE).unwrap());
}

#[tokio::test]
async fn a_message_in_place_of_a_stream_is_replayed() {
    let server = server(json(200, MESSAGE).insert_header("request-id", "req_1")).await;
    let stream = client(&server.uri()).stream_message(&request()).await.unwrap();
    assert_eq!(stream.request_id(), Some("req_1"));
    assert_eq!(stream.final_message().await.unwrap(), serde_json::from_str::<Message>(MESSAGE).unwrap());
}

#[tokio::test]
async fn an_event_stream_declared_as_json_is_read() {
    let server = server(json(200, EVENTS)).await;
    let stream = client(&server.uri()).stream_message(&request()).await.unwrap();
    assert_eq!(stream.final_message().await.unwrap().text(), "Grüße");
}

#[tokio::test]
async fn a_web_page_or_a_compressed_body_is_a_protocol_error() {
    use wiremock::ResponseTemplate;
    let page = ResponseTemplate::new(200).set_body_raw("<html>Sign in</html>", "text/html; charset=utf-8");
    for response in [page, events(EVENTS).insert_header("content-encoding", "gzip")] {
        let server = server(response).await;
        let error = client(&server.uri()).stream_message(&request()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
    }
}

#[tokio::test]
async fn a_message_longer_than_the_limit_is_too_large() {
    let server = server(json(200, MESSAGE)).await;
    let limited = |bytes| builder(&server.uri()).max_response_bytes(bytes).build().unwrap();
    assert!(limited(MESSAGE.len()).create_message(&request()).await.is_ok());
    for limit in [0, 1, MESSAGE.len() - 1] {
        let error = limited(limit).create_message(&request()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge);
        assert!(error.to_string().contains("max_response_bytes"), "{error}");
    }
}

#[tokio::test]
async fn an_endless_message_is_too_large() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{\"id\":\"";
    let mut server = Raw::start([head], End::Repeat(vec![b'a'; 1 << 16])).await;
    let client = builder(&server.url()).max_response_bytes(1 << 20).build().unwrap();
    let error = client.create_message(&request()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    server.closed().await;
}

#[tokio::test]
async fn a_whole_message_that_is_cut_off_is_retryable() {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        MESSAGE.len()
    );
    for end in [End::Close, End::Reset] {
        let server = Raw::start([head.as_str(), &MESSAGE[..50]], end).await;
        let error = client(&server.url()).create_message(&request()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Transport, "{error}");
        assert!(error.is_retryable());
    }
}
