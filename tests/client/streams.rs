//! Streams, and the ways in which they fail.

use std::time::Duration;

use messages_api::{Client, Error, ErrorKind, Message, MessageStream, StreamEvent};

use crate::common::*;
use crate::raw::{CHUNKED_HEAD, End, Raw, SSE_HEAD, Script};

async fn open(server: &Raw) -> MessageStream {
    client(&server.url()).stream_message(&request()).await.unwrap()
}

/// Reads to the end. Returns the number of events and the error, if there was one.
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
async fn events_arrive_in_order_and_add_up_to_the_message() {
    // The client does not wait for the end of the connection, which stays open.
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
async fn an_event_is_returned_before_the_next_is_sent() {
    let first = EVENTS.split_inclusive("\n\n").next().unwrap();
    let server = Raw::start([SSE_HEAD, first], End::Hang).await;
    let mut stream = open(&server).await;
    assert!(matches!(stream.next().await, Some(Ok(StreamEvent::MessageStart(_)))));
    assert_eq!(stream.message().unwrap().id, "msg_1");
}

#[tokio::test]
async fn chunks_may_split_a_character() {
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
async fn every_byte_may_arrive_alone() {
    let bytes = EVENTS.as_bytes().chunks(1);
    let server = Raw::start(std::iter::once(SSE_HEAD.as_bytes()).chain(bytes), End::Close).await;
    assert_eq!(open(&server).await.final_message().await.unwrap().text(), "Grüße");
}

#[tokio::test]
async fn a_stream_cut_at_any_byte_is_incomplete() {
    const LANES: usize = 16;
    // One client for all, as building one reads the root certificates of the system.
    let server = Raw::start_with(|request| {
        let value = |name| request.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        cut_at(value("x-cut: ").parse().unwrap(), value("x-way: ").parse().unwrap())
    })
    .await;
    let client = client(&server.url());
    let mut lanes = tokio::task::JoinSet::new();
    for lane in 0..LANES {
        let client = client.clone();
        lanes.spawn(async move {
            let mut incomplete = 0;
            for cut in (lane..EVENTS.len()).step_by(LANES) {
                for way in 0..4 {
                    incomplete += usize::from(check_cut(&client, cut, way).await);
                }
            }
            incomplete
        });
    }
    let incomplete: usize = lanes.join_all().await.into_iter().sum();
    println!("{} cut streams, {incomplete} of them incomplete", 4 * EVENTS.len());
    assert_eq!(server.requests().len(), 4 * EVENTS.len());
    // Without the line breaks that end the last event, the message is complete.
    assert!(incomplete >= 4 * EVENTS.trim_end().len());
}

/// Returns the script that cuts the stream after `cut` bytes, in one of four ways.
fn cut_at(cut: usize, way: usize) -> Script {
    let body = &EVENTS.as_bytes()[..cut];
    let chunk = [format!("{:x}\r\n", body.len() + 9).as_bytes(), body].concat();
    let bad = [format!("{:x}\r\n", body.len()).as_bytes(), body, b"\r\nzz\r\n"].concat();
    match way {
        0 => Script::new([SSE_HEAD.as_bytes(), body], End::Close),
        1 => Script::new([CHUNKED_HEAD.as_bytes(), &chunk], End::Close),
        2 if cut > 0 => Script::new([CHUNKED_HEAD.as_bytes(), &bad], End::Close),
        _ => Script::new([SSE_HEAD.as_bytes(), body], End::Reset),
    }
}

/// Returns `true` if the stream is incomplete, and `false` if it is complete all the same.
async fn check_cut(client: &Client, cut: usize, way: usize) -> bool {
    let client = client.clone().with_header("x-cut", &cut.to_string()).unwrap();
    let client = client.with_header("x-way", &way.to_string()).unwrap();
    let starts = EVENTS.find("\n\n").unwrap() + 2;
    let mut stream = match client.stream_message(&request()).await {
        Ok(stream) => stream,
        // A reset may overtake the head.
        Err(error) if way == 3 && error.kind() == ErrorKind::Transport => return true,
        // There is no stream without its first event, which a reset may overtake as well.
        Err(error) => {
            assert!(cut < starts || way == 3, "{cut}");
            assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Incomplete, true), "{cut}: {error}");
            assert!(error.partial_message().is_none());
            return true;
        }
    };
    let (_, error) = drain(&mut stream).await;
    let Some(error) = error else {
        // Only the line breaks that end the last event are missing.
        assert!(cut >= EVENTS.trim_end().len(), "{cut}");
        return false;
    };
    assert_eq!(error.kind(), ErrorKind::Incomplete, "{cut}: {error:?}");
    assert!(cut >= starts, "{cut}");
    assert_eq!(error.is_retryable(), error.partial_message().unwrap().content.is_empty());
    assert!(stream.next().await.is_none());
    assert_eq!(stream.into_message().unwrap_err().kind(), ErrorKind::Incomplete);
    true
}

#[tokio::test]
async fn an_error_event_carries_the_message_so_far() {
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
    let error = client(&server.url()).stream_message(&request()).await.unwrap_err();
    assert!(error.is_retryable(), "nothing of it was seen");
    assert_eq!((error.kind(), error.request_id()), (ErrorKind::Api, Some("req_raw")));
}

#[tokio::test]
async fn a_stream_that_pauses_is_a_timeout() {
    let first = EVENTS.split_inclusive("\n\n").next().unwrap();
    for sent in ["", first] {
        let mut server = Raw::start([SSE_HEAD, sent], End::Hang).await;
        let client = builder(&server.url()).idle_timeout(Duration::from_millis(100)).build().unwrap();
        let error = match client.stream_message(&request()).await {
            Ok(mut stream) => drain(&mut stream).await.1.unwrap(),
            Err(error) => error,
        };
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        assert!(error.is_retryable(), "no content was received");
        server.closed().await;
    }
}

#[tokio::test]
async fn an_endless_event_is_too_large() {
    for piece in ["a".repeat(1 << 16), "data: a\n".repeat(1 << 13)] {
        let mut server = Raw::start([SSE_HEAD, "data: "], End::Repeat(piece.into_bytes())).await;
        let client = builder(&server.url()).max_event_bytes(1 << 20).build().unwrap();
        let error = client.stream_message(&request()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge);
        server.closed().await;
    }
}

#[tokio::test]
async fn an_endless_stream_is_too_large_once_added_up() {
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
    for is_read in [false, true] {
        let mut server = Raw::start([SSE_HEAD, first], End::Hang).await;
        let mut stream = open(&server).await;
        if is_read {
            assert!(stream.next().await.unwrap().is_ok());
        }
        drop(stream);
        server.closed().await;
    }

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
        result = call => panic!("{result:?}"),
    }
    server.closed().await;
}

#[tokio::test]
async fn a_fault_without_loss_is_listed_or_an_error_if_the_client_is_strict() {
    // The stop of a block that never began.
    let fault = "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":7}\n\n";
    let events = EVENTS.split_inclusive("\n\n").collect::<Vec<_>>();
    let body = [&events[..1], &[fault], &events[1..]].concat().concat();
    let server = Raw::start([SSE_HEAD, &*body], End::Close).await;
    let mut stream = open(&server).await;
    assert!(drain(&mut stream).await.1.is_none());
    assert_eq!(stream.deviations().len(), 1);
    assert_eq!(stream.into_message().unwrap(), serde_json::from_str::<Message>(MESSAGE).unwrap());

    let server = Raw::start([SSE_HEAD, &*body], End::Close).await;
    let client = builder(&server.url()).strict(true).build().unwrap();
    let error = drain(&mut client.stream_message(&request()).await.unwrap()).await.1.unwrap();
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
}
