//! What a service holds while it reads a body, and after panics, and what it allocates for many small events.

use std::convert::Infallible;
use std::panic::resume_unwind;
use std::task::Poll;
use std::time::Instant;

use bytes::Bytes;
use http::Request;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use messages_api::stream::replay;
use messages_api::types::events::{ContentBlockDeltaEvent, TextDelta};
use messages_api::{
    ApiError, ContentBlock, CreateMessageRequest, Handler, Message, MessageStream, MessagesService, Reply,
    RequestContext, StreamEvent, Usage, handler_fn,
};
use tokio::runtime::Runtime;
use tower::ServiceExt;

use super::{ALLOCATIONS, HELD, PEAK};

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
}

fn service(handler: impl Handler) -> MessagesService {
    MessagesService::builder(handler).unauthenticated().build()
}

/// Asks for a stream of `model`, and returns the status, the number of bytes of the body and its end.
async fn ask(service: &MessagesService, model: &str) -> (u16, usize, Bytes) {
    let body = format!(r#"{{"model":"{model}","max_tokens":1,"messages":[],"stream":true}}"#);
    let request = Request::post("/v1/messages").body(body).unwrap();
    let (head, mut body) = service.clone().oneshot(request).await.unwrap().into_parts();
    let (mut bytes, mut last) = (0, Bytes::new());
    while let Some(frame) = body.frame().await {
        last = frame.unwrap().into_data().unwrap();
        bytes += last.len();
    }
    (head.status.as_u16(), bytes, last)
}

fn message(text: &str) -> Message {
    Message::new("msg_01", "m", vec![ContentBlock::text(text)], Usage::new(3, 2))
}

#[test]
fn a_body_without_a_length_is_held_up_to_the_limit() {
    let chunk = Bytes::from(vec![b' '; 1 << 16]);
    let endless = futures::stream::repeat_with(move || Ok::<_, Infallible>(Frame::data(chunk.clone())));
    let service = service(handler_fn(|_request, _context| async { Err(ApiError::internal()) }));
    let request = Request::post("/v1/messages").body(StreamBody::new(endless)).unwrap();
    let runtime = runtime();
    let before = HELD.get();
    PEAK.set(before);
    let response = runtime.block_on(service.oneshot(request)).unwrap();
    let (limit, peak) = (32 << 20, PEAK.get() - before);
    println!("{}: {:.1} MiB at the peak", response.status(), peak as f64 / f64::from(1 << 20));
    assert_eq!(response.status(), 413);
    assert!(peak <= limit + (4 << 20), "{peak} bytes");
}

/// Panics without a report, which the test harness would keep.
fn quiet_panic() -> ! {
    resume_unwind(Box::new("a payload".to_owned()))
}

/// Panics where the model says.
struct Panicking;

impl Handler for Panicking {
    async fn create_message(
        &self,
        request: CreateMessageRequest,
        _context: RequestContext,
    ) -> Result<Reply, ApiError> {
        let held = vec![0_u8; 1000];
        if request.model == "reply" {
            quiet_panic();
        }
        if request.model == "hook" {
            return Ok(Reply::from(message("Hello")).on_end(|_outcome| quiet_panic()));
        }
        let mut events = replay(message("Hello")).take(if request.model == "first" { 0 } else { 3 });
        let stream = futures::stream::poll_fn(move |_cx| {
            let _held = &held;
            Poll::Ready(Some(Ok(events.next().unwrap_or_else(|| quiet_panic()))))
        });
        Ok(MessageStream::new(stream).into())
    }
}

#[test]
fn panics_leak_nothing() {
    let (service, runtime) = (service(Panicking), runtime());
    let round = |count: usize| {
        let before = HELD.get();
        for n in 0..count {
            let (model, status) = [("reply", 500), ("first", 500), ("stream", 200), ("hook", 200)][n % 4];
            let (seen, _, last) = runtime.block_on(ask(&service, model));
            assert_eq!(seen, status, "{model}");
            assert_eq!(model != "hook", String::from_utf8_lossy(&last).contains("api_error"), "{model}");
        }
        HELD.get() - before
    };
    round(8); // what is allocated once
    let held = round(1000);
    println!("{held} bytes are held after 1000 panics");
    assert_eq!(held, 0);
}

/// A timer, a task or a buffer for each event would show in the number of allocations.
#[test]
fn small_events_take_one_allocation_each() {
    const EVENTS: usize = 1_000_000;
    let delta = || StreamEvent::from(ContentBlockDeltaEvent::new(0, TextDelta::new("x")));
    let handler = handler_fn(move |_request, _context| async move {
        let mut start: Vec<_> = replay(message("x")).collect();
        // After its start and that of the block, the deltas take the place of the only one.
        let end = start.split_off(2).into_iter().skip(1);
        let deltas = std::iter::repeat_with(delta).take(EVENTS);
        Ok(MessageStream::new(futures::stream::iter(start.into_iter().chain(deltas).chain(end).map(Ok)))
            .into())
    });
    let (service, runtime) = (service(handler), runtime());
    let (allocations, start) = (ALLOCATIONS.get(), Instant::now());
    let (status, bytes, last) = runtime.block_on(ask(&service, "m"));
    let each = (ALLOCATIONS.get() - allocations) as f64 / EVENTS as f64;
    println!(
        "{EVENTS} deltas of one byte: {bytes} bytes, {each:.4} allocations each (one is the delta itself), {:?} each",
        start.elapsed() / EVENTS as u32
    );
    assert!(status == 200 && bytes > 90 * EVENTS && last.ends_with(b"\"message_stop\"}\n\n"));
    assert!(each < 1.05, "{each} allocations for each event");
    assert_eq!(runtime.metrics().num_alive_tasks(), 0);
}
