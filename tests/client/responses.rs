//! Whole messages in HTTP responses.

use messages_api::{ContentBlock, ErrorKind, Message, StopReason};

use wiremock::ResponseTemplate;

use crate::common::*;
use crate::raw::{End, Raw};

#[tokio::test]
async fn a_message_is_returned_with_its_headers() {
    let template = json(200, MESSAGE)
        .insert_header("request-id", "req_1")
        .insert_header("anthropic-ratelimit-requests-remaining", "9");
    let server = server(template).await;
    let response = client(&server.uri()).create_message(&request()).response().await.unwrap();
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
async fn content_tells_a_message_from_an_error() {
    let error = r#""error":{"type":"api_error","message":"m"}"#;
    let with_error = MESSAGE.replacen('{', &format!("{{{error},"), 1);
    let upstream = server(json(200, &with_error)).await;
    let message = client(&upstream.uri()).create_message(&request()).await.unwrap();
    assert_eq!(message.text(), "Grüße");

    let only_error = format!(r#"{{"type":"error","id":"msg_1",{error}}}"#);
    let upstream = server(json(200, &only_error)).await;
    let error = client(&upstream.uri()).create_message(&request()).await.unwrap_err();
    assert_eq!(error.api_error().unwrap().message(), "m");
}

#[tokio::test]
async fn a_message_that_is_not_utf_8_is_a_protocol_error() {
    let mut body = MESSAGE.as_bytes().to_vec();
    let at = MESSAGE.find('ü').unwrap();
    body[at] = b'\xfc';
    let server = server(ResponseTemplate::new(200).set_body_bytes(body)).await;
    let error = client(&server.uri()).create_message(&request()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert!(error.to_string().contains(&format!("from index {at}")), "{error}");
}

#[tokio::test]
async fn a_malformed_message_is_a_protocol_error_with_the_path() {
    let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    for (body, path) in [
        (MESSAGE.replace(r#""text":"Grüße""#, r#""text":5"#), "content.0.text: "),
        (
            MESSAGE.replace(r#""usage":{"#, r#""usage":{"cache_read_input_tokens":"x","#),
            "usage.cache_read_input_tokens: ",
        ),
        ("{}".to_owned(), "has no field of one"),
        ("[]".to_owned(), ""),
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
async fn an_error_document_with_status_200_is_an_error() {
    let foreign = r#"{"detail":"Overloaded"}"#;
    let own = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    for (body, status) in
        [(own.to_owned(), 529), (format!("\u{feff}\n{own}"), 529), (foreign.to_owned(), 500)]
    {
        for response in [json(200, &body), events(&body)] {
            let server = server(response.insert_header("request-id", "req_1")).await;
            let client = client(&server.uri());
            for error in [
                client.create_message(&request()).await.unwrap_err(),
                client.stream_message(&request()).await.unwrap_err(),
                client.count_tokens(&count_request()).await.unwrap_err(),
            ] {
                assert_eq!((error.kind(), error.status().unwrap().as_u16()), (ErrorKind::Api, status));
                assert_eq!(error.api_error().unwrap().message(), "Overloaded");
                assert_eq!(error.request_id(), Some("req_1"));
                assert!(error.is_retryable());
            }
        }
    }
}

#[tokio::test]
async fn an_empty_response_is_retryable() {
    for response in [json(200, ""), json(200, " \n"), events("")] {
        let server = server(response).await;
        let client = client(&server.uri());
        let streamed = match client.stream_message(&request()).await {
            Ok(stream) => stream.final_message().await.unwrap_err(),
            Err(error) => error,
        };
        for error in [client.create_message(&request()).await.unwrap_err(), streamed] {
            assert_eq!(error.kind(), ErrorKind::Incomplete, "{error}");
            assert!(error.is_retryable());
        }
    }
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
    for content_type in ["text/event-stream", "text/html", "application/json", "text/plain"] {
        let server = server(ResponseTemplate::new(200).set_body_raw(EVENTS, content_type)).await;
        let message = client(&server.uri()).create_message(&request()).await.unwrap();
        assert_eq!(message, serde_json::from_str::<Message>(MESSAGE).unwrap());
    }
}

#[tokio::test]
async fn a_message_in_place_of_a_stream_is_replayed() {
    let text = format!("\u{feff}{MESSAGE}");
    for response in [json(200, MESSAGE), events(MESSAGE), json(200, &text)] {
        let server = server(response.insert_header("request-id", "req_1")).await;
        let stream = client(&server.uri()).stream_message(&request()).await.unwrap();
        assert_eq!(stream.request_id(), Some("req_1"));
        assert_eq!(stream.final_message().await.unwrap(), serde_json::from_str::<Message>(MESSAGE).unwrap());
    }
}

#[tokio::test]
async fn a_stream_of_any_content_type_is_read_as_it_arrives() {
    let first = EVENTS.split_inclusive("\n\n").next().unwrap();
    for line in ["", "content-type: application/json\r\n", "content-type: text/html\r\n"] {
        let head = format!("HTTP/1.1 200 OK\r\n{line}\r\n");
        let server = Raw::start([&head, first], End::Hang).await;
        let mut stream = client(&server.url()).stream_message(&request()).await.unwrap();
        assert_eq!(stream.next().await.unwrap().unwrap().type_name(), "message_start");
    }
}

#[tokio::test]
async fn a_web_page_or_a_compressed_body_is_a_protocol_error() {
    let page = "<html>Sign in</html>";
    let zipped = b"\x1f\x8b\x08\x00".as_slice();
    let response = ResponseTemplate::new;
    for status in [200, 502] {
        for (response, sentence) in [
            (response(status).set_body_raw(page, "text/html; charset=utf-8"), "the response is a web page"),
            (response(status).set_body_raw(page, "application/json"), "the response is a web page"),
            (response(status).set_body_bytes(zipped), "the response is compressed"),
            (
                response(status).set_body_string(MESSAGE).insert_header("content-encoding", "br"),
                "the response is compressed",
            ),
        ] {
            let server = server(response).await;
            let client = client(&server.uri());
            for error in [
                client.create_message(&request()).await.unwrap_err(),
                client.stream_message(&request()).await.unwrap_err(),
            ] {
                let kind = if status == 200 { ErrorKind::Protocol } else { ErrorKind::Api };
                assert_eq!(error.kind(), kind, "{error}");
                let text =
                    error.api_error().map_or_else(|| error.to_string(), |error| error.message().to_owned());
                assert!(text.starts_with(sentence), "{text}");
            }
        }
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
