//! Limits of the time that a handler may take. The clock is paused and advances only when every task
//! waits.

use std::sync::Arc;
use std::time::Duration;

use messages_api::types::events::PingEvent;
use messages_api::{Handler, MessagesService, StreamEvent};
use tokio::time::{Instant, sleep};

use crate::common::{TestResponse, always, ask, events, message, steps};

const NEVER: u64 = 1_000_000;

/// The seconds before each event, and whether it is a ping.
type Pauses = &'static [(u64, bool)];

/// A handler that replies after the first pause, and sends each event after its own: `message_start`
/// first, or a ping where `pings` says so, and the rest of a message in order. It holds `held`.
fn pausing(reply: u64, pauses: Pauses, held: &Arc<()>) -> impl Handler {
    let held = held.clone();
    always(move || {
        let held = held.clone();
        async move {
            sleep(Duration::from_secs(reply)).await;
            let stream = steps(move |n| {
                let _held = &held;
                async move {
                    let (pause, is_ping) = pauses.get(n).copied().unwrap_or((0, false));
                    sleep(Duration::from_secs(pause)).await;
                    let pings = pauses.iter().take(n).filter(|(_, is_ping)| *is_ping).count();
                    let ping = || Some(StreamEvent::from(PingEvent::new()));
                    let event = if is_ping { ping() } else { events(&["a"]).into_iter().nth(n - pings) };
                    event.map(Ok)
                }
            });
            Ok(stream.into())
        }
    })
}

/// The limits on the first event, on silence, and on the whole, in seconds.
fn limited(handler: impl Handler, [first, event, total]: [u64; 3]) -> MessagesService {
    let limit = |seconds| if seconds == 0 { Duration::MAX } else { Duration::from_secs(seconds) };
    MessagesService::builder(handler)
        .unauthenticated()
        .first_event_timeout(limit(first))
        .event_timeout(limit(event))
        .total_timeout(limit(total))
        .build()
}

async fn timed(service: &MessagesService, streamed: bool) -> (TestResponse, u64) {
    let start = Instant::now();
    let response = ask(service, streamed).await;
    (response, start.elapsed().as_secs())
}

/// For each limit: what the handler does, the second in which a stream ends, and the one in which a whole
/// response does. 0 stands for a success.
#[tokio::test(start_paused = true)]
async fn a_handler_that_takes_too_long_is_dropped() {
    const E: bool = false;
    const P: bool = true;
    type Row = (&'static str, [u64; 3], u64, Pauses, u64, u64);
    let rows: &[Row] = &[
        ("first_event_timeout", [5, 0, 0], 0, &[(NEVER, E)], 5, 5),
        ("first_event_timeout", [5, 0, 0], 3, &[(NEVER, E)], 5, 8),
        ("first_event_timeout", [5, 0, 0], NEVER, &[], 5, 0),
        ("first_event_timeout", [35, 0, 0], 0, &[(10, P), (10, P), (NEVER, E)], 35, 35),
        ("first_event_timeout", [5, 0, 0], 0, &[(4, E), (9, E)], 0, 0),
        ("event_timeout", [0, 5, 0], 0, &[(4, E), (NEVER, E)], 9, 9),
        ("event_timeout", [0, 5, 0], 0, &[(4, E), (4, P), (4, P), (NEVER, E)], 17, 17),
        ("event_timeout", [0, 5, 0], NEVER, &[], 5, 0),
        ("event_timeout", [0, 35, 0], 0, &[(30, E), (30, E), (NEVER, E)], 95, 95),
        ("event_timeout", [0, 5, 0], 0, &[(4, E), (4, E), (4, E)], 0, 0),
        ("total_timeout", [0, 0, 35], 0, &[(9, E), (9, E), (9, E), (9, E)], 35, 35),
        ("total_timeout", [0, 0, 5], NEVER, &[], 5, 5),
        ("total_timeout", [0, 5, 6], 1, &[(3, E), (3, E)], 6, 6),
        ("total_timeout", [0, 0, 5], 0, &[(1, E), (1, E), (1, E)], 0, 0),
    ];
    for (name, limits, reply, pauses, streamed_end, whole_end) in rows {
        for (streamed, end) in [(true, *streamed_end), (false, *whole_end)] {
            if end == 0 && *reply == NEVER {
                continue;
            }
            let held = Arc::new(());
            let service = limited(pausing(*reply, pauses, &held), *limits);
            let (response, seconds) = timed(&service, streamed).await;
            println!("{name} {limits:?} reply {reply} {pauses:?}: {} at {seconds} s", response.status);
            if end == 0 {
                assert_eq!(response.status, 200, "{}", response.body);
                assert!(!response.body.contains("error"), "{}", response.body);
                continue;
            }
            assert_eq!(seconds, end, "{}", response.body);
            let text = if streamed && response.status == 200 {
                response.error_event("timeout_error")["error"]["message"].to_string()
            } else {
                response.error(504, "timeout_error")
            };
            assert!(text.contains(name), "{text}");
            drop(service);
            assert_eq!(Arc::strong_count(&held), 1, "the handler was not dropped");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn by_default_a_handler_may_be_silent_for_ten_minutes() {
    let held = Arc::new(());
    for (pause, is_ended) in [(599, false), (601, true)] {
        let pauses: Pauses = Box::leak(Box::new([(0, false), (pause, false)]));
        let service = MessagesService::builder(pausing(0, pauses, &held)).unauthenticated().build();
        let (response, seconds) = timed(&service, true).await;
        assert_eq!((response.body.contains("timeout_error"), seconds), (is_ended, pause.min(600)));
    }
}

/// The limits of a stream do not concern a whole message that takes long.
#[tokio::test(start_paused = true)]
async fn a_whole_message_is_limited_by_the_total_time_only() {
    let handler = || {
        always(|| async {
            sleep(Duration::from_secs(1_000)).await;
            Ok(message("a").into())
        })
    };
    assert_eq!(ask(&limited(handler(), [1, 1, 0]), false).await.message().text(), "a");
    ask(&limited(handler(), [0, 0, 999]), false).await.error(504, "timeout_error");
}

/// A stream that is always ready is never waited for.
#[tokio::test(start_paused = true)]
async fn the_total_time_also_ends_a_stream_that_is_always_ready() {
    let handler = always(|| async {
        let mut events = events(&[]).into_iter();
        let first: Vec<_> = events.by_ref().take(2).collect();
        let delta = crate::common::events(&["a"])[2].clone();
        let start = Instant::now();
        let endless = std::iter::repeat_with(move || {
            // Reading the clock is all that passes the time of this stream.
            assert!(start.elapsed() < Duration::from_secs(20), "nothing has ended the stream");
            delta.clone()
        });
        let stream = futures::stream::iter(first.into_iter().chain(endless).map(Ok));
        Ok(messages_api::MessageStream::new(stream).into())
    });
    let service = limited(handler, [0, 0, 7]);
    let clock = tokio::spawn(async {
        for _ in 0..20 {
            tokio::time::advance(Duration::from_secs(1)).await;
        }
    });
    let response = ask(&service, true).await;
    clock.abort();
    response.error_event("timeout_error");
}
