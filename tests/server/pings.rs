//! Pings during silence, by a clock that stands until everybody waits.

use std::time::Duration;

use http_body_util::BodyExt;
use messages_api::{Handler, MessagesService};
use tokio::time::{Instant, sleep};
use tower::ServiceExt;

use crate::common::{always, ask, body, events, post, steps, types_of};

/// Waits `pauses[n]` seconds before the n-th event.
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

/// The types of the events with the second each arrived in.
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
async fn silence_is_broken_by_pings() {
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
async fn every_ten_seconds_unless_set() {
    let service = MessagesService::builder(pausing(&[0, 25])).unauthenticated().build();
    let pings: Vec<_> = timeline(service).await.into_iter().filter(|(name, _)| name == "ping").collect();
    assert_eq!(pings, [("ping".to_owned(), 10), ("ping".to_owned(), 20)]);
}

#[tokio::test(start_paused = true)]
async fn none_before_the_first_event() {
    let timeline = timeline(every(Duration::from_secs(10), pausing(&[100]))).await;
    assert_eq!(timeline[0], ("message_start".to_owned(), 100));
    assert!(timeline.iter().all(|(name, _)| name != "ping"));
}

#[tokio::test(start_paused = true)]
async fn pings_can_be_switched_off() {
    let answer = ask(&every(Duration::MAX, pausing(&[0, 100_000])), true).await;
    assert!(!answer.types().contains(&"ping".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_whole_answer_holds_none() {
    let answer = ask(&every(Duration::from_secs(1), pausing(&[0, 100])), false).await;
    assert_eq!(answer.message().text(), "ab");
}

#[tokio::test(start_paused = true)]
async fn a_ping_is_what_the_api_sends() {
    let answer = ask(&every(Duration::from_secs(10), pausing(&[0, 11])), true).await;
    assert!(answer.body.contains("\n\nevent: ping\ndata: {\"type\":\"ping\"}\n\n"), "{}", answer.body);
}

/// Without timers no tokio runtime is needed at all.
#[test]
fn any_executor_will_do_when_limits_in_time_are_off() {
    let handler = always(|| async { Ok(crate::common::stream(events(&["a"])).into()) });
    let service = MessagesService::builder(handler)
        .unauthenticated()
        .ping_interval(Duration::MAX)
        .body_idle_timeout(Duration::MAX)
        .build();
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    let mut answer = std::pin::pin!(ask(&service, true));
    match answer.as_mut().poll(&mut cx) {
        std::task::Poll::Ready(answer) => assert_eq!(answer.types().len(), events(&["a"]).len()),
        std::task::Poll::Pending => panic!("everything was ready"),
    }
}
