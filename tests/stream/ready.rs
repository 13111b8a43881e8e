//! Waiting for the first content, the token counts so far, and futures that are dropped.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use futures::{FutureExt, Stream, StreamExt, stream};
use messages_api::types::events::{
    ContentBlockDeltaEvent, ContentBlockStartEvent, MessageStartEvent, MessageStopEvent, PingEvent, TextDelta,
};
use messages_api::{
    ApiError, ContentBlock, Error, ErrorKind, ErrorType, Message, MessageStream, StreamEvent, Usage,
};

use crate::common::{block_on, decode};

const BASIC: &str = include_str!("../fixtures/basic.sse");

fn start() -> StreamEvent {
    MessageStartEvent::new(Message::new("msg_01", "m", vec![], Usage::new(12, 1))).into()
}

fn block() -> StreamEvent {
    ContentBlockStartEvent::new(0, ContentBlock::text("")).into()
}

fn ping() -> StreamEvent {
    PingEvent::new().into()
}

fn unknown() -> StreamEvent {
    serde_json::from_str(r#"{"type":"news"}"#).unwrap()
}

/// Returns a stream of the events, which counts those that were taken.
fn counted(events: Vec<StreamEvent>) -> (MessageStream, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    let events = stream::iter(events).map(move |event| {
        counter.fetch_add(1, Ordering::Relaxed);
        Ok(event)
    });
    (MessageStream::new(events), count)
}

async fn rest(stream: &mut MessageStream) -> Vec<StreamEvent> {
    let mut events = Vec::new();
    while let Some(event) = stream.next().await {
        events.push(event.unwrap());
    }
    events
}

#[test]
fn the_first_content_is_waited_for_and_nothing_is_lost() {
    for is_forwarded in [false, true] {
        let events = decode(BASIC);
        let first = events.iter().position(|event| event.type_name() == "content_block_start").unwrap();
        let (mut stream, count) = counted(events.clone());
        if is_forwarded {
            stream = stream.without_accumulation();
        }
        block_on(async {
            stream.ready().await.unwrap();
            assert_eq!(count.load(Ordering::Relaxed), first + 1, "no event more than needed");
            assert_eq!(stream.usage().unwrap().input_tokens, 12);
            assert_eq!(stream.message().is_some(), !is_forwarded);
            stream.ready().await.unwrap();
            assert_eq!(count.load(Ordering::Relaxed), first + 1);
            let is_ping = |event: &StreamEvent| matches!(event, StreamEvent::Ping(_));
            let before = events[..first].iter().filter(|event| !is_ping(event)).chain(&events[first..]);
            assert_eq!(rest(&mut stream).await, before.cloned().collect::<Vec<_>>());
            stream.ready().await.unwrap();
            assert_eq!(stream.usage().unwrap().output_tokens, 34);
        });
        assert_eq!(stream.into_message().is_ok(), !is_forwarded);
    }
}

#[test]
fn every_way_to_read_begins_at_the_start_after_waiting() {
    let whole = block_on(counted(decode(BASIC)).0.final_message()).unwrap();
    block_on(async {
        let (mut stream, _) = counted(decode(BASIC));
        stream.ready().await.unwrap();
        assert_eq!(stream.final_message().await.unwrap(), whole);

        let (mut stream, _) = counted(decode(BASIC));
        stream.ready().await.unwrap();
        let mut pieces = stream.text_stream();
        let mut text = String::new();
        while let Some(piece) = pieces.next().await {
            text += &piece.unwrap();
        }
        assert_eq!(text, whole.text());

        let (mut stream, _) = counted(decode(BASIC));
        stream.ready().await.unwrap();
        assert!(matches!(StreamExt::next(&mut stream).await, Some(Ok(StreamEvent::MessageStart(_)))));
        let (mut stream, _) = counted(decode(BASIC));
        stream.ready().await.unwrap();
        let update = stream.next_update().await.unwrap().unwrap();
        assert!(matches!(update, messages_api::stream::Update::Event(StreamEvent::MessageStart(_))));
    });
}

#[test]
fn what_counts_as_content_is_anything_but_the_start_and_pings() {
    let stop = StreamEvent::from(MessageStopEvent::new());
    let started =
        MessageStartEvent::new(Message::new("m", "m", vec![ContentBlock::text("x")], Usage::new(1, 1)));
    for (events, taken, held) in [
        (vec![start(), ping(), ping(), block(), ping()], 4, 2),
        (vec![ping(), unknown(), start()], 2, 1),
        (vec![start(), unknown(), block()], 2, 2),
        (vec![start(), start(), block()], 3, 2),
        (vec![start(), stop, ping()], 2, 2),
        (vec![started.into(), block()], 1, 1),
    ] {
        for is_forwarded in [false, true] {
            let (mut stream, count) = counted(events.clone());
            if is_forwarded {
                stream = stream.without_accumulation();
            }
            block_on(stream.ready()).unwrap();
            assert_eq!(count.load(Ordering::Relaxed), taken, "{events:?}");
            for _ in 0..held {
                assert!(block_on(stream.next()).unwrap().is_ok());
            }
            assert_eq!(count.load(Ordering::Relaxed), taken, "{events:?}");
        }
    }
}

#[test]
fn an_error_before_the_content_is_retryable_and_ends_the_stream() {
    type Events = Vec<Result<StreamEvent, Error>>;
    let overloaded = || Error::from(ApiError::new(ErrorType::Overloaded, "Overloaded"));
    let invalid = || Error::from(ApiError::invalid_request("no"));
    let cases: Vec<(Events, ErrorKind, bool)> = vec![
        (vec![], ErrorKind::Incomplete, true),
        (vec![Ok(ping())], ErrorKind::Incomplete, true),
        (vec![Ok(start()), Ok(ping())], ErrorKind::Incomplete, true),
        (vec![Ok(start()), Err(overloaded())], ErrorKind::Api, true),
        (vec![Ok(start()), Err(invalid())], ErrorKind::Api, false),
        (vec![Ok(block())], ErrorKind::Protocol, false),
    ];
    for (events, kind, is_retryable) in cases {
        let is_started = matches!(events.first(), Some(Ok(StreamEvent::MessageStart(_))));
        let mut stream = MessageStream::new(stream::iter(events));
        let error = block_on(stream.ready()).unwrap_err();
        assert_eq!((error.kind(), error.is_retryable()), (kind, is_retryable), "{error}");
        assert_eq!(error.partial_message().is_some(), is_started);
        assert!(block_on(stream.next()).is_none(), "the error was the last item");
        assert_eq!(block_on(stream.ready()).unwrap_err().kind(), ErrorKind::Incomplete);
    }
}

#[test]
fn an_error_after_the_content_has_begun_is_neither_hidden_nor_retryable() {
    let events = [Ok(start()), Ok(block()), Err(ApiError::new(ErrorType::Overloaded, "Overloaded").into())];
    let mut stream = MessageStream::new(stream::iter(events));
    block_on(async {
        stream.ready().await.unwrap();
        assert!(stream.next().await.unwrap().is_ok() && stream.next().await.unwrap().is_ok());
        let error = stream.next().await.unwrap().unwrap_err();
        assert!(!error.is_retryable());
    });
}

#[test]
fn endless_pings_neither_fill_memory_nor_block_the_task() {
    let mut stream = MessageStream::new(stream::repeat_with(|| Ok(ping())));
    assert!(stream.ready().now_or_never().is_none(), "other tasks get their turns");
    let error = block_on(stream.ready()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
}

#[test]
fn token_counts_are_updated_with_and_without_accumulation() {
    let event = |json| serde_json::from_str::<StreamEvent>(json).unwrap();
    let events = [
        start(),
        event(
            r#"{"type":"message_delta","delta":{},"usage":{"output_tokens":5,"cache_read_input_tokens":7}}"#,
        ),
        event(r#"{"type":"message_delta","delta":{},"usage":{"input_tokens":13}}"#),
        event(r#"{"type":"message_delta","delta":{}}"#),
    ];
    let expected = [(12, 1, None), (12, 5, Some(7)), (13, 5, Some(7)), (13, 5, Some(7))];
    for is_forwarded in [false, true] {
        let mut stream = MessageStream::new(stream::iter(events.clone().map(Ok)));
        if is_forwarded {
            stream = stream.without_accumulation();
        }
        assert!(stream.usage().is_none());
        for (input, output, cache) in expected {
            block_on(stream.next()).unwrap().unwrap();
            let usage = stream.usage().unwrap();
            let found = (usage.input_tokens, usage.output_tokens, usage.cache_read_input_tokens);
            assert_eq!(found, (input, output, cache));
        }
    }
}

/// Events of which every second poll is pending, so that a future can be dropped between any two of them.
struct Halting(std::vec::IntoIter<StreamEvent>, bool);

impl Stream for Halting {
    type Item = Result<StreamEvent, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.1 = !self.1;
        if self.1 {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(self.0.next().map(Ok))
    }
}

fn halting() -> MessageStream {
    MessageStream::new(Halting(decode(BASIC).into_iter(), false))
}

/// Polls a new future after each one that was not ready, and returns the output of the first that is.
macro_rules! dropped_until_ready {
    ($drops:ident, $future:expr) => {
        loop {
            match $future.now_or_never() {
                Some(output) => break output,
                None => $drops += 1,
            }
        }
    };
}

#[test]
fn a_future_that_is_dropped_loses_nothing() {
    let events = decode(BASIC);
    let mut drops = 0;

    let mut stream = halting();
    let mut found = Vec::new();
    while let Some(event) = dropped_until_ready!(drops, stream.next()) {
        found.push(event.unwrap());
    }
    assert_eq!(found, events);
    assert!(drops >= events.len(), "{drops}");

    drops = 0;
    let mut stream = halting();
    let mut count = 0;
    while let Some(update) = dropped_until_ready!(
        drops,
        stream.next_update().map(|update| { update.map(|update| update.map(drop)) })
    ) {
        update.unwrap();
        count += 1;
    }
    assert_eq!(count, events.len());
    assert!(drops >= events.len(), "{drops}");
    assert_eq!(stream.into_message().unwrap(), crate::common::add_up(events.clone()));

    drops = 0;
    let mut stream = halting();
    dropped_until_ready!(drops, stream.ready()).unwrap();
    assert!(drops >= 2, "{drops}");
    assert_eq!(block_on(stream.final_message()).unwrap(), crate::common::add_up(events.clone()));

    drops = 0;
    let mut text = halting().text_stream();
    let mut found = String::new();
    while let Some(piece) = dropped_until_ready!(drops, text.next()) {
        found += &piece.unwrap();
    }
    assert_eq!(found, crate::common::add_up(events).text());
    assert!(drops > 2, "{drops}");
}

#[test]
fn dropping_the_future_of_the_whole_message_drops_the_stream() {
    let alive = Arc::new(());
    let held = Arc::clone(&alive);
    let events = stream::pending().map(move |event: Result<StreamEvent, Error>| {
        let _ = &held;
        event
    });
    let future = MessageStream::new(events).final_message();
    assert!(future.now_or_never().is_none());
    assert_eq!(Arc::strong_count(&alive), 1);
}

#[test]
fn text_read_before_waiting_is_not_repeated() {
    let delta = ContentBlockDeltaEvent::new(0, TextDelta::new("Hi"));
    let (mut stream, count) = counted(vec![start(), block(), delta.into()]);
    block_on(async {
        stream.next().await.unwrap().unwrap();
        stream.ready().await.unwrap();
        assert_eq!(count.load(Ordering::Relaxed), 2);
        assert_eq!(stream.next().await.unwrap().unwrap().type_name(), "content_block_start");
        stream.ready().await.unwrap();
        assert_eq!(stream.next().await.unwrap().unwrap().text_delta(), Some("Hi"));
    });
}
