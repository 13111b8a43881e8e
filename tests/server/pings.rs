//! Pings during silence. The clock is paused and advances only when every task waits.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt;
use messages_api::handler::BoxHandler;
use messages_api::{ApiError, ErrorType, Handler, MessagesService, Reply};
use tokio::time::{Instant, sleep};
use tower::ServiceExt;

use crate::common::{always, ask, body, events, post, service, steps, types_of};

/// Creates a handler that waits `pauses[n]` seconds before its n-th event.
fn pausing(pauses: &'static [u64]) -> impl Handler {
    always(move || async move {
        let stream = steps(move |n| async move {
            sleep(Duration::from_secs(pauses.get(n).copied().unwrap_or(0))).await;
            events(&["a", "b"]).into_iter().nth(n).map(Ok)
        });
        Ok(stream.into())
    })
}

fn every(interval: Duration, handler: impl Handler) -> MessagesService {
    MessagesService::builder(handler).unauthenticated().ping_interval(interval).build()
}

/// Returns the types of the events, each with the second in which it arrived.
async fn timeline(service: MessagesService) -> Vec<(String, u64)> {
    let start = Instant::now();
    let mut body = service.oneshot(post("/messages", body(true))).await.unwrap().into_body();
    let mut seen = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.unwrap().into_data().unwrap();
        let events = crate::common::events_of(std::str::from_utf8(&frame).unwrap());
        seen.extend(types_of(&events).into_iter().map(|name| (name, start.elapsed().as_secs())));
    }
    seen
}

#[tokio::test(start_paused = true)]
async fn pings_are_sent_during_silence() {
    let service = every(Duration::from_secs(10), pausing(&[0, 35, 5, 9, 21]));
    let expected = [
        ("message_start", 0),
        ("ping", 10),
        ("ping", 20),
        ("ping", 30),
        ("content_block_start", 35),
        ("content_block_delta", 40),
        ("content_block_delta", 49),
        ("ping", 59),
        ("ping", 69),
        ("content_block_stop", 70),
        ("message_delta", 70),
        ("message_stop", 70),
    ];
    assert_eq!(timeline(service).await, expected.map(|(name, at)| (name.to_owned(), at)));
}

#[tokio::test(start_paused = true)]
async fn pings_are_ten_seconds_apart_by_default() {
    let service = MessagesService::builder(pausing(&[0, 25])).unauthenticated().build();
    let pings: Vec<_> = timeline(service).await.into_iter().filter(|(name, _)| name == "ping").collect();
    assert_eq!(pings, [("ping".to_owned(), 10), ("ping".to_owned(), 20)]);
}

#[tokio::test(start_paused = true)]
async fn pings_are_sent_before_the_first_event() {
    let timeline = timeline(every(Duration::from_secs(10), pausing(&[25]))).await;
    let expected = [("ping", 10), ("ping", 20), ("message_start", 25)];
    assert_eq!(timeline[..3], expected.map(|(name, at)| (name.to_owned(), at)));
    assert!(timeline[3..].iter().all(|(name, _)| name != "ping"));
}

/// The future of the handler is pending, not a stream.
#[tokio::test(start_paused = true)]
async fn pings_are_sent_before_the_handler_replies() {
    let handler = always(|| async {
        sleep(Duration::from_secs(25)).await;
        Ok(crate::common::message("a").into())
    });
    let timeline = timeline(every(Duration::from_secs(10), handler)).await;
    let expected = [("ping", 10), ("ping", 20), ("message_start", 25)];
    assert_eq!(timeline[..3], expected.map(|(name, at)| (name.to_owned(), at)));
    assert_eq!(timeline.last().unwrap().0, "message_stop");
}

/// A handler that takes a long time for everything, and does not succeed.
#[tokio::test(start_paused = true)]
async fn the_first_byte_arrives_within_an_interval_whatever_the_handler_does() {
    let handlers = [
        BoxHandler::new(always(|| async {
            sleep(Duration::from_secs(3600)).await;
            Err(ApiError::internal())
        })),
        BoxHandler::new(always(std::future::pending)),
        BoxHandler::new(pausing(&[3600])),
        BoxHandler::new(pausing(&[9, 3600])),
        BoxHandler::new(always(|| async {
            sleep(Duration::from_secs(9)).await;
            Ok(steps(|_| std::future::pending()).into())
        })),
    ];
    for (handler, expected) in handlers.into_iter().zip([10, 10, 10, 9, 10]) {
        let start = Instant::now();
        let request = post("/messages", body(true));
        let response = service(handler).oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        let first = response.into_body().frame().await.unwrap().unwrap().into_data().unwrap();
        assert!(!first.is_empty());
        assert_eq!(start.elapsed().as_secs(), expected);
    }
}

/// The interval begins when the body has been read, so that a slow caller is no reason to begin early.
#[tokio::test(start_paused = true)]
async fn the_first_interval_begins_after_the_body_of_the_request() {
    let pieces = futures::stream::unfold(0, |at| async move {
        sleep(Duration::from_secs(8)).await;
        let (text, half) = (body(true), body(true).len() / 2);
        let piece = [&text[..half], &text[half..]].get(at).map(|piece| piece.to_string())?;
        Some((Ok::<_, std::convert::Infallible>(http_body::Frame::data(bytes::Bytes::from(piece))), at + 1))
    });
    let start = Instant::now();
    let request = post("/messages", http_body_util::StreamBody::new(Box::pin(pieces)));
    let response = service(pausing(&[3600])).oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(start.elapsed().as_secs(), 24 + 10);
}

#[tokio::test(start_paused = true)]
async fn a_failure_after_the_head_is_an_error_event() {
    let late = |seconds| {
        always(move || async move {
            sleep(Duration::from_secs(seconds)).await;
            Err(ApiError::new(ErrorType::Overloaded, "Overloaded"))
        })
    };
    ask(&service(late(9)), true).await.error(529, "overloaded_error");
    let response = ask(&service(late(11)), true).await;
    assert_eq!(response.types(), ["ping", "error"]);
    response.error_event("overloaded_error");
    // A whole reply keeps its status, however late it is.
    ask(&service(late(10_000)), false).await.error(529, "overloaded_error");
}

#[tokio::test(start_paused = true)]
async fn a_panic_after_the_head_is_an_error_event() {
    let response = ask(
        &service(always(|| async {
            sleep(Duration::from_secs(11)).await;
            panic!("a secret")
        })),
        true,
    )
    .await;
    response.error_event("api_error");
    assert!(!response.body.contains("secret"));
}

#[tokio::test(start_paused = true)]
async fn headers_are_sent_only_if_the_reply_is_there_before_the_head() {
    for (seconds, expected) in [(0, Some("1")), (9, Some("1")), (11, None)] {
        let handler = always(move || async move {
            sleep(Duration::from_secs(seconds)).await;
            let mut reply = Reply::from(steps(|n| async move {
                sleep(Duration::from_secs(5)).await;
                events(&["a"]).into_iter().nth(n).map(Ok)
            }));
            reply.headers_mut().insert("x-mine", http::HeaderValue::from_static("1"));
            Ok(reply)
        });
        let response = ask(&service(handler), true).await;
        assert_eq!(response.header("x-mine"), expected, "after {seconds} s");
        assert_eq!(response.types().last().unwrap(), "message_stop");
    }
}

/// What is dropped with the body is the handler's future, if there is no stream yet.
#[tokio::test(start_paused = true)]
async fn dropping_the_body_drops_the_future_of_the_handler() {
    let held = Arc::new(());
    let inner = held.clone();
    let handler = always(move || {
        let held = inner.clone();
        async move {
            let _held = held;
            std::future::pending().await
        }
    });
    let response = service(handler).oneshot(post("/messages", body(true))).await.unwrap();
    assert_eq!(response.status(), 200);
    let references = Arc::strong_count(&held);
    drop(response);
    assert!(Arc::strong_count(&held) < references);
}

#[tokio::test(start_paused = true)]
async fn pings_can_be_switched_off() {
    let builder = MessagesService::builder(pausing(&[100_000, 100_000])).unauthenticated();
    let service = builder.ping_interval(Duration::MAX).event_timeout(Duration::MAX).build();
    let (head, body) = service.oneshot(post("/messages", body(true))).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    assert_eq!(head.status, 200);
    assert!(
        !types_of(&crate::common::events_of(std::str::from_utf8(&body).unwrap()))
            .contains(&"ping".to_owned())
    );
}

#[tokio::test(start_paused = true)]
async fn a_whole_message_is_unaffected_by_pings() {
    let response = ask(&every(Duration::from_secs(1), pausing(&[0, 100])), false).await;
    assert_eq!(response.message().text(), "ab");
}

#[tokio::test(start_paused = true)]
async fn a_ping_is_a_frame_named_ping() {
    let response = ask(&every(Duration::from_secs(10), pausing(&[0, 11])), true).await;
    assert!(response.body.contains("\n\nevent: ping\ndata: {\"type\":\"ping\"}\n\n"), "{}", response.body);
}

#[test]
fn no_tokio_runtime_is_needed_without_timeouts_and_pings() {
    let handler = always(|| async { Ok(crate::common::stream(events(&["a"])).into()) });
    let service = MessagesService::builder(handler).unauthenticated().without_clock().build();
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    let mut response = std::pin::pin!(ask(&service, true));
    match response.as_mut().poll(&mut cx) {
        std::task::Poll::Ready(response) => assert_eq!(response.types().len(), events(&["a"]).len()),
        std::task::Poll::Pending => panic!("everything was ready"),
    }
}
