//! Which upstream serves a request, and what the caller gets if it fails.

use std::collections::{BTreeMap, VecDeque};
use std::future::ready;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::{StreamExt, stream};
use http::{HeaderValue, StatusCode};
use messages_api::handler::{BoxHandler, ModelQuery, Principal};
use messages_api::policy::{Limited, Limits, Route, Routed, Upstream};
use messages_api::stream::replay;
use messages_api::types::models::ModelInfo;
use messages_api::types::settings::Metadata;
use messages_api::types::{CountTokensRequest, MessageTokensCount};
use messages_api::{
    ApiError, ContentBlock, CreateMessageRequest, ErrorType, Handler, Message, MessageStream, Reply,
    RequestContext, StopReason, Usage, handler_fn,
};
use tokio::sync::oneshot;
use tower::Layer;

fn message(model: &str, text: &str) -> Message {
    let content = vec![ContentBlock::text(text)];
    Message::new("msg_01", model, content, Usage::new(9, 3)).stop_reason(StopReason::EndTurn)
}

/// An upstream that replies with its name and the model that it was asked for.
fn named(name: &'static str) -> impl Handler {
    handler_fn(move |request: CreateMessageRequest, _context| {
        let text = format!("{name}:{}", request.model);
        ready(Ok(message("its-own-name", &text).into()))
    })
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Whole,
    Stream,
    /// A stream whose content has begun when it fails.
    Begun,
}

/// An upstream that fails, and counts its calls.
fn failing(error: ApiError, form: Form, calls: &Arc<AtomicUsize>) -> Upstream {
    let calls = Arc::clone(calls);
    Upstream::new(handler_fn(move |_request, _context| {
        calls.fetch_add(1, Ordering::Relaxed);
        let error = error.clone();
        let events = match form {
            Form::Whole => return ready(Err(error)),
            Form::Stream => 1,
            Form::Begun => 3,
        };
        let events: Vec<_> = replay(message("m", "begun")).take(events).map(Ok).collect();
        let events = events.into_iter().chain([Err(error.into())]);
        ready(Ok(MessageStream::new(stream::iter(events)).into()))
    }))
}

/// Returns the text and the model of the message, or the status of the error.
async fn call_with(
    routed: &impl Handler,
    request: CreateMessageRequest,
    context: RequestContext,
) -> Result<(String, String), u16> {
    let status = |error: ApiError| error.status().as_u16();
    let reply = routed.create_message(request, context).await.map_err(status)?;
    match reply.into_stream().final_message().await {
        Ok(message) => Ok((message.text(), message.model)),
        Err(error) => Err(status(error.into())),
    }
}

async fn call(routed: &impl Handler, model: &str) -> Result<(String, String), u16> {
    call_with(routed, CreateMessageRequest::new(model, 9).user("Hi"), RequestContext::default()).await
}

#[tokio::test]
async fn names_are_looked_up_exactly_then_by_family_and_then_by_default() {
    let upstream = Upstream::new(named("a"));
    let routed = Routed::new()
        .model("large", upstream.model("up-large"))
        .alias("claude-haiku-4-5", upstream.model("up-alias"))
        .family("haiku", upstream.model("up-haiku"));
    let open = Routed::new().model("large", upstream.model("up-large")).default_route(upstream.clone());
    for (routed, model, asked) in [
        (&routed, "large", Ok("a:up-large")),
        (&routed, "large[1m]", Ok("a:up-large")),
        (&routed, "claude-haiku-4-5", Ok("a:up-alias")),
        (&routed, "claude-haiku-4-5-20251001", Ok("a:up-haiku")),
        (&routed, "claude-Haiku-9[1m]", Ok("a:up-haiku")),
        (&routed, "claude-haikus-9", Err(404)),
        (&routed, "Large", Err(404)),
        (&routed, "", Err(404)),
        (&open, "anything", Ok("a:anything")),
        (&open, "large", Ok("a:up-large")),
    ] {
        let expected = asked.map(|text| (text.to_owned(), model.to_owned()));
        assert_eq!(call(routed, model).await, expected, "{model}");
        let info = routed.get_model(model.to_owned(), RequestContext::default()).await;
        assert_eq!(info.is_ok(), asked.is_ok(), "{model}");
        if let Ok(info) = info {
            assert_eq!(info.into_parts().0.id, model);
        }
    }
    let error = routed.get_model("other".to_owned(), RequestContext::default()).await.unwrap_err();
    assert_eq!((error.status().as_u16(), error.message()), (404, "model: other"));
}

#[tokio::test]
async fn the_list_of_models_is_that_of_the_table() {
    let upstream = Upstream::new(named("a"));
    let info = ModelInfo::new("small", "Small", "2026-01-01T00:00:00Z").max_tokens(4096);
    let routed =
        Routed::new().model("large", upstream.clone()).alias("x", upstream.clone()).model(info, upstream);
    let page = routed.list_models(ModelQuery::default(), RequestContext::default()).await.unwrap();
    let models: Vec<_> = page.into_parts().0.data.into_iter().map(|it| (it.id, it.max_tokens)).collect();
    assert_eq!(models, [("large".to_owned(), None), ("small".to_owned(), Some(4096))]);
}

/// Every fault of the first of two upstreams, in each form: which one replies, and what the caller gets.
#[tokio::test]
async fn faults_lead_to_the_next_upstream_or_to_the_caller() {
    let api = |error_type| ApiError::new(error_type, "failed");
    let status = |status| ApiError::internal().with_status(StatusCode::from_u16(status).unwrap());
    let faults = [
        ("400", api(ErrorType::InvalidRequest), false),
        ("401", api(ErrorType::Authentication), false),
        ("402", api(ErrorType::Billing), false),
        ("403", api(ErrorType::Permission), false),
        ("404", api(ErrorType::NotFound), false),
        ("409", status(409), false),
        ("413", api(ErrorType::RequestTooLarge), false),
        ("429", api(ErrorType::RateLimit), true),
        ("429, x-should-retry: false", api(ErrorType::RateLimit).with_should_retry(false), false),
        ("500", ApiError::internal(), true),
        ("500, x-should-retry: false", ApiError::internal().with_should_retry(false), false),
        ("502", status(502), true),
        ("503", status(503), true),
        ("504", api(ErrorType::Timeout), true),
        ("529", api(ErrorType::Overloaded), true),
    ];
    println!("{:<28} {:<7} {:<8} caller", "first upstream", "form", "replies");
    for (name, error, falls_back) in faults {
        let own = error.status().as_u16();
        for form in [Form::Whole, Form::Stream, Form::Begun] {
            let calls = Arc::new(AtomicUsize::new(0));
            let first = failing(error.clone(), form, &calls);
            let route = Route::new(first).then(Upstream::new(named("second")));
            let result = call(&Routed::new().model("m", route), "m").await;
            let moves_on = falls_back && !matches!(form, Form::Begun);
            let expected = if moves_on { Ok(("second:m".to_owned(), "m".to_owned())) } else { Err(own) };
            let replies = if moves_on { "second" } else { "first" };
            println!("{name:<28} {:<7} {replies:<8} {result:?}", format!("{form:?}"));
            assert_eq!((result, calls.load(Ordering::Relaxed)), (expected, 1), "{name} {form:?}");
        }
    }
}

#[tokio::test]
async fn the_error_of_the_upstream_asked_last_is_the_callers() {
    let calls = Arc::new(AtomicUsize::new(0));
    let fails = |error_type| failing(ApiError::new(error_type, "failed"), Form::Whole, &calls);
    let route = Route::new(fails(ErrorType::Overloaded))
        .then(fails(ErrorType::RateLimit))
        .then(fails(ErrorType::Api));
    assert_eq!(call(&Routed::new().default_route(route), "m").await, Err(500));
    assert_eq!(calls.swap(0, Ordering::Relaxed), 3);
    let route = Route::new(fails(ErrorType::Overloaded))
        .then(fails(ErrorType::InvalidRequest))
        .then(fails(ErrorType::Api));
    assert_eq!(call(&Routed::new().default_route(route), "m").await, Err(400));
    assert_eq!(calls.load(Ordering::Relaxed), 2);
}

/// A handler that does nothing but count tokens.
struct Counter(Result<u64, ErrorType>);

impl Handler for Counter {
    async fn create_message(&self, _: CreateMessageRequest, _: RequestContext) -> Result<Reply, ApiError> {
        Err(ApiError::internal())
    }

    async fn count_tokens(
        &self,
        request: CountTokensRequest,
        _: RequestContext,
    ) -> Result<Reply<MessageTokensCount>, ApiError> {
        assert_eq!(request.model, "its-own-name");
        match &self.0 {
            Ok(count) => Ok(MessageTokensCount::new(*count).into()),
            Err(error_type) => Err(ApiError::new(error_type.clone(), "failed")),
        }
    }
}

#[tokio::test]
async fn counts_of_tokens_fall_back_too() {
    let counts = |result| Upstream::new(Counter(result)).model("its-own-name");
    for (first, expected) in
        [(Ok(7), Ok(7)), (Err(ErrorType::Overloaded), Ok(9)), (Err(ErrorType::InvalidRequest), Err(400))]
    {
        let routed = Routed::new().default_route(Route::new(counts(first)).then(counts(Ok(9))));
        let request = CountTokensRequest::from(CreateMessageRequest::new("m", 9).user("Hi"));
        let reply = routed.count_tokens(request, RequestContext::default()).await;
        let count = reply.map(|reply| reply.into_parts().0.input_tokens);
        assert_eq!(count.map_err(|error| error.status().as_u16()), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn an_upstream_that_fails_again_and_again_is_left_out_for_a_while() {
    let calls = Arc::new(AtomicUsize::new(0));
    let first = failing(ApiError::internal(), Form::Whole, &calls).breaker(3, Duration::from_secs(30));
    let route = Route::new(first.clone()).then(Upstream::new(named("second")));
    let routed = Routed::new().model("m", route).model("alone", first);
    let ask = async |times: usize| {
        for _ in 0..times {
            assert!(call(&routed, "m").await.is_ok());
        }
        calls.swap(0, Ordering::Relaxed)
    };
    assert_eq!(ask(10).await, 3);
    tokio::time::advance(Duration::from_secs(29)).await;
    assert_eq!(ask(10).await, 0);
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(ask(10).await, 1); // one request finds out whether it has recovered
    // Where there is nobody else, it is asked all the same.
    assert_eq!(call(&routed, "alone").await, Err(500));
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn an_upstream_can_be_left_out_for_good() {
    let calls = Arc::new(AtomicUsize::new(0));
    let first = failing(ApiError::internal(), Form::Whole, &calls).breaker(1, Duration::MAX);
    let routed = Routed::new().default_route(Route::new(first).then(Upstream::new(named("second"))));
    for _ in 0..3 {
        assert!(call(&routed, "m").await.is_ok());
        assert_eq!(calls.load(Ordering::Relaxed), 1);
    }
}

/// An upstream whose requests wait until the test says how each of them ends.
#[derive(Clone, Default)]
struct Manual(Arc<Mutex<VecDeque<End>>>);

/// Ends a request.
type End = oneshot::Sender<Result<(), ApiError>>;

impl Manual {
    fn upstream(&self) -> Upstream {
        let waiting = Arc::clone(&self.0);
        let handler = handler_fn(move |_request, _context| {
            let (sender, receiver) = oneshot::channel();
            waiting.lock().unwrap().push_back(sender);
            async move { receiver.await.unwrap().map(|()| message("m", "manual").into()) }
        });
        Upstream::new(handler).breaker(2, Duration::from_secs(30))
    }

    /// The requests that have arrived and have not ended.
    fn waiting(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// Ends the oldest request.
    fn end(&self, result: Result<(), ApiError>) {
        self.0.lock().unwrap().pop_front().unwrap().send(result).unwrap();
    }
}

/// What happens to an upstream whose breaker opens after two failures, for 30 seconds.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// A request begins. It reaches the upstream, or another one.
    Begins(bool),
    Succeeds,
    Fails,
    /// The request itself is at fault.
    IsInvalid,
    /// The caller of the newest request leaves.
    Leaves,
    Passes(u64),
}

#[tokio::test(start_paused = true)]
async fn a_breaker_listens_to_those_requests_that_can_know() {
    use Step::{Begins, Fails, IsInvalid, Leaves, Passes, Succeeds};
    let opens = [Begins(true), Begins(true), Fails, Fails, Begins(false)];
    for (name, steps) in [
        ("it opens and closes", &[Passes(30), Begins(true), Succeeds, Begins(true), Begins(true)][..]),
        ("a probe that fails opens it again", &[Passes(30), Begins(true), Fails, Begins(false)]),
        ("only one request probes", &[Passes(30), Begins(true), Begins(false), Begins(false)]),
        (
            "a probe that hangs is given up",
            &[Passes(30), Begins(true), Passes(30), Begins(true), Begins(false)],
        ),
        ("a probe whose caller leaves", &[Passes(30), Begins(true), Leaves, Begins(true), Begins(false)]),
        ("a probe that is invalid", &[Passes(30), Begins(true), IsInvalid, Begins(true), Begins(false)]),
    ] {
        check_breaker(name, opens.iter().chain(steps)).await;
    }
    for (name, steps) in [
        (
            "a success of before",
            &[Begins(true), Begins(true), Begins(true), Fails, Fails, Begins(false), Succeeds, Begins(false)]
                [..],
        ),
        (
            "a failure of before",
            &[
                Begins(true),
                Begins(true),
                Begins(true),
                Fails,
                Fails,
                Passes(30),
                Begins(true),
                Fails,
                Begins(false),
                Succeeds,
                Begins(true),
                Fails,
                Begins(true),
            ],
        ),
        (
            "requests that are at fault",
            &[Begins(true), Fails, Begins(true), IsInvalid, Begins(true), Fails, Begins(false)],
        ),
        (
            "a success between failures",
            &[Begins(true), Fails, Begins(true), Succeeds, Begins(true), Fails, Begins(true)],
        ),
    ] {
        check_breaker(name, steps).await;
    }
}

async fn check_breaker(name: &str, steps: impl IntoIterator<Item = &Step>) {
    let manual = Manual::default();
    let route = Route::new(manual.upstream()).then(Upstream::new(named("other")));
    let routed = Arc::new(Routed::new().default_route(route));
    let mut calls = Vec::new();
    for (at, step) in steps.into_iter().enumerate() {
        match *step {
            Step::Begins(reaches) => {
                let (routed, before) = (Arc::clone(&routed), manual.waiting());
                calls.push(tokio::spawn(async move { call(&*routed, "m").await }));
                yield_to_tasks().await;
                assert_eq!(manual.waiting() - before, usize::from(reaches), "{name}, step {at}");
            }
            Step::Succeeds => manual.end(Ok(())),
            Step::Fails => manual.end(Err(ApiError::internal())),
            Step::IsInvalid => manual.end(Err(ApiError::invalid_request("max_tokens: too many"))),
            Step::Leaves => {
                calls.pop().unwrap().abort();
                yield_to_tasks().await;
                manual.0.lock().unwrap().pop_back();
            }
            Step::Passes(seconds) => tokio::time::advance(Duration::from_secs(seconds)).await,
        }
        yield_to_tasks().await;
    }
}

async fn yield_to_tasks() {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}

/// A stream that fails before its content is a failure of an upstream without another one behind it as well.
#[tokio::test(start_paused = true)]
async fn the_last_upstream_is_left_out_for_streams_that_never_begin() {
    let (alone, first) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let last = failing(ApiError::internal(), Form::Stream, &alone).breaker(3, Duration::from_secs(30));
    let first = failing(ApiError::internal(), Form::Whole, &first).breaker(0, Duration::ZERO);
    let routed = Routed::new()
        .model("alone", last.clone())
        .model("both", Route::new(first).then(last.clone()))
        .model("spared", Route::new(last).then(Upstream::new(named("other"))));
    for model in ["alone", "both", "alone"] {
        assert_eq!(call(&routed, model).await, Err(500));
    }
    assert_eq!(call(&routed, "spared").await.unwrap().0, "other:spared");
    assert_eq!(alone.load(Ordering::Relaxed), 3);
}

/// An upstream whose streams have as many events as `count` says, or fail if it is 0, and never end. It
/// counts its calls.
fn hanging(count: &Arc<AtomicUsize>, calls: &Arc<AtomicUsize>) -> Upstream {
    let (count, calls) = (Arc::clone(count), Arc::clone(calls));
    Upstream::new(handler_fn(move |_request, _context| {
        calls.fetch_add(1, Ordering::Relaxed);
        let events = match count.load(Ordering::Relaxed) {
            0 => return ready(Err(ApiError::internal())),
            count => replay(message("its-own-name", "Hello")).take(count),
        };
        let events = stream::iter(events.map(Ok).collect::<Vec<_>>()).chain(stream::pending());
        ready(Ok(MessageStream::new(events).into()))
    }))
}

/// Returns the stream, if one comes before there is content.
async fn begun(routed: &impl Handler, model: &str) -> Option<MessageStream> {
    let request = CreateMessageRequest::new(model, 9).user("Hi").stream(true);
    let reply = routed.create_message(request, RequestContext::default());
    let reply = tokio::time::timeout(Duration::from_millis(1), reply).await.ok()?;
    Some(reply.unwrap().into_stream())
}

#[tokio::test(start_paused = true)]
async fn the_last_upstream_keeps_nobody_waiting_for_content() {
    let (one, calls) = (Arc::new(AtomicUsize::new(1)), Arc::default());
    let hanging = || hanging(&one, &calls);
    let fails = failing(ApiError::internal(), Form::Stream, &calls);
    for (route, comes) in [
        (Route::new(hanging()), true),
        (Route::new(fails).then(hanging()), true),
        (Route::new(hanging()).then(hanging()), false),
    ] {
        let stream = begun(&Routed::new().default_route(route), "m").await;
        assert_eq!(stream.is_some(), comes);
        if let Some(mut stream) = stream {
            stream.next().await.unwrap().unwrap();
            assert_eq!(stream.message().unwrap().model, "m");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_breaker_listens_to_the_streams_of_the_last_upstream() {
    let (count, calls) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let last = hanging(&count, &calls).breaker(1, Duration::from_secs(30));
    let routed = Routed::new()
        .model("alone", last.clone())
        .model("spared", Route::new(last).then(Upstream::new(named("other"))));
    let reaches = async |model: &str| {
        let before = calls.load(Ordering::Relaxed);
        let stream = begun(&routed, model).await;
        (calls.load(Ordering::Relaxed) > before, stream)
    };
    assert_eq!(call(&routed, "alone").await, Err(500));
    assert!(!reaches("spared").await.0);
    tokio::time::advance(Duration::from_secs(30)).await;

    // Nothing is known of a stream that is dropped before its content: the next one finds out.
    count.store(1, Ordering::Relaxed);
    drop(reaches("alone").await.1);
    count.store(3, Ordering::Relaxed);
    let mut probe = reaches("alone").await.1.unwrap();
    assert_eq!(probe.next().await.unwrap().unwrap().type_name(), "message_start");
    assert!(!reaches("spared").await.0);
    assert_eq!(probe.next().await.unwrap().unwrap().type_name(), "content_block_start");
    assert!(reaches("spared").await.0);
}

#[tokio::test(start_paused = true)]
async fn an_upstream_that_is_left_out_is_the_last_resort() {
    let (tired, broken) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let wait = ApiError::new(ErrorType::Overloaded, "Wait").with_retry_after(Duration::from_secs(60));
    let first = failing(wait, Form::Whole, &tired);
    let second = failing(ApiError::internal(), Form::Whole, &broken).breaker(0, Duration::ZERO);
    let routed = Routed::new().default_route(Route::new(first).then(second));
    for (times, expected) in [(1, Err(500)), (2, Err(529)), (3, Err(529))] {
        assert_eq!(call(&routed, "m").await, expected);
        assert_eq!([&tired, &broken].map(|calls| calls.load(Ordering::Relaxed)), [times; 2]);
    }
}

/// What one caller may not do says nothing about the upstream of the others.
#[tokio::test(start_paused = true)]
async fn the_limits_of_a_caller_leave_the_upstream_to_the_others() {
    let limits = Limited::layer_by(|context| match context.principal().id() {
        "poor" => Limits::new().requests(1),
        "busy" => Limits::new().concurrent(0),
        _ => Limits::new(),
    });
    let limited = limits.layer(BoxHandler::new(named("limited")));
    let route = Route::new(Upstream::new(limited)).then(Upstream::new(named("other")));
    let routed = Routed::new().default_route(route);
    let ask = async |principal: &str| {
        let mut context = RequestContext::default();
        context.set_principal(Principal::new(principal));
        let request = CreateMessageRequest::new("m", 9).user("Hi");
        call_with(&routed, request, context).await.map(|(text, _model)| text)
    };
    for _ in 0..10 {
        let _ = ask("poor").await;
        assert_eq!(ask("poor").await, Err(429)); // the limit is not evaded at another upstream
        assert_eq!(ask("busy").await, Err(429));
        assert_eq!(ask("rich").await, Ok("limited:m".to_owned()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_is_respected() {
    let calls = Arc::new(AtomicUsize::new(0));
    let error = ApiError::new(ErrorType::RateLimit, "Slow down").with_retry_after(Duration::from_secs(20));
    let route = Route::new(failing(error, Form::Whole, &calls)).then(Upstream::new(named("second")));
    let routed = Routed::new().default_route(route);
    for (seconds, expected) in [(0, 1), (19, 1), (1, 2)] {
        tokio::time::advance(Duration::from_secs(seconds)).await;
        assert!(call(&routed, "m").await.is_ok());
        assert_eq!(calls.load(Ordering::Relaxed), expected, "after {seconds} s");
    }
}

#[tokio::test]
async fn sessions_stay_with_an_upstream_and_weights_are_shares() {
    let (east, west) = (Upstream::new(named("east")).weight(3), Upstream::new(named("west")));
    let routed = Routed::new().default_route(Route::new(east).or(west));
    let mut shares = BTreeMap::new();
    for session in 0..4_000 {
        let name = format!("session-{session}");
        let mut context = RequestContext::default();
        let mut request = CreateMessageRequest::new("m", 9).user("Hi");
        if session % 2 == 0 {
            let value = HeaderValue::from_str(&name).unwrap();
            context.headers_mut().insert("x-claude-code-session-id", value);
        } else {
            request = request.metadata(Metadata::new().user_id(name));
        }
        let first = call_with(&routed, request.clone(), context.clone()).await.unwrap();
        let again = call_with(&routed, request, context).await.unwrap();
        assert_eq!(first, again);
        *shares.entry(first.0).or_insert(0) += 1;
    }
    println!("{shares:?}");
    let east = shares["east:m"];
    assert!((2_850..3_150).contains(&east), "{east} of 4,000 sessions, 3,000 expected");
}

#[tokio::test]
async fn the_sessions_of_an_upstream_that_fails_are_spread_over_the_others() {
    let calls = Arc::new(AtomicUsize::new(0));
    let first = failing(ApiError::internal(), Form::Whole, &calls).breaker(0, Duration::ZERO);
    let route = Route::new(first).or(Upstream::new(named("b"))).or(Upstream::new(named("c")));
    let routed = Routed::new().default_route(route);
    let mut shares = BTreeMap::new();
    for _ in 0..3_000 {
        *shares.entry(call(&routed, "m").await.unwrap().0).or_insert(0) += 1;
    }
    println!("{shares:?}, {calls:?} calls of the one that fails");
    assert!((850..1_150).contains(&calls.load(Ordering::Relaxed)));
    assert!((1_350..1_650).contains(&shares["b:m"]));
}
