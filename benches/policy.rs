//! Compares a handler below all policies with the bare handler, behind the same service in the same process, without
//! a network: for a small request, for one of a coding agent, and for the events of a stream.
//!
//! ```sh
//! cargo bench --manifest-path benches/Cargo.toml --bench policy
//! # The instructions of 10,000 requests below one policy:
//! perf stat -e instructions:u benches/target/release/deps/policy-* count request Limited 10000
//! ```

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request};
use bytes::Bytes;
use futures::stream;
use http_body_util::BodyExt;
use messages_api::policy::{
    Limited, LimitedLayer, Limits, MemoryLedger, Metered, MeteredLayer, Moderated, Moderator, RecordQueue,
    Recorded, RecordedLayer, Review, Route, Routed, Upstream, Verdict,
};
use messages_api::server::MessagesServiceBuilder;
use messages_api::stream::replay;
use messages_api::{
    ApiError, ContentBlock, CreateMessageRequest, Handler, Message, MessageStream, MessagesService,
    RequestContext, StopReason, StreamEvent, Usage, handler_fn,
};
use support::{Comparison, filtered, requests};
use tokio::runtime::Runtime;
use tower::ServiceExt;

/// The number of deltas of a stream.
const DELTAS: usize = 5_000;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let _guard = runtime.enter();
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, counted, form, row, calls] = &arguments[..] {
        assert_eq!(counted, "count");
        return count(&runtime, form, row, calls.parse().expect("a number of calls"));
    }
    for (section, form) in SECTIONS {
        if !filtered(section) {
            continue;
        }
        let form = form();
        let services: Vec<_> = ROWS.iter().map(|(_, stack)| stack(&runtime, (form.handler)())).collect();
        let call = |service: &MessagesService| runtime.block_on(call(service.clone(), form.body.clone()));
        let mut comparison = Comparison::new(form.title, ROWS[0].0, || call(&services[0])).cpu_time();
        for ((name, _), service) in ROWS.iter().zip(&services).skip(1) {
            let goal = if *name == ALL { form.goal } else { f64::INFINITY };
            comparison = comparison.goal(name, goal, move || call(service));
        }
        comparison.run();
    }
}

/// Makes so many calls, for a program that counts instructions.
fn count(runtime: &Runtime, form: &str, row: &str, calls: usize) {
    let (_, form) = SECTIONS.iter().find(|(name, _)| *name == form).expect("a section");
    let form = form();
    let (_, stack) = ROWS.iter().find(|(name, _)| *name == row).expect("a row");
    let service = stack(runtime, (form.handler)());
    for _ in 0..calls {
        assert!(runtime.block_on(call(service.clone(), form.body.clone())) > 0);
    }
}

/// What a caller asks for, and what the handler replies with.
struct Form {
    title: &'static str,
    goal: f64,
    handler: fn() -> BoxedHandler,
    body: Bytes,
}

type Section = (&'static str, fn() -> Form);

const SECTIONS: [Section; 3] = [("request", small), ("history", large), ("events", long)];

fn small() -> Form {
    Form {
        title: "a whole message: times the CPU time of the bare handler",
        goal: 1.1,
        handler: whole,
        body: Bytes::from_static(
            br#"{"model":"m","max_tokens":64,"messages":[{"role":"user","content":"Hi"}]}"#,
        ),
    }
}

/// What a coding agent sends: 200 kB of earlier messages.
fn large() -> Form {
    let [_, history, ..] = requests(200_000);
    let history = String::from_utf8(history.json).expect("JSON").replacen(r#""stream":true,"#, "", 1);
    Form {
        title: "a whole message after 200 kB of others: times the CPU time of the bare handler",
        goal: 1.1,
        handler: whole,
        body: history.into(),
    }
}

fn long() -> Form {
    Form {
        title: "5,000 deltas: times the CPU time of the bare handler",
        goal: 1.15,
        handler: streamed,
        body: Bytes::from_static(
            br#"{"model":"m","max_tokens":9000,"stream":true,"messages":[{"role":"user","content":"Hi"}]}"#,
        ),
    }
}

const ALL: &str = "below all policies";

type Stack = fn(&Runtime, BoxedHandler) -> MessagesService;

/// What is around the handler: nothing, one policy alone, and all of them.
const ROWS: [(&str, Stack); 7] = [
    ("bare", |_, handler| service(handler).unauthenticated().build()),
    ("Routed", |_, handler| service(routed(handler)).unauthenticated().build()),
    ("Recorded", |runtime, handler| service(handler).layer(recorded(runtime)).unauthenticated().build()),
    ("Limited", |_, handler| service(handler).layer(limited()).unauthenticated().build()),
    ("Metered", |runtime, handler| service(handler).layer(metered(runtime)).unauthenticated().build()),
    ("Moderated", |_, handler| service(handler).layer(Moderated::layer(Glance)).unauthenticated().build()),
    (ALL, |runtime, handler| {
        service(routed(handler))
            .layer(recorded(runtime))
            .layer(limited())
            .layer(metered(runtime))
            .layer(Moderated::layer(Glance))
            .unauthenticated()
            .build()
    }),
];

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

fn service(handler: impl Handler) -> MessagesServiceBuilder {
    MessagesService::builder(handler)
}

fn routed(handler: BoxedHandler) -> Routed {
    let route = Route::new(Upstream::new(handler));
    Routed::new().model("m", route.clone()).model("claude-sonnet-5", route)
}

fn recorded(runtime: &Runtime) -> RecordedLayer {
    let (queue, mut records) = RecordQueue::new(10_000);
    runtime.spawn(async move { while records.next().await.is_some() {} });
    Recorded::layer(queue)
}

fn limited() -> LimitedLayer {
    Limited::layer(
        Limits::new().requests(1 << 40).input_tokens(1 << 40).output_tokens(1 << 40).concurrent(100),
    )
}

fn metered(runtime: &Runtime) -> MeteredLayer {
    let ledger = Arc::new(MemoryLedger::new());
    ledger.deposit("anonymous", u64::MAX / 4);
    let (metered, settlements) = Metered::builder(ledger).build();
    runtime.spawn(settlements.run());
    metered
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

async fn call(service: MessagesService, body: Bytes) -> usize {
    let request = Request::builder()
        .method(Method::POST)
        .uri("/v1/messages")
        .body(Body::from(body))
        .expect("a request");
    let response = service.oneshot(request).await.expect("infallible");
    assert!(response.status().is_success(), "{}", response.status());
    let length = response.into_body().collect().await.expect("a body").to_bytes().len();
    tokio::task::yield_now().await; // so that the calls are settled
    length
}
