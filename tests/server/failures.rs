//! Failures of a handler, as the caller sees them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::StatusCode;
use messages_api::types::events::ContentBlockStartEvent;
use messages_api::types::{ErrorObject, ErrorResponse};
use messages_api::{
    ApiError, ContentBlock, Error, ErrorType, Handler, Json, MessageStream, StreamEvent, handler_fn,
};
use serde_json::json;

use crate::common::{TestResponse, always, ask, body, events, post, send, service, steps, stream};

const SECRET: &str = "the payload of a panic is a secret";

fn failing(error: ApiError) -> impl Handler {
    always(move || {
        let error = error.clone();
        async move { Err(error) }
    })
}

/// Creates a handler that streams the first `n` events of a message, and then `end`.
fn broken_after(n: usize, end: fn() -> Option<Result<StreamEvent, Error>>) -> impl Handler {
    always(move || async move {
        let stream = steps(move |at| async move {
            if at < n { events(&["a"]).into_iter().nth(at).map(Ok) } else { end() }
        });
        Ok(stream.into())
    })
}

/// Returns how many of the first `n` events leave if the message is not whole: not the fifth, the `message_delta`.
fn leaving(n: usize) -> usize {
    n.min(4)
}

async fn both(handler: impl Handler) -> [TestResponse; 2] {
    let service = service(handler);
    [ask(&service, false).await, ask(&service, true).await]
}

#[tokio::test]
async fn an_error_is_sent_with_its_details_and_retry_headers() {
    let error = ApiError::new(ErrorType::RateLimit, "slow\r\ndown")
        .with_details(Json::parse(r#"{"error_code":"x","n":1.0}"#).unwrap())
        .with_request_id("req_upstream")
        .with_retry_after(Duration::from_millis(1001))
        .with_should_retry(true);
    for response in both(failing(error)).await {
        assert_eq!(response.error(429, "rate_limit_error"), "slow\r\ndown");
        assert!(response.body.contains(r#""details":{"error_code":"x","n":1.0}"#), "{}", response.body);
        assert_eq!(response.header("retry-after"), Some("2"));
        assert_eq!(response.header("x-should-retry"), Some("true"));
    }
}

#[tokio::test]
async fn retry_after_is_in_whole_seconds_rounded_up() {
    for (wait, seconds) in [
        (Duration::ZERO, "0"),
        (Duration::from_nanos(1), "1"),
        (Duration::from_secs(5), "5"),
        (Duration::from_millis(5999), "6"),
        (Duration::MAX, "18446744073709551615"),
    ] {
        let error = ApiError::new(ErrorType::Overloaded, "").with_retry_after(wait);
        let [response, _] = both(failing(error)).await;
        assert_eq!(response.header("retry-after"), Some(seconds));
        assert_eq!(response.header("x-should-retry"), None);
    }
}

#[tokio::test]
async fn an_error_whose_status_is_no_error_becomes_500() {
    for status in [100, 200, 204, 304, 999] {
        let error = ApiError::invalid_request("").with_status(StatusCode::from_u16(status).unwrap());
        for response in both(failing(error)).await {
            response.error(500, "invalid_request_error");
        }
    }
    for status in [418, 499, 529, 599] {
        let error = ApiError::invalid_request("").with_status(StatusCode::from_u16(status).unwrap());
        for response in both(failing(error)).await {
            response.error(status, "invalid_request_error");
        }
    }
}

#[tokio::test]
async fn unknown_error_types_are_forwarded() {
    let response = ErrorResponse::new(ErrorObject::new(ErrorType::from("brand_new_error"), "?"));
    let error = ApiError::from_response(StatusCode::CONFLICT, response);
    for response in both(failing(error)).await {
        response.error(409, "brand_new_error");
    }
}

#[tokio::test]
async fn a_stream_that_fails_before_its_first_event_keeps_its_status() {
    fn overloaded() -> ApiError {
        ApiError::new(ErrorType::Overloaded, "Overloaded").with_retry_after(Duration::from_secs(3))
    }
    for response in both(broken_after(0, || Some(Err(overloaded().into())))).await {
        assert_eq!(response.error(529, "overloaded_error"), "Overloaded");
        assert_eq!(response.header("retry-after"), Some("3"));
        assert_eq!(response.header("cache-control"), None);
    }
    for response in both(broken_after(0, || Some(Ok(overloaded().response().clone().into())))).await {
        response.error(529, "overloaded_error");
    }
    for response in both(broken_after(0, || None)).await {
        response.error(500, "api_error");
    }
    for response in both(broken_after(0, || panic!("{SECRET}"))).await {
        assert!(!response.error(500, "api_error").contains("secret"));
    }
}

#[tokio::test]
async fn a_stream_that_fails_later_ends_with_one_error_event() {
    fn limited() -> ApiError {
        let details = Json::parse(r#"{"error_code":"x"}"#).unwrap();
        ApiError::new(ErrorType::RateLimit, "a\n\nb").with_details(details).with_request_id("req_upstream")
    }
    for n in 1..events(&["a"]).len() {
        let [whole, streamed] = both(broken_after(n, || Some(Err(limited().into())))).await;
        assert_eq!(whole.error(429, "rate_limit_error"), "a\n\nb");
        assert_eq!(streamed.events().len(), leaving(n) + 1);
        let error = streamed.error_event("rate_limit_error");
        assert_eq!(error["error"]["message"], "a\n\nb");
        assert_eq!(error["error"]["details"], json!({"error_code": "x"}));

        let [whole, streamed] = both(broken_after(n, || Some(Ok(limited().response().clone().into())))).await;
        whole.error(429, "rate_limit_error");
        streamed.error_event("rate_limit_error");
    }
}

#[tokio::test]
async fn a_stream_that_ends_early_is_an_error() {
    for n in 1..events(&["a"]).len() {
        let [whole, streamed] = both(broken_after(n, || None)).await;
        // There is no upstream that could have failed.
        let text = "The server could not complete the message";
        assert_eq!(whole.error(500, "api_error"), text);
        assert_eq!(streamed.events().len(), leaving(n) + 1);
        assert_eq!(streamed.error_event("api_error")["error"]["message"], text);
    }
}

/// What a handler does wrong is one error, whose text reveals nothing, and ends the stream.
#[tokio::test]
async fn a_stream_that_violates_the_protocol_ends_with_one_error_event() {
    let text = || StreamEvent::from(ContentBlockStartEvent::new(1, ContentBlock::text("")));
    let [start, block, delta, stop, end, last] = events(&["a"]).try_into().unwrap();
    for (name, sent, received) in [
        ("interleaved blocks", vec![&start, &block, &text(), &delta, &stop], 4),
        ("a gap", vec![&start, &text()], 1),
        ("a delta for no block", vec![&start, &delta, &end, &last], 1),
        ("a delta after the stop", vec![&start, &block, &stop, &delta, &end, &last], 3),
    ] {
        let sent: Vec<_> = sent.into_iter().cloned().collect();
        let streamed =
            ask(&service(always(move || std::future::ready(Ok(stream(sent.clone()).into())))), true).await;
        println!("{name}: {:?}", streamed.types());
        let error = streamed.error_event("api_error");
        assert_eq!(error["error"]["message"], "The server could not complete the message");
        assert_eq!(streamed.types().len(), received + 1);
    }
    // Nothing has been sent yet.
    let early = always(move || std::future::ready(Ok(stream(vec![delta.clone()]).into())));
    ask(&service(early), true).await.error(500, "api_error");
}

#[tokio::test]
async fn a_stream_that_can_be_repaired_is_repaired() {
    let [start, block, delta, _stop, end, last] = events(&["a"]).try_into().unwrap();
    let second = StreamEvent::from(ContentBlockStartEvent::new(1, ContentBlock::text("b")));
    let sent = vec![start, block, delta, end.clone(), second, end, last];
    let handler = always(move || std::future::ready(Ok(stream(sent.clone()).into())));
    let [whole, streamed] = both(handler).await;
    assert_eq!(whole.message().text(), "ab");
    let expected = [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ];
    assert_eq!(streamed.types(), expected);
}

#[tokio::test]
async fn events_after_message_stop_are_dropped() {
    let n = events(&["a"]).len();
    let [whole, streamed] = both(broken_after(n, || events(&["b"]).into_iter().next().map(Ok))).await;
    assert_eq!(whole.message().text(), "a");
    assert_eq!(streamed.types().len(), n);
    let [whole, streamed] = both(broken_after(n, || panic!("{SECRET}"))).await;
    assert!(whole.status == 200 || whole.status == 500);
    assert!(streamed.types().len() >= n);
    assert!(!whole.body.contains("secret") && !streamed.body.contains("secret"));
}

#[tokio::test]
async fn a_panic_before_the_head_is_500() {
    let at_once = handler_fn(|_request, _context| -> std::future::Ready<_> { panic!("{SECRET}") });
    let later = handler_fn(|_request, _context| async {
        tokio::task::yield_now().await;
        panic!("{SECRET}")
    });
    for response in both(at_once).await.into_iter().chain(both(later).await) {
        response.error(500, "api_error");
        assert!(!response.body.contains("secret"), "{}", response.body);
    }
    struct Counts;
    impl Handler for Counts {
        async fn create_message(
            &self,
            _: messages_api::CreateMessageRequest,
            _: messages_api::RequestContext,
        ) -> Result<messages_api::Reply, ApiError> {
            Err(ApiError::internal())
        }
        async fn count_tokens(
            &self,
            _: messages_api::types::CountTokensRequest,
            _: messages_api::RequestContext,
        ) -> Result<messages_api::Reply<messages_api::types::MessageTokensCount>, ApiError> {
            std::panic::panic_any(SECRET.to_owned())
        }
    }
    send(&service(Counts), post("/messages/count_tokens", body(false))).await.error(500, "api_error");
}

#[tokio::test]
async fn a_panic_in_the_stream_ends_it_with_an_error_event() {
    for n in 1..events(&["a"]).len() {
        let [whole, streamed] = both(broken_after(n, || panic!("{SECRET}"))).await;
        whole.error(500, "api_error");
        assert_eq!(streamed.events().len(), leaving(n) + 1);
        streamed.error_event("api_error");
        assert!(!streamed.body.contains("secret"), "{}", streamed.body);
    }
}

/// Panics when it is dropped, and counts the drops.
struct Bomb(Arc<AtomicUsize>);

impl Drop for Bomb {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
        if !std::thread::panicking() {
            panic!("{SECRET}");
        }
    }
}

#[tokio::test]
async fn a_panic_while_dropping_stays_within_its_request() {
    let drops = Arc::new(AtomicUsize::new(0));
    let counted = drops.clone();
    let handler = always(move || {
        let bomb = Bomb(counted.clone());
        async move {
            let rest = steps(move |n| {
                let _held = &bomb;
                async move { events(&["a"]).into_iter().nth(n).map(Ok) }
            });
            Ok(rest.into())
        }
    });
    let service = service(handler);
    for _ in 0..100 {
        let streamed = ask(&service, true).await;
        assert_eq!(streamed.status, 200);
        assert!(!streamed.body.contains("secret"));
        assert!(!ask(&service, false).await.body.contains("secret"));
    }
    assert_eq!(drops.load(Ordering::SeqCst), 200);
}

#[tokio::test]
async fn a_service_keeps_working_after_many_panics() {
    let held = Arc::new(());
    let inner = held.clone();
    let handler = handler_fn(move |request, _context| {
        let held = inner.clone();
        async move {
            let _held = held;
            match request.max_tokens {
                1 => panic!("{SECRET}"),
                2 => Ok(MessageStream::new(futures::stream::poll_fn(|_cx| panic!("{SECRET}"))).into()),
                _ => Ok(stream(events(&["a"])).into()),
            }
        }
    });
    let service = service(handler);
    for n in 0..1000 {
        let body = json!({"model": "m", "max_tokens": n % 3, "messages": [], "stream": n % 2 == 0});
        let response = send(&service, post("/messages", body.to_string())).await;
        assert_eq!(response.status.as_u16(), if n % 3 == 0 { 200 } else { 500 });
    }
    drop(service);
    assert_eq!(Arc::strong_count(&held), 1);
}

/// The error of a handler's own writer is not treated as the failure of an upstream.
#[tokio::test]
async fn a_writer_that_fails_before_its_first_event_keeps_its_status() {
    let handler = handler_fn(|request, _context| async move {
        let start = messages_api::Message::new("m", request.model, vec![], messages_api::Usage::new(1, 0));
        let forbidden = || ApiError::new(ErrorType::Permission, "not this");
        Ok(MessageStream::from_writer(start, move |_writer| async move { Err(forbidden()) }).into())
    });
    for response in both(handler).await {
        assert_eq!(response.status, StatusCode::FORBIDDEN);
    }
}
