//! How requests end: the hooks of the service are called once for each, and those of handlers as well.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use http::header::{HeaderName, HeaderValue};
use http::{Request, Response};
use http_body::Body;
use http_body_util::BodyExt;
use messages_api::handler::{End, OnEnd, Outcome};
use messages_api::server::{MessagesBody, ResponseFuture};
use messages_api::types::MessageTokensCount;
use messages_api::types::events::{
    ContentBlockDeltaEvent, ContentBlockStartEvent, ContentBlockStopEvent, InputJsonDelta, MessageDeltaEvent,
    MessageStartEvent, MessageStopEvent,
};
use messages_api::types::rate_limits::{RateLimit, RateLimits};
use messages_api::{
    ApiError, ApiKeys, ContentBlock, CreateMessageRequest, ErrorType, Handler, Json, Message,
    MessageDeltaUsage, MessageStream, MessagesService, Reply, RequestContext, StopReason, StreamEvent,
    ToolUseBlock, Usage, handler_fn,
};
use tower::{Service, ServiceExt};

use crate::common::{ask, body, events, message, post, send, steps};
use crate::random::Random;

/// The outcomes that a hook was told.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<Outcome>>>);

impl Told {
    fn hook(&self) -> impl Fn(&Outcome) + Send + Sync + use<> {
        let told = self.0.clone();
        move |outcome| told.lock().unwrap().push(outcome.clone())
    }

    fn take(&self) -> Vec<Outcome> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    /// Returns the only outcome since the last call.
    fn only(&self) -> Outcome {
        let mut told = self.take();
        assert_eq!(told.len(), 1, "{told:?}");
        told.remove(0)
    }
}

/// A service with the key `k` of `alice`, and what its hook was told.
fn watched(handler: impl Handler) -> (MessagesService, Told) {
    let told = Told::default();
    let builder = MessagesService::builder(handler).authenticate(ApiKeys::named([("alice", "k")]));
    (builder.max_body_bytes(1000).on_end(told.hook()).build(), told)
}

fn keyed<B>(mut request: Request<B>) -> Request<B> {
    request.headers_mut().insert("x-api-key", HeaderValue::from_static("k"));
    request
}

fn ask_of_alice(streamed: bool) -> Request<String> {
    keyed(post("/v1/messages", body(streamed)))
}

fn overloaded() -> ApiError {
    ApiError::new(ErrorType::Overloaded, "busy")
}

/// A handler that replies with a message, whole or as a stream, and counts tokens.
struct Replies {
    streamed: bool,
}

impl Handler for Replies {
    async fn create_message(
        &self,
        _request: CreateMessageRequest,
        _context: RequestContext,
    ) -> Result<Reply, ApiError> {
        let message = message("Hello");
        Ok(if self.streamed { MessageStream::from(message).into() } else { message.into() })
    }

    async fn count_tokens(
        &self,
        _request: messages_api::types::CountTokensRequest,
        _context: RequestContext,
    ) -> Result<Reply<MessageTokensCount>, ApiError> {
        Ok(MessageTokensCount::new(7).into())
    }
}

#[tokio::test]
async fn every_form_of_a_message_is_complete_once_it_was_handed_over() {
    for replied in [false, true] {
        for streamed in [false, true] {
            let (service, told) = watched(Replies { streamed: replied });
            let response = service.oneshot(ask_of_alice(streamed)).await.unwrap();
            assert_eq!(told.take().len(), 0, "nothing was handed over");
            let response = crate::common::TestResponse::read(response).await;
            let outcome = told.only();
            assert_eq!(outcome.end, End::Completed);
            assert_eq!(outcome.usage, Some(Usage::new(3, 2)));
            assert_eq!(outcome.stop_reason.as_ref().map(|reason| reason.as_str()), Some("end_turn"));
            assert_eq!(outcome.delivered.text_bytes, 5);
            let events = if streamed { response.events().len() as u64 } else { 0 };
            assert_eq!(outcome.delivered.events, events);
            assert_eq!((outcome.principal.id(), &*outcome.model), ("alice", "m"));
            assert_eq!(outcome.request_id, response.request_id());
        }
    }
}

#[tokio::test]
async fn a_body_that_is_not_read_is_cancelled_with_what_was_used() {
    for replied in [false, true] {
        for streamed in [false, true] {
            let (service, told) = watched(Replies { streamed: replied });
            drop(service.oneshot(ask_of_alice(streamed)).await.unwrap());
            let outcome = told.only();
            assert_eq!((outcome.end, outcome.delivered.text_bytes), (End::Cancelled, 0));
            assert!(outcome.usage.is_some());
        }
    }
}

#[tokio::test]
async fn rejected_requests_and_other_endpoints_end_once_too() {
    let (service, told) = watched(Replies { streamed: false });
    let failed = |outcome: Outcome| match outcome.end {
        End::Failed(error) => (error.status().as_u16(), outcome.principal.id().to_owned(), outcome.model),
        end => panic!("{end:?}"),
    };
    send(&service, post("/v1/messages", body(false))).await.error(401, "authentication_error");
    assert_eq!(failed(told.only()), (401, "anonymous".to_owned(), String::new()));
    let large = keyed(post("/v1/messages", " ".repeat(1001)));
    send(&service, large).await.error(413, "request_too_large");
    assert_eq!(failed(told.only()), (413, "alice".to_owned(), String::new()));
    send(&service, keyed(post("/v1/messages", "{".to_owned()))).await.error(400, "invalid_request_error");
    assert_eq!(failed(told.only()), (400, "alice".to_owned(), String::new()));
    let thread = body(false).replace("\"m\"", r#""m","thread":{"type":"create"}"#);
    send(&service, keyed(post("/v1/messages", thread))).await.error(400, "invalid_request_error");
    assert_eq!(failed(told.only()), (400, "alice".to_owned(), "m".to_owned()));

    let count = keyed(post("/v1/messages/count_tokens", body(false)));
    assert_eq!(send(&service, count).await.status, 200);
    let outcome = told.only();
    assert_eq!((outcome.end, outcome.usage), (End::Completed, None));

    // What is no request to an endpoint has no outcome.
    send(&service, keyed(post("/v1/unknown", body(false)))).await.error(404, "not_found_error");
    assert_eq!(told.take().len(), 0);
}

#[tokio::test]
async fn failures_tell_whether_anything_was_delivered() {
    let fails_after = |n: Option<usize>| {
        handler_fn(move |_request, _context| async move {
            let Some(n) = n else { return Err(overloaded()) };
            let items = events(&["a"]).into_iter().take(n).map(Ok);
            let items = items.chain([Err(overloaded().into())]);
            Ok(MessageStream::new(futures::stream::iter(items)).into())
        })
    };
    for n in [None, Some(0), Some(1), Some(4)] {
        for streamed in [false, true] {
            let (service, told) = watched(fails_after(n));
            send(&service, ask_of_alice(streamed)).await;
            let outcome = told.only();
            assert_eq!(outcome.end, End::Failed(overloaded()), "{n:?}");
            let events = if streamed { n.unwrap_or(0) } else { 0 };
            assert_eq!(outcome.delivered.events, events as u64, "{n:?}");
            assert_eq!(outcome.usage.is_some(), n.is_some_and(|n| n > 0), "{n:?}");
        }
    }
}

/// The last event of the handler is refused, so the message was not handed over.
#[tokio::test]
async fn a_message_that_is_refused_at_its_end_has_failed() {
    for replied in ["{\"a\":1}", "{\"a\":"] {
        for streamed in [false, true] {
            let (service, told) = watched(handler_fn(move |_request, _context| async move {
                let call = ToolUseBlock::new("toolu_1", "f", Json::empty_object());
                let events: [StreamEvent; 6] = [
                    MessageStartEvent::new(Message::new("msg_1", "m", vec![], Usage::new(3, 0))).into(),
                    ContentBlockStartEvent::new(0, ContentBlock::from(call)).into(),
                    ContentBlockDeltaEvent::new(0, InputJsonDelta::new(replied)).into(),
                    ContentBlockStopEvent::new(0).into(),
                    MessageDeltaEvent::new(StopReason::ToolUse.into(), MessageDeltaUsage::new(2)).into(),
                    MessageStopEvent::new().into(),
                ];
                Ok(MessageStream::new(futures::stream::iter(events.map(Ok))).into())
            }));
            let response = send(&service, ask_of_alice(streamed)).await;
            let outcome = told.only();
            assert_eq!(outcome.usage, Some(Usage::new(3, 2)));
            if replied.ends_with('}') {
                assert_eq!(outcome.end, End::Completed);
            } else {
                assert!(matches!(outcome.end, End::Failed(_)), "{:?}", outcome.end);
                let error = if streamed { response.error_event("api_error") } else { response.json() };
                assert_eq!(error["type"], "error");
            }
        }
    }
}

#[tokio::test]
async fn panics_are_told_wherever_they_happen() {
    let panics_after = |n: Option<usize>| {
        handler_fn(move |_request, _context| async move {
            let n = n.expect("the handler panics");
            let mut events = events(&["a"]).into_iter().take(n);
            let stream = futures::stream::poll_fn(move |_cx| {
                Poll::Ready(Some(Ok(events.next().expect("the stream panics"))))
            });
            Ok(MessageStream::new(stream).into())
        })
    };
    let whole = events(&["a"]).len();
    for n in [None, Some(0), Some(1), Some(4), Some(whole)] {
        for streamed in [false, true] {
            let (service, told) = watched(panics_after(n));
            send(&service, ask_of_alice(streamed)).await;
            // Once the message is complete, it does not matter what becomes of the stream.
            let expected = if n == Some(whole) { End::Completed } else { End::Panicked };
            assert_eq!(told.only().end, expected, "{n:?} {streamed}");
        }
    }
}

#[tokio::test]
async fn a_hook_that_panics_harms_nobody() {
    let told = Told::default();
    let handler = handler_fn(|_request, _context| async {
        Ok(Reply::from(message("Hello")).on_end(|_outcome| panic!("a hook of the reply")))
    });
    let service = MessagesService::builder(handler)
        .unauthenticated()
        .on_end(|_outcome| panic!("a hook of the service"))
        .on_end(told.hook())
        .build();
    assert_eq!(ask(&service, false).await.message().text(), "Hello");
    assert_eq!(ask(&service, true).await.types().len(), 6);
    let ends: Vec<End> = told.take().into_iter().map(|outcome| outcome.end).collect();
    assert_eq!(ends, [End::Completed, End::Completed]);
}

#[tokio::test]
async fn hooks_of_handlers_are_called_before_those_of_the_service_and_know_the_request() {
    let told = Told::default();
    let (of_reply, of_stream) = (told.clone(), told.clone());
    let handler = handler_fn(move |_request, _context| {
        let (of_reply, of_stream) = (of_reply.hook(), of_stream.hook());
        async move {
            let stream = MessageStream::from(message("Hello")).on_end(of_stream);
            Ok(Reply::from(stream).on_end(of_reply))
        }
    });
    let builder = MessagesService::builder(handler).authenticate(ApiKeys::named([("alice", "k")]));
    let service = builder.on_end(told.hook()).build();
    for streamed in [false, true] {
        let response = send(&service, ask_of_alice(streamed)).await;
        let told = told.take();
        assert_eq!(told.len(), 3);
        for outcome in told {
            assert_eq!(outcome.end, End::Completed);
            assert_eq!(outcome.request_id, response.request_id());
            assert_eq!((outcome.principal.id(), &*outcome.model), ("alice", "m"));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn times_are_measured_from_the_start_of_the_request() {
    let handler = handler_fn(|_request, _context| async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        // One event each second: `message_start`, the start of the block, its text, …
        Ok(steps(|n| async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            events(&["a"]).into_iter().nth(n).map(Ok)
        })
        .into())
    });
    let (service, told) = watched(handler);
    let seconds = |time: Option<Duration>| time.map(|time| time.as_secs());
    send(&service, ask_of_alice(true)).await;
    let outcome = told.only();
    let times = (seconds(outcome.first_event), seconds(outcome.first_token), seconds(outcome.duration));
    assert_eq!(times, (Some(2), Some(4), Some(7)));
    send(&service, ask_of_alice(false)).await;
    let outcome = told.only();
    let times = (seconds(outcome.first_event), seconds(outcome.first_token));
    assert_eq!((times, outcome.duration.is_some()), ((None, None), true));
}

/// A handler whose every step waits for another poll: before its reply, and before each event.
fn slow(told: Told) -> impl Handler {
    handler_fn(move |request, context| {
        let end = OnEnd::new(&request, &context, told.hook());
        async move {
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
            let stream = steps(|n| async move {
                tokio::task::yield_now().await;
                events(&["Hel", "lo"]).into_iter().nth(n).map(Ok::<StreamEvent, _>)
            });
            end.attach(Ok(stream.into()))
        }
    })
}

/// Polls the request at most so often, and returns the end that it must have.
fn leave_after(mut polls: usize, mut future: ResponseFuture) -> End {
    let mut cx = Context::from_waker(Waker::noop());
    let mut response: Response<MessagesBody> = loop {
        if polls == 0 {
            return End::Cancelled;
        }
        polls -= 1;
        if let Poll::Ready(Ok(response)) = Pin::new(&mut future).poll(&mut cx) {
            break response;
        }
    };
    drop(future);
    let mut received = Vec::new();
    while polls > 0 {
        polls -= 1;
        match Pin::new(response.body_mut()).poll_frame(&mut cx) {
            Poll::Ready(Some(frame)) => received.extend_from_slice(&frame.unwrap().into_data().unwrap()),
            Poll::Ready(None) => break,
            Poll::Pending => {}
        }
    }
    let received = String::from_utf8(received).unwrap();
    let is_whole = received.contains("message_stop") || received.ends_with('}');
    if is_whole { End::Completed } else { End::Cancelled }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_callers_that_leave_anywhere_have_a_thousand_outcomes() {
    let of_handler = Told::default();
    let (mut service, of_service) = watched(slow(of_handler.clone()));
    let mut random = Random::new(12);
    let mut counts = [0; 2];
    for n in 0..1000 {
        let streamed = random.below(2) == 0;
        let polls = 1 + random.below(30);
        let expected = leave_after(polls, service.call(ask_of_alice(streamed)));
        counts[usize::from(expected == End::Completed)] += 1;
        let outcome = of_service.only();
        assert_eq!(outcome.end, expected, "caller {n} after {polls} polls");
        // The handler is called in the first poll already, because the body is there.
        assert_eq!(of_handler.only().end, expected, "caller {n} after {polls} polls");
        assert_eq!(outcome.principal.id(), "alice");
    }
    assert!(counts.iter().all(|count| *count > 100), "{counts:?}");
}

#[tokio::test]
async fn the_id_of_a_request_is_that_of_the_edge() {
    let told = Told::default();
    let service = MessagesService::builder(handler_fn(|_request, context: RequestContext| async move {
        Err(ApiError::invalid_request(context.request_id()))
    }))
    .unauthenticated()
    .request_id_header(HeaderName::from_static("x-edge-id"))
    .on_end(told.hook())
    .build();
    let long = "i".repeat(129);
    for (ids, is_taken) in [
        (&["7f00:01/abc=.+@_-"][..], true),
        (&[&long[1..]], true),
        (&[&long], false),
        (&["a b"], false),
        (&["a\"b"], false),
        (&[""], false),
        (&["a", "b"], false),
        (&[], false),
    ] {
        let mut request = post("/messages", body(false));
        for id in ids {
            request.headers_mut().append("x-edge-id", HeaderValue::from_str(id).unwrap());
        }
        let response = service.clone().oneshot(request).await.unwrap();
        let id = response.headers()["request-id"].to_str().unwrap().to_owned();
        assert_eq!(ids == [id.as_str()], is_taken, "{ids:?} {id}");
        assert!(is_taken || id.starts_with("req_"), "{id}");
        let text = response.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8(text.to_vec()).unwrap();
        assert_eq!(text.matches(&format!("\"{id}\"")).count(), 2, "{text}");
        assert_eq!(told.only().request_id, id);
    }
}

#[tokio::test]
async fn every_response_names_the_organization() {
    let handler = handler_fn(|request: CreateMessageRequest, _context| async move {
        let mut reply = Reply::from(message("Hello"));
        if request.stream == Some(true) {
            reply.headers_mut().insert("anthropic-organization-id", HeaderValue::from_static("org_own"));
        }
        Ok(reply)
    });
    let service = MessagesService::builder(handler)
        .unauthenticated()
        .organization_id(HeaderValue::from_static("org_7"))
        .build();
    let organization = async |request| {
        let response = send(&service, request).await;
        response.header("anthropic-organization-id").map(str::to_owned)
    };
    assert_eq!(organization(post("/messages", body(false))).await.as_deref(), Some("org_7"));
    assert_eq!(organization(post("/messages", body(true))).await.as_deref(), Some("org_own"));
    assert_eq!(organization(post("/unknown", String::new())).await.as_deref(), Some("org_7"));
}

#[tokio::test]
async fn rate_limits_reach_the_caller_with_replies_and_errors() {
    let mut limits = RateLimits::default();
    limits.requests = Some(RateLimit::new(50, 0).reset_at(std::time::UNIX_EPOCH + Duration::from_secs(60)));
    limits.output_tokens = Some(RateLimit::new(8000, 7000));
    let sent = limits.clone();
    let handler = handler_fn(move |request: CreateMessageRequest, _context| {
        let limits = sent.clone();
        async move {
            if request.stream == Some(true) {
                let error = ApiError::new(ErrorType::RateLimit, "Later");
                return Err(error.with_rate_limits(&limits).with_retry_after(Duration::from_millis(1500)));
            }
            Ok(Reply::from(message("Hello")).rate_limits(&limits))
        }
    });
    let service = MessagesService::builder(handler).unauthenticated().build();
    let response = ask(&service, false).await;
    assert_eq!(RateLimits::from_headers(&response.headers), limits);
    assert_eq!(response.header("anthropic-ratelimit-requests-reset"), Some("1970-01-01T00:01:00Z"));
    let response = ask(&service, true).await;
    response.error(429, "rate_limit_error");
    assert_eq!(RateLimits::from_headers(&response.headers), limits);
    assert_eq!(response.header("retry-after"), Some("2"));
}
