//! Streams that are always ready. They must leave other tasks their turns, and must end.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures::StreamExt;
use http_body::Body;
use messages_api::types::events::{ContentBlockDeltaEvent, PingEvent, TextDelta};
use messages_api::{Handler, MessageStream, StreamEvent, handler_fn};
use tower::Service;

use crate::common::{TestResponse, body, events, post, service};

/// The most events that may be taken without a turn for other tasks.
const EVENTS_PER_TURN: usize = 1_000;

#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// A handler that streams `first`, then `n` times `event`, and then `last`, without ever waiting.
fn ready(
    first: &[StreamEvent],
    n: usize,
    event: &StreamEvent,
    last: &[StreamEvent],
    taken: &Arc<AtomicUsize>,
) -> impl Handler {
    let (first, event, last, taken) = (first.to_vec(), event.clone(), last.to_vec(), taken.clone());
    handler_fn(move |_request, _context| {
        let taken = taken.clone();
        let events = first.clone().into_iter().chain(std::iter::repeat_n(event.clone(), n));
        let events = futures::stream::iter(events.chain(last.clone())).map(move |event| {
            taken.fetch_add(1, Ordering::SeqCst);
            Ok(event)
        });
        std::future::ready(Ok(MessageStream::new(events).into()))
    })
}

/// Polls until `poll` is ready. Asserts that each poll takes a limited number of events, and that
/// a poll which is pending has arranged for the next.
fn drive<T>(taken: &AtomicUsize, mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>) -> T {
    let wakes = Arc::new(Wakes::default());
    let waker = Waker::from(wakes.clone());
    loop {
        let (events, woken) = (taken.load(Ordering::SeqCst), wakes.0.load(Ordering::SeqCst));
        let polled = poll(&mut Context::from_waker(&waker));
        let events = taken.load(Ordering::SeqCst) - events;
        assert!(events <= EVENTS_PER_TURN, "{events} events in one turn");
        match polled {
            Poll::Ready(value) => return value,
            Poll::Pending => assert!(wakes.0.load(Ordering::SeqCst) > woken, "nothing wakes the task"),
        }
    }
}

async fn collect(handler: impl Handler, taken: &AtomicUsize) -> TestResponse {
    let mut future = service(handler).call(post("/v1/messages", body(false)));
    let Ok(response) = drive(taken, |cx| Pin::new(&mut future).poll(cx));
    TestResponse::read(response).await
}

fn text(text: &str) -> StreamEvent {
    ContentBlockDeltaEvent::new(0, TextDelta::new(text)).into()
}

#[tokio::test]
async fn collecting_leaves_other_tasks_their_turns() {
    let events = events(&[]);
    let taken = Arc::new(AtomicUsize::new(0));
    let handler = ready(&events[..2], 50_000, &text("a"), &events[2..], &taken);
    let response = collect(handler, &taken).await;
    assert_eq!(response.message().text().len(), 50_000);
}

#[tokio::test]
async fn collecting_ends_when_nothing_is_added() {
    let events = events(&[]);
    let unknown: StreamEvent = serde_json::from_str(r#"{"type":"new","a":1}"#).unwrap();
    let unknown_delta =
        serde_json::from_str(r#"{"type":"content_block_delta","index":0,"delta":{"type":"new_delta"}}"#);
    for event in [PingEvent::new().into(), unknown, text(""), unknown_delta.unwrap()] {
        let taken = Arc::new(AtomicUsize::new(0));
        let handler = ready(&events[..2], usize::MAX, &event, &[], &taken);
        let response = collect(handler, &taken).await;
        assert!(response.status.is_server_error(), "{}", response.body);
        let taken = taken.load(Ordering::SeqCst);
        println!("{}: {taken} events", event.type_name());
        assert!(taken <= 100_002, "{}: {taken} events", event.type_name());
    }
}

/// Before `message_start`, too.
#[tokio::test]
async fn collecting_ends_when_nothing_begins() {
    let taken = Arc::new(AtomicUsize::new(0));
    let handler = ready(&[], usize::MAX, &PingEvent::new().into(), &[], &taken);
    let response = collect(handler, &taken).await;
    assert!(response.status.is_server_error(), "{}", response.body);
}

#[tokio::test]
async fn pings_between_pieces_do_not_add_up() {
    let events = events(&[]);
    let taken = Arc::new(AtomicUsize::new(0));
    let handler = handler_fn({
        let taken = taken.clone();
        move |_request, _context| {
            let taken = taken.clone();
            let pings = || std::iter::repeat_n(StreamEvent::from(PingEvent::new()), 60_000);
            let [first, last] = [events[..2].to_vec(), events[2..].to_vec()];
            let all = first.into_iter().chain(pings()).chain([text("a")]).chain(pings()).chain(last);
            let all = futures::stream::iter(all).map(move |event| {
                taken.fetch_add(1, Ordering::SeqCst);
                Ok(event)
            });
            std::future::ready(Ok(MessageStream::new(all).into()))
        }
    });
    assert_eq!(collect(handler, &taken).await.message().text(), "a");
}

#[tokio::test]
async fn a_streamed_response_leaves_other_tasks_their_turns() {
    let events = events(&[]);
    let taken = Arc::new(AtomicUsize::new(0));
    let handler = ready(&events[..2], 50_000, &text("a"), &events[2..], &taken);
    let Ok(response) = service(handler).call(post("/v1/messages", body(true))).await;
    let mut body = response.into_body();
    let mut received = 0;
    // One turn may not read chunk after chunk either.
    while let Some(bytes) = drive(&taken, |cx| {
        let mut bytes = 0;
        loop {
            match Pin::new(&mut body).poll_frame(cx) {
                Poll::Pending if bytes == 0 => return Poll::Pending,
                Poll::Pending => return Poll::Ready(Some(bytes)),
                Poll::Ready(None) => return Poll::Ready((bytes > 0).then_some(bytes)),
                Poll::Ready(Some(Ok(frame))) => bytes += frame.data_ref().map_or(0, bytes::Bytes::len),
            }
        }
    }) {
        received += bytes;
    }
    assert!(received > 50_000 * 100, "{received} bytes");
    assert_eq!(taken.load(Ordering::SeqCst), 50_005);
}
