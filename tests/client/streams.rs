//! Streams over a real connection.

use messages_api::{Client, CreateMessageRequest, ErrorKind};

use crate::raw::{Raw, Step, events, eventually, response, stream_head};

fn request() -> CreateMessageRequest {
    CreateMessageRequest::new("m", 5).user("hi")
}

fn send(text: &str) -> Step {
    Step::Send(text.as_bytes().to_vec())
}

#[tokio::test]
async fn a_stream_in_pieces_that_split_everything() {
    let body = events("Grüße, Oslo ☃");
    let mut steps = vec![stream_head()];
    for piece in body.as_bytes().chunks(37) {
        steps.extend([Step::Send(piece.to_vec()), Step::Pause]);
    }
    let server = Raw::start(steps).await;
    let mut stream = server.client().stream_message(&request()).await.unwrap();
    assert_eq!(stream.request_id(), Some("req_9"));
    let mut text = String::new();
    while let Some(event) = stream.next().await {
        text.push_str(event.unwrap().text_delta().unwrap_or(""));
    }
    assert_eq!(text, "Grüße, Oslo ☃");
    assert_eq!(stream.into_message().unwrap().text(), text);
    assert!(server.requests()[0].contains("\"stream\":true"));
}

#[tokio::test]
async fn an_error_before_the_stream_fails_the_call() {
    let body = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    let server = Raw::start(response("529 X", "content-type: application/json\r\n", body)).await;
    let error = server.client().stream_message(&request()).await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 529);
    assert!(error.is_retryable());
}

#[tokio::test]
async fn an_error_within_the_stream_carries_what_came() {
    let body = events("Hello");
    let cut = body.find("event: content_block_stop").unwrap();
    let error_event = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n";
    let server = Raw::start(vec![stream_head(), send(&body[..cut]), send(error_event)]).await;
    let error = server.client().stream_message(&request()).await.unwrap().final_message().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Api);
    assert_eq!(error.request_id(), Some("req_9"));
    assert_eq!(error.partial_message().unwrap().text(), "Hello");
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn a_cut_stream_is_never_a_whole_one() {
    let body = events("Hello");
    for at in (0..body.len()).step_by(23) {
        for (end, kinds) in [
            (vec![], &[ErrorKind::Incomplete][..]),
            (vec![Step::Pause, Step::Reset], &[ErrorKind::Transport]),
            (vec![Step::Hang], &[ErrorKind::Timeout]),
        ] {
            if matches!(end.first(), Some(Step::Hang)) && at > 50 {
                continue;
            }
            let server = Raw::start([vec![stream_head(), send(&body[..at])], end].concat()).await;
            let stream = server.client().stream_message(&request()).await.unwrap();
            let error = stream.final_message().await.unwrap_err();
            assert!(kinds.contains(&error.kind()), "cut at {at}: {error:?}");
            assert_eq!(error.partial_message().is_some(), body[..at].contains("\n\n"), "cut at {at}");
        }
    }
}

#[tokio::test]
async fn pings_keep_a_slow_stream_alive() {
    let body = events("Hello");
    let cut = body.find("event: content_block_stop").unwrap();
    let mut steps = vec![stream_head(), send(&body[..cut])];
    // Longer than the idle timeout in all.
    for _ in 0..25 {
        steps.extend([Step::Pause, send(": keep-alive\n\n")]);
    }
    steps.push(send(&body[cut..]));
    let server = Raw::start(steps).await;
    let message = server.client().stream_message(&request()).await.unwrap().final_message().await.unwrap();
    assert_eq!(message.text(), "Hello");
}

#[tokio::test]
async fn dropping_the_stream_closes_the_connection() {
    let body = events("Hello");
    let cut = body.find("event: content_block_stop").unwrap();
    let server = Raw::start(vec![stream_head(), send(&body[..cut]), Step::Hang]).await;
    let mut stream = server.client().stream_message(&request()).await.unwrap();
    stream.next().await.unwrap().unwrap();
    assert_eq!(*server.closed.lock().unwrap(), 0);
    drop(stream);
    eventually(|| *server.closed.lock().unwrap() == 1).await;
}

#[tokio::test]
async fn a_server_that_keeps_the_connection_open_is_not_waited_for() {
    let server = Raw::start(vec![stream_head(), send(&events("Hello")), Step::Hang]).await;
    let message = server.client().stream_message(&request()).await.unwrap().final_message().await.unwrap();
    assert_eq!(message.text(), "Hello");
    eventually(|| *server.closed.lock().unwrap() == 1).await;
}

#[tokio::test]
async fn an_endless_event_is_refused() {
    let mut steps = vec![stream_head(), send("data: {\"type\":\"x\",\"a\":\"")];
    steps.extend(std::iter::repeat_n(send(&"x".repeat(1000)), 200));
    steps.push(Step::Hang);
    let server = Raw::start(steps).await;
    let client = Client::builder().base_url(&server.base_url()).max_event_bytes(10_000).build().unwrap();
    let error = client.stream_message(&request()).await.unwrap().final_message().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    eventually(|| *server.closed.lock().unwrap() == 1).await;
}

#[tokio::test]
async fn a_stream_under_a_wrong_name() {
    for content_type in ["text/plain", "application/json", "text/event-stream; charset=utf-8"] {
        let server =
            Raw::start(response("200 OK", &format!("content-type: {content_type}\r\n"), &events("Hello")))
                .await;
        let message =
            server.client().stream_message(&request()).await.unwrap().final_message().await.unwrap();
        assert_eq!(message.text(), "Hello", "{content_type}");
    }
}
