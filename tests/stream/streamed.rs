//! Message streams: how they are read, how they end, and how they fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::stream;
use messages_api::stream::{EventDecoder, replay};
use messages_api::{ContentBlock, Error, ErrorKind, Message, MessageStream, StopReason, StreamEvent, Usage};

use crate::common::{block_on, encode};

const BASIC: &str = include_str!("../fixtures/basic.sse");

fn from_chunks(chunks: Vec<Result<String, std::io::Error>>) -> MessageStream {
    MessageStream::from_bytes(stream::iter(chunks), EventDecoder::new())
}

fn read(stream: &mut MessageStream) -> (Vec<StreamEvent>, Option<Error>) {
    let mut events = Vec::new();
    block_on(async {
        while let Some(event) = stream.next().await {
            match event {
                Ok(event) => events.push(event),
                Err(error) => {
                    assert!(stream.next().await.is_none(), "an error is the last item");
                    return (events, Some(error));
                }
            }
        }
        assert!(stream.next().await.is_none(), "the end stays the end");
        (events, None)
    })
}

fn broken() -> Result<String, std::io::Error> {
    Err(std::io::Error::other("reset by peer"))
}

#[test]
fn a_complete_stream_is_read() {
    let mut stream = from_chunks(vec![Ok(BASIC.to_owned())]);
    let (events, error) = read(&mut stream);
    assert!(error.is_none(), "{error:?}");
    assert_eq!(events.len(), BASIC.matches("event:").count());
    assert_eq!(stream.message().unwrap().text(), "Let me look.");
    let message = stream.into_message().unwrap();
    assert_eq!(message.tool_uses().next().unwrap().input.as_raw_str(), r#"{"city":"Oslo"}"#);
    assert_eq!((message.usage.input_tokens, message.usage.output_tokens), (12, 34));
    assert_eq!(message.stop_reason, Some(StopReason::ToolUse));
}

#[test]
fn a_partial_tool_input_can_be_read() {
    let half = BASIC.split_inclusive("\"Os").next().unwrap().to_owned() + "\"}}\n\n";
    let mut stream = from_chunks(vec![Ok(half)]);
    let (_, error) = read(&mut stream);
    assert_eq!(error.unwrap().kind(), ErrorKind::Incomplete);
    assert_eq!(stream.partial_input(2), Some("{\"city\":\"Os"));
    assert_eq!(stream.partial_input(0), None);
    // Nothing of it is parsed before the block stops.
    assert_eq!(stream.message().unwrap().tool_uses().next().unwrap().input.as_raw_str(), "{}");
}

#[test]
fn a_broken_connection_is_a_transport_error() {
    for events_only in [false, true] {
        let half = BASIC[..BASIC.len() / 2].to_owned();
        let mut stream = from_chunks(vec![Ok(half), broken()]);
        if events_only {
            stream = stream.without_accumulation();
        }
        let error = read(&mut stream).1.unwrap();
        assert_eq!(error.kind(), ErrorKind::Transport);
        assert_eq!(error.partial_message().unwrap().id, "msg_01");
        assert!(!error.is_retryable(), "the caller has seen a part of the message");
        assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "reset by peer");
    }
    let error = read(&mut from_chunks(vec![broken()])).1.unwrap();
    assert!(error.is_retryable() && error.partial_message().is_none());
}

#[test]
fn an_event_that_is_cut_off_is_a_cut_even_if_it_is_too_long() {
    let half = || Ok(format!("event: content_block_delta\ndata: {{\"text\":\"{}", "long ".repeat(22)));
    for (chunks, expected) in
        [(vec![half()], ErrorKind::Incomplete), (vec![half(), broken()], ErrorKind::Transport)]
    {
        // Neither line exceeds the limit, but the event does.
        let decoder = EventDecoder::new().max_event_bytes(130);
        let mut stream = MessageStream::from_bytes(stream::iter(chunks), decoder);
        assert_eq!(read(&mut stream).1.unwrap().kind(), expected);
    }
}

#[test]
fn an_end_without_message_stop_is_an_error_with_and_without_accumulation() {
    let cut = BASIC.rfind("event: message_stop").unwrap();
    for events_only in [false, true] {
        let mut stream = from_chunks(vec![Ok(BASIC[..cut].to_owned())]);
        if events_only {
            stream = stream.without_accumulation();
        }
        let (events, error) = read(&mut stream);
        assert_eq!(events.len(), BASIC.matches("event:").count() - 1);
        let error = error.unwrap();
        assert_eq!(error.kind(), ErrorKind::Incomplete);
        assert_eq!(error.partial_message().unwrap().content.is_empty(), events_only);
        assert_eq!(stream.into_message().unwrap_err().partial_message().unwrap().id, "msg_01");
    }
}

#[test]
fn the_error_of_an_error_event_carries_the_partial_message() {
    let cut = BASIC.find("event: message_delta").unwrap();
    let sse = BASIC[..cut].to_owned()
        + "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n"
        + &BASIC[cut..];
    let mut headers = http::HeaderMap::new();
    headers.insert("request-id", http::HeaderValue::from_static("req_1"));
    let mut stream = from_chunks(vec![Ok(sse)]).with_headers(headers);
    let error = read(&mut stream).1.unwrap();
    assert_eq!((error.kind(), error.status().unwrap().as_u16()), (ErrorKind::Api, 529));
    assert_eq!(error.partial_message().unwrap().content.len(), 3);
    assert_eq!(error.request_id(), Some("req_1"));
    assert!(!error.is_retryable());
}

#[test]
fn a_wrapped_stream_keeps_the_partial_message_of_the_first_error() {
    let inner = from_chunks(vec![Ok(BASIC[..BASIC.len() / 2].to_owned())]);
    let error = read(&mut MessageStream::new(inner).without_accumulation()).1.unwrap();
    assert!(!error.partial_message().unwrap().content.is_empty());
}

#[test]
fn nothing_after_message_stop_changes_the_message_unless_strict() {
    let ping = "event: ping\ndata: {\"type\":\"ping\"}\n\n";
    let unknown = "event: later\ndata: {\"type\":\"later\"}\n\n";
    let error =
        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"m\"}}\n\n";
    for (rest, is_fine) in [
        (ping.to_owned(), true),
        (ping.repeat(3) + unknown, true),
        ("data: {\"cut".to_owned(), true),
        ("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n".to_owned(), false),
        (ping.to_owned() + BASIC, false),
        (error.to_owned(), false),
    ] {
        for (is_strict, is_forwarded) in [(true, true), (true, false), (false, true), (false, false)] {
            let mut stream = from_chunks(vec![Ok(BASIC.to_owned() + &rest)]).strict(is_strict);
            if is_forwarded {
                stream = stream.without_accumulation();
            }
            let (events, error) = read(&mut stream);
            assert_eq!(events.len(), BASIC.matches("event:").count());
            assert_eq!(error.is_none(), is_fine || !is_strict, "{rest}");
            assert_eq!(stream.deviations().is_empty(), is_fine || is_strict, "{rest}");
            if !is_forwarded {
                assert_eq!(stream.into_message().unwrap().id, "msg_01");
            }
        }
    }
    // The message is complete, so neither a broken nor an open connection matters.
    assert!(read(&mut from_chunks(vec![Ok(BASIC.to_owned()), broken()])).1.is_none());
    let open = futures::StreamExt::chain(stream::iter([Ok::<_, Error>(BASIC)]), stream::pending());
    assert!(read(&mut MessageStream::from_bytes(open, EventDecoder::new())).1.is_none());
}

#[test]
fn a_stream_over_a_limit_is_too_large() {
    let mut stream = MessageStream::from_bytes(
        stream::iter([Ok::<_, Error>(BASIC)]),
        EventDecoder::new().max_event_bytes(100),
    );
    assert_eq!(read(&mut stream).1.unwrap().kind(), ErrorKind::TooLarge);
    let mut stream = from_chunks(vec![Ok(BASIC.to_owned())]).max_message_bytes(2000);
    let error = read(&mut stream).1.unwrap();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(error.partial_message().is_some());
}

#[test]
fn a_chunk_is_polled_for_once_the_previous_one_is_used_up() {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    let chunks = BASIC.split_inclusive("\n\n").map(str::to_owned).collect::<Vec<_>>();
    // Each chunk holds two events.
    let chunks: Vec<String> = chunks.chunks(2).map(|pair| pair.concat()).collect();
    let bytes = stream::iter(chunks.into_iter().map(move |chunk| {
        counted.fetch_add(1, Ordering::SeqCst);
        Ok::<_, Error>(chunk)
    }));
    let mut stream = MessageStream::from_bytes(bytes, EventDecoder::new());
    block_on(async {
        for seen in 1..=6 {
            stream.next().await.unwrap().unwrap();
            assert_eq!(count.load(Ordering::SeqCst), usize::div_ceil(seen, 2));
        }
    });
}

#[test]
fn a_text_stream_yields_only_the_text() {
    let mut text = from_chunks(vec![Ok(BASIC.to_owned())]).text_stream();
    block_on(async {
        let mut pieces = Vec::new();
        while let Some(piece) = text.next().await {
            pieces.push(piece.unwrap());
        }
        assert_eq!(pieces, ["Let me ", "look."]);
    });
    assert_eq!(text.into_message().unwrap().content.len(), 3);
}

#[test]
fn a_stream_that_is_cut_at_any_byte_is_incomplete() {
    // A whole `message_stop` counts without its blank line.
    let last = BASIC.trim_end().len();
    let first = BASIC.find("\n\n").unwrap() + 2;
    for at in 0..last {
        let error = read(&mut from_chunks(vec![Ok(BASIC[..at].to_owned())])).1.unwrap();
        assert_eq!(error.kind(), ErrorKind::Incomplete, "{at}");
        assert_eq!(error.partial_message().is_some(), at >= first, "{at}");
    }
    for at in last..BASIC.len() {
        assert!(read(&mut from_chunks(vec![Ok(BASIC[..at].to_owned())])).1.is_none());
        assert!(read(&mut from_chunks(vec![Ok(BASIC[..at].to_owned()), broken()])).1.is_none());
    }
    let strict = EventDecoder::new().strict(true);
    let bytes = stream::iter([Ok::<_, Error>(&BASIC[..last])]);
    let error = read(&mut MessageStream::from_bytes(bytes, strict)).1.unwrap();
    assert_eq!(error.kind(), ErrorKind::Incomplete);
}

#[test]
fn a_message_can_be_read_as_a_stream() {
    let message = Message::new("m", "m", vec![ContentBlock::text("hi")], Usage::new(1, 1));
    let again = block_on(MessageStream::from(message.clone()).final_message()).unwrap();
    assert_eq!(again, message);
    let sse: String = replay(message.clone()).map(|event| encode(&event)).collect();
    let stream = from_chunks(vec![Ok(sse)]);
    assert_eq!(block_on(stream.final_message()).unwrap(), message);
}
