//! Streamed answers, and what can happen to them.

use std::time::Duration;

use messages_api::{Error, ErrorKind, Message, MessageStream, StreamEvent};

use crate::common::*;
use crate::raw::{CHUNKED_HEAD, End, Raw, SSE_HEAD};

async fn open(server: &Raw) -> MessageStream {
    client(&server.url()).stream_message(&request()).await.unwrap()
}

/// Reads to the end: how many events came, and the error if there was one.
async fn drain(stream: &mut MessageStream) -> (usize, Option<Error>) {
    let mut count = 0;
    while let Some(event) = stream.next().await {
        match event {
            Ok(_) => count += 1,
            Err(error) => return (count, Some(error)),
        }
    }
    (count, None)
}

#[tokio::test]
async fn events_come_as_they_are_sent_and_add_up() {
    // The server does not end the stream, so the client does not wait for that.
    let server = Raw::start([SSE_HEAD, EVENTS], End::Hang).await;
    let mut stream = open(&server).await;
    assert_eq!(stream.request_id(), Some("req_raw"));
    let mut types = Vec::new();
    while let Some(event) = stream.next().await {
        types.push(event.unwrap().type_name().to_owned());
    }
    assert_eq!(types[..4], ["message_start", "content_block_start", "ping", "news"]);
    assert_eq!(types.len(), 8);
    assert_eq!(stream.into_message().unwrap(), serde_json::from_str::<Message>(MESSAGE).unwrap());
}

#[tokio::test]
async fn an_event_comes_before_the_next_is_sent() {
    let first = EVENTS.split_inclusive("\n\n").next().unwrap();
    let server = Raw::start([SSE_HEAD, first], End::Hang).await;
    let mut stream = open(&server).await;
    assert!(matches!(stream.next().await, Some(Ok(StreamEvent::MessageStart(_)))));
    assert_eq!(stream.message().unwrap().id, "msg_1");
}

#[tokio::test]
async fn a_character_may_be_cut_in_two() {
    for (head, end) in [(SSE_HEAD, ""), (CHUNKED_HEAD, "0\r\n\r\n")] {
        let chunked = head == CHUNKED_HEAD;
        let chunk = |bytes: &[u8]| {
            let size = format!("{:x}\r\n", bytes.len());
            if chunked { [size.as_bytes(), bytes, b"\r\n"].concat() } else { bytes.to_vec() }
        };
        let cut = EVENTS.find('ü').unwrap() + 1;
        let (left, right) = EVENTS.as_bytes().split_at(cut);
        let pieces = [head.into(), chunk(left), chunk(&right[..1]), chunk(&right[1..]), end.into()];
        let server = Raw::start(pieces, End::Close).await;
        assert_eq!(open(&server).await.final_message().await.unwrap().text(), "Grüße");
    }
}

#[tokio::test]
async fn every_byte_may_come_alone() {
    let bytes = EVENTS.as_bytes().chunks(1);
    let server = Raw::start(std::iter::once(SSE_HEAD.as_bytes()).chain(bytes), End::Close).await;
    assert_eq!(open(&server).await.final_message().await.unwrap().text(), "Grüße");
}

#[tokio::test]
async fn a_stream_that_is_cut_is_incomplete_wherever_it_is_cut() {
    const LANES: usize = 16;
    let mut lanes = tokio::task::JoinSet::new();
    for lane in 0..LANES {
        lanes.spawn(async move {
            for cut in (lane..EVENTS.len()).step_by(LANES) {
                cut_at(cut, cut / LANES % 4).await;
            }
        });
    }
    while let Some(lane) = lanes.join_next().await {
        lane.unwrap();
    }
}

/// Cuts the stream after so many bytes, in one of four ways.
async fn cut_at(cut: usize, way: usize) {
    let body = &EVENTS.as_bytes()[..cut];
    let chunk = [format!("{:x}\r\n", body.len() + 9).as_bytes(), body].concat();
    let bad = [format!("{:x}\r\n", body.len()).as_bytes(), body, b"\r\nzz\r\n"].concat();
    let server = match way {
        0 => Raw::start([SSE_HEAD.as_bytes(), body], End::Close).await,
        1 => Raw::start([CHUNKED_HEAD.as_bytes(), &chunk], End::Close).await,
        2 if cut > 0 => Raw::start([CHUNKED_HEAD.as_bytes(), &bad], End::Close).await,
        _ => Raw::start([SSE_HEAD.as_bytes(), body], End::Reset).await,
    };
    let mut stream = match client(&server.url()).stream_message(&request()).await {
        Ok(stream) => stream,
        // A reset may overtake the head.
        Err(error) => return assert_eq!((error.kind(), way), (ErrorKind::Transport, 3), "{cut}: {error}"),
    };
    let (_, error) = drain(&mut stream).await;
    let Some(error) = error else {
        // Only the line break that ends the last event is missing.
        return assert_eq!(cut, EVENTS.len() - 1);
    };
    assert_eq!(error.kind(), ErrorKind::Incomplete, "{cut}: {error:?}");
    assert!(!error.is_retryable());
    if way != 3 {
        let starts = EVENTS.find("\n\n").unwrap() + 2;
        assert_eq!(error.partial_message().is_some(), cut >= starts, "{cut}");
    }
    assert!(stream.next().await.is_none());
    assert_eq!(stream.into_message().unwrap_err().kind(), ErrorKind::Incomplete);
}

#[tokio::test]
async fn an_error_within_a_stream_carries_what_came_before() {
    let failure = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n";
    let start = &EVENTS[..EVENTS.find("event: content_block_stop").unwrap()];
    let server = Raw::start([SSE_HEAD, start, failure], End::Hang).await;
    let mut stream = open(&server).await;
    let (count, error) = drain(&mut stream).await;
    let error = error.unwrap();
    assert_eq!((count, error.kind(), error.status().unwrap().as_u16()), (5, ErrorKind::Api, 529));
    assert_eq!(error.partial_message().unwrap().text(), "Grüße");
    assert_eq!(error.request_id(), Some("req_raw"));
    assert!(!error.is_retryable());

    let mut events = open(&server).await.without_accumulation();
    let (_, error) = drain(&mut events).await;
    assert!(!error.unwrap().is_retryable(), "part of it was seen");

    let server = Raw::start([SSE_HEAD, failure], End::Hang).await;
    let (_, error) = drain(&mut open(&server).await).await;
    assert!(error.unwrap().is_retryable(), "nothing of it was seen");
}

#[tokio::test]
async fn a_stream_that_pauses_is_a_timeout() {
    let first = EVENTS.split_inclusive("\n\n").next().unwrap();
    for sent in ["", first] {
        let mut server = Raw::start([SSE_HEAD, sent], End::Hang).await;
        let client = builder(&server.url()).idle_timeout(Duration::from_millis(100)).build().unwrap();
        let mut stream = client.stream_message(&request()).await.unwrap();
        let (_, error) = drain(&mut stream).await;
        let error = error.unwrap();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        assert_eq!(error.is_retryable(), sent.is_empty());
        server.closed().await;
    }
}

#[tokio::test]
async fn an_endless_line_is_given_up() {
    for piece in ["a".repeat(1 << 16), "data: a\n".repeat(1 << 13)] {
        let mut server = Raw::start([SSE_HEAD, "data: "], End::Repeat(piece.into_bytes())).await;
        let client = builder(&server.url()).max_event_bytes(1 << 20).build().unwrap();
        let mut stream = client.stream_message(&request()).await.unwrap();
        let (_, error) = drain(&mut stream).await;
        assert_eq!(error.unwrap().kind(), ErrorKind::TooLarge);
        server.closed().await;
    }
}

#[tokio::test]
async fn a_message_without_end_is_given_up() {
    let start = &EVENTS[..EVENTS.find("event: content_block_stop").unwrap()];
    let more = EVENTS.split_inclusive("\n\n").nth(4).unwrap().repeat(100);
    let mut server = Raw::start([SSE_HEAD, start], End::Repeat(more.into_bytes())).await;
    let client = builder(&server.url()).max_response_bytes(1 << 16).build().unwrap();
    let error = client.create_message(&request()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
    assert!(error.partial_message().unwrap().text().starts_with("Grüße"));
    server.closed().await;
}

#[tokio::test]
async fn dropping_the_stream_or_the_call_closes_the_connection() {
    let first = EVENTS.split_inclusive("\n\n").next().unwrap();
    let mut server = Raw::start([SSE_HEAD, first], End::Hang).await;
    let mut stream = open(&server).await;
    assert!(stream.next().await.unwrap().is_ok());
    drop(stream);
    server.closed().await;

    let mut server = Raw::start(["HTTP/1.1 200"], End::Hang).await;
    let (client, request) = (client(&server.url()), request());
    let call = async { client.create_message(&request).await.map(drop) };
    let sent = async {
        while server.requests().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        biased;
        () = sent => {}
        answer = call => panic!("{answer:?}"),
    }
    server.closed().await;
}

#[tokio::test]
async fn a_whole_stream_lets_the_connection_be_used_again() {
    let server = server(events(EVENTS)).await;
    let client = client(&server.uri());
    for _ in 0..3 {
        let mut stream = client.stream_message(&request()).await.unwrap();
        assert!(drain(&mut stream).await.1.is_none());
    }
    assert_eq!(server.received_requests().await.unwrap().len(), 3);
}
