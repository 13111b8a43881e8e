//! Compares a handler below all policies with the bare handler, behind the same service in the same process, without
//! a network.
//!
//! ```sh
//! cargo bench --manifest-path benches/Cargo.toml --bench policy
//! ```

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request};
use bytes::Bytes;
use futures::stream;
use http_body_util::BodyExt;
use messages_api::policy::{
    Limited, Limits, MemoryLedger, Metered, Moderated, Moderator, Recorded, Review, Route, Routed, Upstream,
    Verdict,
};
use messages_api::stream::replay;
use messages_api::{
    ApiError, ContentBlock, CreateMessageRequest, Handler, Message, MessageStream, MessagesService,
    RequestContext, StopReason, StreamEvent, Usage, handler_fn,
};
use support::{Comparison, filtered};
use tower::ServiceExt;

/// The number of deltas of a stream.
const DELTAS: usize = 5_000;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let _guard = runtime.enter();
    let compare = |title: &str, goal, handler: fn() -> BoxedHandler, body: &'static str| {
        let (bare, stack) = (handler_service(handler()), stacked(&runtime, handler()));
        let call = |service: &MessagesService| runtime.block_on(call(service.clone(), body));
        Comparison::new(title, "bare", || call(&bare))
            .cpu_time()
            .goal("below all policies", goal, || call(&stack))
            .run();
    };
    if filtered("request") {
        let title = "a whole message: times the CPU time of the bare handler";
        compare(
            title,
            1.1,
            whole,
            r#"{"model":"m","max_tokens":64,"messages":[{"role":"user","content":"Hi"}]}"#,
        );
    }
    if filtered("events") {
        let title = "5,000 deltas: times the CPU time of the bare handler";
        let body =
            r#"{"model":"m","max_tokens":9000,"stream":true,"messages":[{"role":"user","content":"Hi"}]}"#;
        compare(title, 1.15, streamed, body);
    }
}

type BoxedHandler = messages_api::handler::BoxHandler;

fn message() -> Message {
    let content = vec![ContentBlock::text("Hello there, how can I help you today?")];
    Message::new("msg_01", "m", content, Usage::new(9, 9)).stop_reason(StopReason::EndTurn)
}

fn whole() -> BoxedHandler {
    let message = message();
    BoxedHandler::new(handler_fn(move |_request, _context| {
        let reply = message.clone().into();
        async { Ok(reply) }
    }))
}

fn streamed() -> BoxedHandler {
    let mut events: Vec<StreamEvent> = replay(message()).collect();
    let delta = events.iter().position(|event| event.text_delta().is_some()).expect("a delta");
    let deltas = vec![events[delta].clone(); DELTAS];
    events.splice(delta..=delta, deltas);
    let events: Arc<[StreamEvent]> = events.into();
    BoxedHandler::new(handler_fn(move |_request, _context| {
        let (events, mut at) = (Arc::clone(&events), 0);
        let events = stream::poll_fn(move |_| {
            at += 1;
            std::task::Poll::Ready(events.get(at - 1).cloned().map(Ok))
        });
        async { Ok(MessageStream::new(events).into()) }
    }))
}

fn handler_service(handler: impl Handler) -> MessagesService {
    MessagesService::builder(handler).unauthenticated().build()
}

fn stacked(runtime: &tokio::runtime::Runtime, handler: impl Handler) -> MessagesService {
    let ledger = Arc::new(MemoryLedger::new());
    ledger.deposit("anonymous", u64::MAX / 4);
    let (metered, settlements) = Metered::builder(ledger).build();
    runtime.spawn(settlements.run());
    let limits = Limits::new().requests(1 << 40).input_tokens(1 << 40).output_tokens(1 << 40).concurrent(100);
    MessagesService::builder(Routed::new().model("m", Route::new(Upstream::new(handler))))
        .layer(Recorded::layer(drop))
        .layer(Limited::layer(limits))
        .layer(metered)
        .layer(Moderated::layer(Glance))
        .unauthenticated()
        .build()
}

/// Looks at everything and lets it pass.
#[derive(Clone, Copy)]
struct Glance;

impl Moderator for Glance {
    type Review = Self;

    async fn review(&self, _: &CreateMessageRequest, _: &RequestContext) -> Result<Self, ApiError> {
        Ok(*self)
    }
}

impl Review for Glance {
    async fn look(&mut self, pending: &str, _is_end: bool) -> Verdict {
        Verdict::Release(pending.len())
    }
}

async fn call(service: MessagesService, body: &'static str) -> usize {
    let request = Request::builder()
        .method(Method::POST)
        .uri("/v1/messages")
        .body(Body::from(Bytes::from_static(body.as_bytes())))
        .expect("a request");
    let response = service.oneshot(request).await.expect("infallible");
    assert!(response.status().is_success(), "{}", response.status());
    let length = response.into_body().collect().await.expect("a body").to_bytes().len();
    tokio::task::yield_now().await; // so that the calls are settled
    length
}
