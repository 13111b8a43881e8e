//! Limits of requests, tokens and messages at once.

use std::collections::HashMap;
use std::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use futures::executor::block_on;
use futures::{StreamExt, stream};
use messages_api::handler::Principal;
use messages_api::policy::{
    LimitCharge, LimitKind, LimitLevel, LimitStore, Limited, LimitedLayer, Limits, MemoryLimits, StoreFailure,
};
use messages_api::types::rate_limits::RateLimits;
use messages_api::types::{CountTokensRequest, MessageTokensCount};
use messages_api::{
    ApiError, ContentBlock, CreateMessageRequest, ErrorType, Handler, Message, MessageDeltaUsage,
    MessageStream, Reply, RequestContext, StopReason, Usage, handler_fn,
};
use tokio::time::advance;
use tower::Layer;

use crate::random::Random;

fn context(principal: &str) -> RequestContext {
    let mut context = RequestContext::default();
    context.set_principal(Principal::new(principal));
    context
}

fn request() -> CreateMessageRequest {
    CreateMessageRequest::new("claude-sonnet-5", 100).user("What is the capital of Norway?")
}

fn message(usage: Usage) -> Message {
    let content = vec![ContentBlock::text("Oslo.")];
    Message::new("msg_01", "claude-sonnet-5", content, usage).stop_reason(StopReason::EndTurn)
}

/// A handler that replies with a whole message that used 30 input and 7 output tokens.
fn whole() -> impl Handler {
    handler_fn(|_request, _context| async { Ok(message(Usage::new(30, 7)).into()) })
}

/// A handler that replies with a stream: "Oslo", "." and "!", of 30 input and 7 output tokens.
fn streaming() -> impl Handler {
    handler_fn(|_request, _context| async {
        let start = Message::new("msg_01", "claude-sonnet-5", vec![], Usage::new(30, 1));
        let stream = MessageStream::from_writer(start, |mut writer| async move {
            for text in ["Oslo", ".", "!"] {
                writer.text(text).await;
            }
            Ok(writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(7)).await)
        });
        Ok(stream.into())
    })
}

/// What is left for `principal`: requests, input tokens, output tokens.
async fn left(store: &MemoryLimits, principal: &str, limits: [u64; 3]) -> [u64; 3] {
    let kinds = [LimitKind::Requests, LimitKind::InputTokens, LimitKind::OutputTokens];
    let charges = [0, 1, 2].map(|at| LimitCharge::new(kinds[at], limits[at], 0));
    let levels = store.take(principal, &charges).await.unwrap();
    [0, 1, 2].map(|at| levels[at].remaining)
}

const SOME: [u64; 3] = [60, 6_000, 600];

fn layer(store: &MemoryLimits) -> LimitedLayer {
    let [requests, input, output] = SOME;
    let limits = Limits::new().requests(requests).input_tokens(input).output_tokens(output);
    Limited::layer(limits).store(store.clone(), StoreFailure::Reject)
}

#[tokio::test(start_paused = true)]
async fn headers_follow_the_level_to_the_millisecond() {
    let handler = Limited::layer(Limits::new().requests(60)).layer(whole());
    let ask = || handler.create_message(request(), context("alice"));
    let requests = |headers: &_| RateLimits::from_headers(headers).requests.unwrap();
    // A request comes back in a second: the time before each request, and what remains after it.
    for (milliseconds, remaining, reset) in [
        (0, 59, 1_000),
        (0, 58, 2_000),
        (999, 57, 2_001),
        (1, 57, 3_000),
        (500, 56, 3_500),
        (500, 56, 4_000),
        (1_000, 56, 4_000),
        (3_999, 58, 1_001),
        (60_000, 59, 1_000),
    ] {
        advance(Duration::from_millis(milliseconds)).await;
        let before = SystemTime::now();
        let reply = ask().await.unwrap();
        let found = requests(reply.headers());
        assert_eq!((found.limit, found.remaining), (Some(60), Some(remaining)));
        let at = found.reset.unwrap().to_system_time().unwrap();
        let reset = Duration::from_millis(reset);
        let second = Duration::from_secs(1);
        assert!(before + reset <= at && at < SystemTime::now() + reset + second, "{reset:?}");
    }
    for _ in 0..59 {
        ask().await.unwrap();
    }
    for (milliseconds, wait) in [(0, 1_000), (400, 600), (599, 1)] {
        advance(Duration::from_millis(milliseconds)).await;
        let error = ask().await.unwrap_err();
        assert_eq!((error.status().as_u16(), error.error_type()), (429, &ErrorType::RateLimit));
        assert_eq!(error.retry_after(), Some(Duration::from_millis(wait)));
        assert_eq!(requests(error.headers()).remaining, Some(0));
        assert_eq!(error.message(), "This request would exceed the limit of 60 requests per minute");
    }
    advance(Duration::from_millis(1)).await;
    assert_eq!(requests(ask().await.unwrap().headers()).remaining, Some(0));
    assert!(ask().await.is_err());
}

#[tokio::test(start_paused = true)]
async fn estimates_are_replaced_by_what_was_used() {
    let store = MemoryLimits::new();
    let estimate = request().estimate_tokens();
    let reply = layer(&store).layer(whole()).create_message(request(), context("whole")).await.unwrap();
    assert_eq!(left(&store, "whole", SOME).await, [59, 6_000 - estimate, 500]);
    drop(reply.into_parts());
    assert_eq!(left(&store, "whole", SOME).await, [59, 5_970, 593]);

    // The caller reads so many events, and leaves.
    for (events, output) in [(0, 0), (1, 0), (3, 2), (4, 2), (usize::MAX, 7)] {
        let principal = format!("{events}");
        let handler = layer(&store).expect_output(50).layer(streaming());
        let reply = handler.create_message(request(), context(&principal)).await.unwrap();
        assert_eq!(left(&store, &principal, SOME).await, [59, 6_000 - estimate, 550]);
        let mut stream = reply.into_stream();
        for _ in 0..events {
            if stream.next().await.is_none() {
                break;
            }
        }
        drop(stream);
        let input = if events == 0 { estimate } else { 30 };
        assert_eq!(left(&store, &principal, SOME).await, [59, 6_000 - input, 600 - output], "{events}");
    }

    let failing = handler_fn(|_request, _context| async { Err(ApiError::internal()) });
    layer(&store).layer(failing).create_message(request(), context("failing")).await.unwrap_err();
    assert_eq!(left(&store, "failing", SOME).await, [59, 6_000, 600]);

    let hanging = handler_fn(|_request, _context| async { std::future::pending().await });
    let handler = layer(&store).layer(hanging);
    let call = handler.create_message(request(), context("hanging"));
    tokio::time::timeout(Duration::ZERO, call).await.unwrap_err();
    assert_eq!(left(&store, "hanging", SOME).await, [59, 6_000 - estimate, 600]);
}

/// What has come back of an estimate by itself is not given back once more: slow requests that use nothing do
/// not add up to more than a minute's worth.
#[tokio::test(start_paused = true)]
async fn estimates_that_have_come_back_are_not_given_back_again() {
    // 100 of 600 output tokens a minute are estimated, which come back in 10 seconds, and 7 are used: the
    // seconds from the request to its end, what somebody else uses then, and what is left.
    for (seconds, others, left_over) in
        [(0, 0, 593), (0, 200, 393), (5, 0, 600), (5, 200, 400), (10, 200, 400), (600, 200, 400)]
    {
        let store = MemoryLimits::new();
        let reply = layer(&store).layer(whole()).create_message(request(), context("alice")).await.unwrap();
        advance(Duration::from_secs(seconds)).await;
        store.correct("alice", &[LimitCharge::new(LimitKind::OutputTokens, SOME[2], others)]);
        drop(reply.into_parts());
        let [.., output] = left(&store, "alice", SOME).await;
        assert_eq!(output, left_over, "{others} used after {seconds} s");
    }
    // Ten requests that take a minute each leave no more than the limit.
    let store = MemoryLimits::new();
    let handler = layer(&store).expect_output(600).layer(whole());
    let slow = CreateMessageRequest::new("claude-sonnet-5", 600).user("Hi");
    let mut replies = Vec::new();
    for _ in 0..10 {
        replies.push(handler.create_message(slow.clone(), context("bob")).await.unwrap());
        advance(Duration::from_secs(60)).await;
    }
    let mut used = 0;
    for reply in replies {
        let rest = left(&store, "bob", SOME).await[2];
        store.correct("bob", &[LimitCharge::new(LimitKind::OutputTokens, SOME[2], rest.try_into().unwrap())]);
        used += rest;
        drop(reply.into_parts());
    }
    assert_eq!(used, 600);
}

#[tokio::test(start_paused = true)]
async fn errors_of_the_handler_tell_the_limits_too() {
    let failing = handler_fn(|_request, _context| async { Err(ApiError::internal()) });
    let handler = Limited::layer(Limits::new().requests(9).output_tokens(600)).layer(failing);
    let error = handler.create_message(request(), context("alice")).await.unwrap_err();
    let limits = RateLimits::from_headers(error.headers());
    let remaining = [limits.requests, limits.output_tokens].map(|limit| limit.unwrap().remaining);
    assert_eq!((error.status().as_u16(), remaining), (500, [Some(8), Some(500)]));
    // The handler counts no tokens.
    let count = CountTokensRequest::new("claude-sonnet-5", request().messages);
    let error = handler.count_tokens(count, context("alice")).await.unwrap_err();
    assert_eq!(error.headers()["anthropic-ratelimit-requests-remaining"], "8");
}

#[tokio::test(start_paused = true)]
async fn a_debt_is_paid_off_before_the_next_request() {
    let store = MemoryLimits::new();
    let wordy = handler_fn(|_request, _context| async {
        Ok(message(Usage::new(30, 1_500).cache_creation_input_tokens(70).cache_read_input_tokens(9_999))
            .into())
    });
    let handler = layer(&store).expect_output(1).layer(wordy);
    let ask = || handler.create_message(request(), context("alice"));
    drop(ask().await.unwrap().into_parts());
    assert_eq!(left(&store, "alice", SOME).await, [59, 5_900, 0]);
    // 1,500 of 600 tokens a minute are used; one has to be left.
    let error = ask().await.unwrap_err();
    assert_eq!(error.message(), "This request would exceed the limit of 600 output tokens per minute");
    assert_eq!(error.retry_after(), Some(Duration::from_millis(90_100)));
    advance(Duration::from_millis(90_099)).await;
    assert_eq!(ask().await.unwrap_err().retry_after(), Some(Duration::from_millis(1)));
    advance(Duration::from_millis(1)).await;
    ask().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_is_larger_than_a_limit_needs_all_of_it() {
    let store = MemoryLimits::new();
    let large = [LimitCharge::new(LimitKind::InputTokens, 100, 250)];
    let wait = |levels: Vec<LimitLevel>| levels[0].wait;
    assert_eq!(wait(store.take("alice", &large).await.unwrap()), Duration::ZERO);
    assert_eq!(wait(store.take("alice", &large).await.unwrap()), Duration::from_secs(150));
    advance(Duration::from_millis(149_999)).await;
    assert_eq!(wait(store.take("alice", &large).await.unwrap()), Duration::from_millis(1));
    advance(Duration::from_millis(1)).await;
    assert_eq!(wait(store.take("alice", &large).await.unwrap()), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_limit_of_zero_rejects_for_ever() {
    for limits in [Limits::new().requests(0), Limits::new().output_tokens(0), Limits::new().concurrent(0)] {
        let handler = Limited::layer(limits).layer(whole());
        let error = handler.create_message(request(), context("alice")).await.unwrap_err();
        assert_eq!((error.status().as_u16(), error.retry_after()), (429, None));
        assert_eq!(error.should_retry(), Some(false));
    }
}

#[tokio::test(start_paused = true)]
async fn limits_differ_by_principal_and_may_change() {
    let handler = Limited::layer_by(|context: &RequestContext| match context.extensions().get::<u64>() {
        Some(limit) => Limits::new().requests(*limit),
        None => Limits::new(),
    })
    .layer(whole());
    let remaining = async |principal: &str, limit: Option<u64>| {
        let mut context = context(principal);
        limit.map(|limit| context.extensions_mut().insert(limit));
        let reply = handler.create_message(request(), context).await?;
        Ok::<_, ApiError>(RateLimits::from_headers(reply.headers()).requests.and_then(|it| it.remaining))
    };
    assert_eq!(remaining("alice", Some(2)).await.unwrap(), Some(1));
    assert_eq!(remaining("bob", Some(9)).await.unwrap(), Some(8));
    assert_eq!(remaining("alice", Some(2)).await.unwrap(), Some(0));
    assert_eq!(remaining("alice", Some(2)).await.unwrap_err().status(), 429);
    assert_eq!(remaining("alice", Some(5)).await.unwrap(), Some(2)); // another plan, with two used
    assert_eq!(remaining("alice", None).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn counts_of_tokens_have_a_limit_of_their_own() {
    struct Counting;
    impl Handler for Counting {
        async fn create_message(
            &self,
            _: CreateMessageRequest,
            _: RequestContext,
        ) -> Result<Reply, ApiError> {
            Ok(message(Usage::new(1, 1)).into())
        }

        async fn count_tokens(
            &self,
            request: CountTokensRequest,
            _: RequestContext,
        ) -> Result<Reply<MessageTokensCount>, ApiError> {
            Ok(MessageTokensCount::new(request.estimate_tokens()).into())
        }
    }
    let handler = Limited::layer(Limits::new().requests(1).concurrent(9)).layer(Counting);
    let count = || CountTokensRequest::new("claude-sonnet-5", request().messages);
    let reply = handler.count_tokens(count(), context("alice")).await.unwrap();
    assert_eq!(reply.headers()["anthropic-ratelimit-requests-remaining"], "0");
    assert_eq!(handler.count_tokens(count(), context("alice")).await.unwrap_err().status(), 429);
    handler.create_message(request(), context("alice")).await.unwrap();
    assert!(handler.create_message(request(), context("alice")).await.is_err());
    // The handler has no batches, but they are limited all the same.
    let batch = || messages_api::types::batches::CreateBatchRequest::new(Vec::new());
    assert_eq!(handler.create_batch(batch(), context("alice")).await.unwrap_err().status(), 404);
    assert_eq!(handler.create_batch(batch(), context("alice")).await.unwrap_err().status(), 429);
}

#[tokio::test(start_paused = true)]
async fn a_permit_lives_as_long_as_the_reply() {
    let handler = Limited::layer(Limits::new().concurrent(2)).layer(streaming());
    let ask = || handler.create_message(request(), context("alice"));
    let (first, second) = (ask().await.unwrap(), ask().await.unwrap());
    let error = ask().await.unwrap_err();
    assert_eq!((error.status().as_u16(), error.message()), (429, "At most 2 requests are served at once"));
    assert!(error.retry_after().is_some());
    handler.create_message(request(), context("bob")).await.unwrap();

    drop(first);
    let mut third = ask().await.unwrap().into_stream();
    assert!(ask().await.is_err());
    while let Some(event) = third.next().await {
        event.unwrap();
    }
    let _fourth = ask().await.unwrap(); // though the third is not yet dropped
    assert!(ask().await.is_err());
    drop(second);
    assert!(ask().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_request_over_a_limit_holds_no_permit() {
    let handler = Limited::layer(Limits::new().requests(1).concurrent(1)).layer(whole());
    let ask = || handler.create_message(request(), context("alice"));
    drop(ask().await.unwrap());
    assert!(ask().await.unwrap_err().message().contains("1 requests per minute"));
    advance(Duration::from_secs(60)).await;
    ask().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_host_says_what_a_failing_store_means() {
    struct Failing;
    impl LimitStore for Failing {
        async fn take(
            &self,
            _: &str,
            _: &[LimitCharge],
        ) -> Result<Vec<LimitLevel>, Box<dyn Error + Send + Sync>> {
            Err("the disk is full".into())
        }

        fn correct(&self, _: &str, _: &[LimitCharge]) {
            panic!("nothing was taken");
        }
    }
    let limits = Limited::layer(Limits::new().requests(9).output_tokens(9));
    let open = limits.clone().store(Failing, StoreFailure::Serve).layer(whole());
    let reply = open.create_message(request(), context("alice")).await.unwrap();
    assert!(reply.headers().is_empty());
    drop(reply);

    let closed = limits.store(Failing, StoreFailure::Reject).layer(whole());
    let error = closed.create_message(request(), context("alice")).await.unwrap_err();
    assert_eq!((error.status().as_u16(), error.cause()), (529, Some("the disk is full")));
    assert!(!error.message().contains("disk"));
}

#[tokio::test(start_paused = true)]
async fn principals_that_have_used_nothing_for_a_minute_are_forgotten() {
    let store = MemoryLimits::new();
    let charge = [LimitCharge::new(LimitKind::Requests, 10, 10)];
    let mut most = 0;
    for number in 0..200_000 {
        store.take(&format!("principal {number}"), &charge).await.unwrap();
        advance(Duration::from_millis(50)).await; // 1,200 in a minute
        most = most.max(store.principals());
    }
    assert!((1_200..=2_402).contains(&most), "{most}");
    // One that is in debt is not.
    let debt = [LimitCharge::new(LimitKind::Requests, 10, 1_000_000)];
    store.correct("debtor", &debt);
    for number in 0..10_000 {
        store.take(&format!("other {number}"), &charge).await.unwrap();
        advance(Duration::from_millis(50)).await;
    }
    assert!(!store.take("debtor", &charge).await.unwrap()[0].wait.is_zero());
}

/// 64 threads take at the same time, as often as they can.
#[test]
fn limits_are_exact_under_64_callers() {
    const LIMIT: u64 = 1_000;
    let store = MemoryLimits::new();
    let (admitted, barrier) = (AtomicUsize::new(0), Barrier::new(64));
    let start = Instant::now();
    let handler = layer_of(Limits::new().output_tokens(LIMIT * 100).concurrent(64), &store);
    thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                barrier.wait();
                for _ in 0..100 {
                    // The reply of a whole message is dropped, which is the end of the request.
                    let result = block_on(handler.create_message(request(), context("alice")));
                    admitted.fetch_add(usize::from(result.is_ok()), Ordering::Relaxed);
                }
            });
        }
    });
    let since = u64::try_from(start.elapsed().as_millis()).unwrap();
    let admitted = u64::try_from(admitted.into_inner()).unwrap();
    let most = LIMIT + LIMIT * since / 60_000;
    assert!((LIMIT..=most).contains(&admitted), "{admitted} of {LIMIT} to {most}");
}

/// A handler that uses exactly what is expected of it, 100 output tokens.
fn layer_of(limits: Limits, store: &MemoryLimits) -> impl Handler + use<> {
    let handler = handler_fn(|_request, _context| async { Ok(message(Usage::new(0, 100)).into()) });
    Limited::layer(limits).store(store.clone(), StoreFailure::Reject).layer(handler)
}

/// No more than the limit is ever served at once, and all permits come back.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_more_than_the_limit_are_served_at_once() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let served = (Arc::clone(&now), Arc::clone(&most));
    let handler = handler_fn(move |_request, _context| {
        let (now, most) = served.clone();
        async move {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            now.fetch_sub(1, Ordering::SeqCst);
            Ok(message(Usage::new(1, 1)).into())
        }
    });
    let handler = Arc::new(Limited::layer(Limits::new().concurrent(5)).layer(handler));
    let tasks = (0..64).map(|_| {
        let handler = Arc::clone(&handler);
        tokio::spawn(async move {
            for _ in 0..50 {
                if handler.create_message(request(), context("alice")).await.is_err() {
                    tokio::task::yield_now().await;
                }
            }
        })
    });
    futures::future::try_join_all(tasks).await.unwrap();
    assert!(most.load(Ordering::SeqCst) <= 5);
    let replies = stream::iter(0..5).then(|_| handler.create_message(request(), context("alice")));
    assert!(replies.collect::<Vec<_>>().await.iter().all(Result::is_ok));
}

/// A level in the plainest form: it falls by the limit each millisecond.
#[derive(Default)]
struct Model {
    /// In 60,000ths of a token.
    levels: HashMap<(usize, LimitKind), u64>,
}

impl Model {
    fn pass(&mut self, milliseconds: u64, limit: impl Fn(LimitKind) -> u64) {
        for ((_, kind), level) in &mut self.levels {
            for _ in 0..milliseconds {
                *level -= limit(*kind).min(*level);
            }
        }
    }

    fn level(&self, principal: usize, charge: &LimitCharge) -> u64 {
        self.levels.get(&(principal, charge.kind)).copied().unwrap_or(0)
    }

    fn fits(&self, principal: usize, charge: &LimitCharge) -> bool {
        let level = self.level(principal, charge);
        let amount = u64::try_from(charge.amount).unwrap();
        charge.limit > 0 && (level == 0 || level + amount * 60_000 <= charge.limit * 60_000)
    }

    fn add(&mut self, principal: usize, charge: &LimitCharge) {
        let level = self.levels.entry((principal, charge.kind)).or_default();
        let changed = i64::try_from(*level).unwrap() + charge.amount * 60_000;
        *level = u64::try_from(changed).unwrap_or(0);
    }
}

/// Whatever happens in whatever order, the store does what the model does.
#[tokio::test(start_paused = true)]
async fn the_store_behaves_as_its_model() {
    let kinds = [LimitKind::Requests, LimitKind::InputTokens, LimitKind::OutputTokens];
    for seed in 0..30 {
        let mut random = Random::new(seed);
        let limits = kinds.map(|_| [0, 1, 7, 60, 1_000, 59_999][random.below(6)]);
        let limit = |kind| limits[kinds.iter().position(|it| *it == kind).unwrap()];
        let (store, mut model) = (MemoryLimits::new(), Model::default());
        let mut counts = [0; 2];
        for step in 0..300 {
            match random.below(4) {
                0 => {
                    let milliseconds = [0, 1, 17, 999, 1_000, 3_571][random.below(6)];
                    advance(Duration::from_millis(milliseconds)).await;
                    model.pass(milliseconds, limit);
                }
                turn => {
                    let principal = random.below(3);
                    let first = random.below(3);
                    let charges: Vec<LimitCharge> = kinds[first..]
                        .iter()
                        .map(|kind| {
                            let most = usize::try_from(limit(*kind)).unwrap() / 3 + 2;
                            let amount = i64::try_from(random.below(most)).unwrap();
                            let sign = if turn == 1 && random.one_in(2) { -1 } else { 1 };
                            LimitCharge::new(*kind, limit(*kind), sign * amount)
                        })
                        .collect();
                    let name = principal.to_string();
                    if turn == 1 {
                        store.correct(&name, &charges);
                        charges.iter().for_each(|charge| model.add(principal, charge));
                        continue;
                    }
                    let levels = store.take(&name, &charges).await.unwrap();
                    let fits = charges.iter().all(|charge| model.fits(principal, charge));
                    let context = format!("seed {seed}, step {step}: {charges:?}, {levels:?}");
                    assert_eq!(levels.iter().all(|level| level.wait.is_zero()), fits, "{context}");
                    counts[usize::from(fits)] += 1;
                    if fits {
                        charges.iter().for_each(|charge| model.add(principal, charge));
                    }
                    for (charge, level) in charges.iter().zip(&levels) {
                        let used = model.level(principal, charge);
                        let size = charge.limit * 60_000;
                        assert_eq!(level.remaining, size.saturating_sub(used) / 60_000, "{context}");
                        if charge.limit > 0 {
                            let reset = Duration::from_millis(used.div_ceil(charge.limit));
                            assert_eq!(level.reset, reset, "{context}");
                        }
                    }
                }
            }
        }
        assert!(limits.contains(&0) || counts[0].min(counts[1]) > 0, "seed {seed}: {counts:?}");
    }
}
