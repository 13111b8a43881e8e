//! Pings during silence. The clock is paused and advances only when every task waits.

use std::time::Duration;

use http_body_util::BodyExt;
use messages_api::{Handler, MessagesService};
use tokio::time::{Instant, sleep};
use tower::ServiceExt;

use crate::common::{always, ask, body, events, post, steps, types_of};

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
async fn no_ping_is_sent_before_the_first_event() {
    let timeline = timeline(every(Duration::from_secs(10), pausing(&[100]))).await;
    assert_eq!(timeline[0], ("message_start".to_owned(), 100));
    assert!(timeline.iter().all(|(name, _)| name != "ping"));
}

#[tokio::test(start_paused = true)]
async fn pings_can_be_switched_off() {
    let response = ask(&every(Duration::MAX, pausing(&[0, 100_000])), true).await;
    assert!(!response.types().contains(&"ping".to_owned()));
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
    let service = MessagesService::builder(handler)
        .unauthenticated()
        .ping_interval(Duration::MAX)
        .body_idle_timeout(Duration::MAX)
        .build();
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    let mut response = std::pin::pin!(ask(&service, true));
    match response.as_mut().poll(&mut cx) {
        std::task::Poll::Ready(response) => assert_eq!(response.types().len(), events(&["a"]).len()),
        std::task::Poll::Pending => panic!("everything was ready"),
    }
}
