//! Requests that a drain ends. The clock is paused and advances only when every task waits.

use std::future::pending;
use std::sync::mpsc::{Receiver, channel};
use std::task::Poll;
use std::time::Duration;

use futures::StreamExt;
use http::{Request, Response};
use http_body_util::BodyExt;
use messages_api::handler::{BatchResultStream, BoxHandler, Drain, End};
use messages_api::server::MessagesBody;
use messages_api::types::batches::{BatchExpired, BatchResult};
use messages_api::{
    ApiError, CreateMessageRequest, Handler, MessageStream, MessagesService, Reply, RequestContext,
};
use serde_json::Value;
use tokio::time::{Instant, sleep};
use tower::ServiceExt;

use crate::common::{TestResponse, always, body, events, post, service, steps};

const DEADLINE: Duration = Duration::from_secs(20);

/// A service, and how its requests ended.
fn watched(handler: impl Handler) -> (MessagesService, Receiver<End>) {
    let (sender, ends) = channel();
    let service = MessagesService::builder(handler)
        .unauthenticated()
        .on_end(move |outcome| sender.send(outcome.end.clone()).unwrap())
        .build();
    (service, ends)
}

/// A request of a caller, under the drain of a server if there is one.
fn request(streamed: bool, server: Option<&Drain>) -> Request<String> {
    let mut request = post("/v1/messages", body(streamed));
    if let Some(drain) = server {
        request.extensions_mut().insert(drain.clone());
    }
    request
}

/// Creates a handler whose stream has `n` events of a message, and then none.
fn stalling(n: usize) -> impl Handler {
    always(move || async move {
        Ok(steps(move |at| async move {
            match events(&["partial"]).into_iter().nth(at) {
                Some(event) if at < n => Some(Ok(event)),
                _ => pending().await,
            }
        })
        .into())
    })
}

/// Creates a handler whose stream never waits and has no end.
fn always_ready() -> impl Handler {
    always(|| async {
        let mut events = events(&["x"]);
        events.truncate(3);
        let delta = events[2].clone();
        let start = Instant::now();
        let endless = std::iter::repeat_with(move || {
            assert!(start.elapsed() < 2 * DEADLINE, "nothing has ended the stream");
            delta.clone()
        });
        Ok(MessageStream::new(futures::stream::iter(events.into_iter().chain(endless).map(Ok))).into())
    })
}

/// Starts `drain` five seconds from now.
fn start_later(drain: Drain) {
    tokio::spawn(async move {
        sleep(Duration::from_secs(5)).await;
        drain.start(DEADLINE);
    });
}

#[tokio::test(start_paused = true)]
async fn a_silent_stream_ends_with_an_error_event_at_the_deadline() {
    for of_server in [false, true] {
        let (service, ends) = watched(stalling(3));
        let server = Drain::new();
        start_later(if of_server { server.clone() } else { service.drain() });
        let start = Instant::now();
        let response = service.oneshot(request(true, Some(&server))).await.unwrap();
        let response = TestResponse::read(response).await;
        assert_eq!(start.elapsed(), Duration::from_secs(5) + DEADLINE);
        let expected =
            ["message_start", "content_block_start", "content_block_delta", "ping", "ping", "error"];
        assert_eq!(response.types(), expected);
        response.error_event("overloaded_error");
        assert_eq!(ends.iter().collect::<Vec<_>>(), [End::Drained]);
    }
}

/// Of two drains, the one with the earlier deadline counts.
#[tokio::test(start_paused = true)]
async fn the_drains_of_the_service_and_of_its_server_both_count() {
    for (own, of_server, expected) in [(7, 90, 7), (90, 7, 7), (7, u64::MAX, 7), (u64::MAX, 7, 7)] {
        let limit = |seconds| if seconds == u64::MAX { Duration::MAX } else { Duration::from_secs(seconds) };
        let (service, ends) = watched(stalling(3));
        let (drain, server) = (service.drain(), Drain::new());
        let response = service.oneshot(request(true, Some(&server))).await.unwrap();
        drain.start(limit(own));
        server.start(limit(of_server));
        let start = Instant::now();
        TestResponse::read(response).await.error_event("overloaded_error");
        assert_eq!(start.elapsed().as_secs(), expected);
        assert_eq!(ends.iter().collect::<Vec<_>>(), [End::Drained]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_always_ready_ends_at_the_deadline_too() {
    let (service, ends) = watched(always_ready());
    let drain = service.drain();
    let clock = tokio::spawn(async move {
        for second in 0..60 {
            if second == 5 {
                drain.start(DEADLINE);
            }
            tokio::time::advance(Duration::from_secs(1)).await;
        }
    });
    let start = Instant::now();
    let response = service.oneshot(request(true, None)).await.unwrap();
    let response = TestResponse::read(response).await;
    clock.abort();
    response.error_event("overloaded_error");
    assert_eq!(start.elapsed(), Duration::from_secs(5) + DEADLINE);
    assert_eq!(ends.iter().collect::<Vec<_>>(), [End::Drained]);
}

/// Nothing has been sent, so there is a status for it.
#[tokio::test(start_paused = true)]
async fn a_request_that_has_no_response_yet_fails_at_the_deadline() {
    let silent = || BoxHandler::new(always(pending::<Result<Reply, ApiError>>));
    let rows = [
        (silent(), true),
        (BoxHandler::new(stalling(0)), true),
        (silent(), false),
        (BoxHandler::new(stalling(3)), false),
    ];
    for (handler, streamed) in rows {
        let (service, ends) = watched(handler);
        let drain = service.drain();
        let in_flight = tokio::spawn(service.clone().oneshot(request(streamed, None)));
        sleep(Duration::from_secs(1)).await;
        let start = Instant::now();
        // A stream begins with its first ping, after ten seconds.
        drain.start(Duration::from_secs(8));
        let new = service.oneshot(request(streamed, None)).await.unwrap();
        TestResponse::read(new).await.error(529, "overloaded_error");
        assert_eq!(start.elapsed(), Duration::ZERO);
        let response = TestResponse::read(in_flight.await.unwrap().unwrap()).await;
        assert_eq!(response.header("retry-after"), Some("1"));
        response.error(529, "overloaded_error");
        assert_eq!(start.elapsed(), Duration::from_secs(8));
        assert_eq!(ends.iter().collect::<Vec<_>>(), [End::Drained, End::Drained]);
    }
}

/// Reads the head of a streamed HTTP response and its first chunk.
async fn begin(service: MessagesService) -> Response<MessagesBody> {
    let mut response = service.oneshot(request(true, None)).await.unwrap();
    response.body_mut().frame().await.unwrap().unwrap();
    response
}

/// A caller that does not read keeps the server from polling the stream, so that it cannot end by itself.
#[tokio::test(start_paused = true)]
async fn a_stream_that_is_dropped_after_the_deadline_was_drained() {
    for (seconds, expected) in [(19, End::Cancelled), (21, End::Drained)] {
        for handler in [BoxHandler::new(stalling(3)), BoxHandler::new(always_ready())] {
            let (service, ends) = watched(handler);
            let drain = service.drain();
            let response = begin(service).await;
            drain.start(DEADLINE);
            sleep(Duration::from_secs(seconds)).await;
            drop(response);
            assert_eq!(ends.iter().collect::<Vec<_>>(), std::slice::from_ref(&expected));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_drain_without_a_deadline_ends_no_stream() {
    let handler = always(|| async {
        Ok(steps(|at| async move {
            sleep(Duration::from_secs(100)).await;
            events(&["a"]).into_iter().nth(at).map(Ok)
        })
        .into())
    });
    let service = service(handler);
    let drain = service.drain();
    let response = service.oneshot(request(true, None)).await.unwrap();
    drain.start(Duration::MAX);
    assert_eq!(TestResponse::read(response).await.types().last().unwrap(), "message_stop");
}

/// The results of a batch that never end.
struct Results;

impl Handler for Results {
    async fn create_message(&self, _: CreateMessageRequest, _: RequestContext) -> Result<Reply, ApiError> {
        Err(ApiError::internal())
    }

    async fn batch_results(
        &self,
        id: String,
        _: RequestContext,
    ) -> Result<Reply<BatchResultStream>, ApiError> {
        let first = futures::stream::iter([Ok(BatchResult::new("r1", BatchExpired::new()))]);
        let rest = futures::stream::poll_fn(move |_cx| {
            assert_ne!(id, "panic", "secret");
            Poll::Pending
        });
        Ok(BatchResultStream::new(first.chain(rest)).into())
    }
}

#[tokio::test(start_paused = true)]
async fn the_results_of_a_batch_end_with_an_error_at_the_deadline() {
    for (id, kind, end) in [("b1", "overloaded_error", End::Drained), ("panic", "api_error", End::Panicked)] {
        let (service, ends) = watched(Results);
        let drain = service.drain();
        let request = Request::get(format!("/v1/messages/batches/{id}/results")).body(String::new()).unwrap();
        let response = service.oneshot(request).await.unwrap();
        drain.start(DEADLINE);
        let start = Instant::now();
        let response = TestResponse::read(response).await;
        assert_eq!(start.elapsed(), if id == "b1" { DEADLINE } else { Duration::ZERO });
        let lines: Vec<Value> =
            response.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(
            (lines.len(), &lines[0]["custom_id"], &lines[1]["error"]["type"]),
            (2, &"r1".into(), &kind.into())
        );
        assert_eq!(ends.iter().collect::<Vec<_>>(), [end]);
    }
}
