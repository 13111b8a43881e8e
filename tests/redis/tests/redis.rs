//! Limits that processes share, on a Redis server that each test starts for itself.
//!
//! Where there is no `redis-server`, the tests are skipped with a message, unless `MESSAGES_API_DATABASES` says
//! that they must run.

#[path = "../../support/random.rs"]
mod random;
mod server;

use std::error::Error;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use futures::future::join_all;
use messages_api::policy::{
    LimitCharge, LimitKind, LimitLevel, LimitStore, Limited, Limits, MemoryLimits, RedisLimits, StoreFailure,
};
use messages_api::{ContentBlock, CreateMessageRequest, Handler, Message, RequestContext, Usage, handler_fn};
use tower_layer::Layer;

use random::Random;
use server::Server;

type Result<T = (), E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

const PATIENCE: Duration = Duration::from_secs(60);

fn store(server: &Server) -> RedisLimits {
    let (store, worker) = RedisLimits::builder(server.url()).build().unwrap();
    tokio::spawn(worker.run());
    store
}

/// Runs two processes and returns how many requests were served, and the most that may have been.
fn two_processes(server: &Server, requests: u64, output: u64, used: u64) -> (u64, impl Fn(u64) -> u64) {
    let mut callers: Vec<_> = (0..2)
        .map(|_| {
            Command::new(env!("CARGO_BIN_EXE_caller"))
                .arg(server.url())
                .args([requests, output, used].map(|number| number.to_string()))
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let start = Instant::now();
    for caller in &mut callers {
        caller.stdin.take().unwrap().write_all(b"start\n").unwrap();
    }
    let mut served = 0;
    for caller in callers {
        let output = caller.wait_with_output().unwrap();
        assert!(output.status.success());
        served += String::from_utf8(output.stdout).unwrap().trim().parse::<u64>().unwrap();
    }
    // What comes back while they run.
    (served, move |limit| limit * u64::try_from(start.elapsed().as_millis()).unwrap() / 60_000)
}

#[test]
fn two_processes_share_one_limit_of_requests() {
    let Some(server) = Server::start() else { return };
    let (served, back) = two_processes(&server, 500, 1_000_000_000, 100);
    let most = 500 + back(500);
    println!("served {served} of 500 to {most}");
    assert!((500..=most).contains(&served));
}

#[tokio::test]
async fn two_processes_share_one_limit_of_tokens() -> Result {
    let Some(server) = Server::start() else { return Ok(()) };
    const LIMIT: u64 = 20_000;
    // Half of what is expected is given back, sooner or later.
    let (served, back) = two_processes(&server, 1_000_000_000, LIMIT, 50);
    let most = (LIMIT + back(LIMIT)) / 50;
    println!("served {served} of {} to {most}", LIMIT / 100);
    assert!((LIMIT / 100..=most).contains(&served));

    // Both have sent all of their corrections before they ended.
    let nothing = [LimitCharge::new(LimitKind::OutputTokens, LIMIT, 0)];
    let used = LIMIT - store(&server).take("anonymous", &nothing).await?[0].remaining;
    assert!((served * 50 - back(LIMIT).min(served * 50)..=served * 50).contains(&used), "{used}");
    Ok(())
}

/// The script decides as the store in memory does. Limits are so small that not even one comes back within the
/// test, so the two may only differ in the time that the test has taken.
#[tokio::test]
async fn the_script_does_what_the_store_in_memory_does() -> Result {
    let Some(server) = Server::start() else { return Ok(()) };
    let start = Instant::now();
    let redis = store(&server);
    let kinds = [LimitKind::Requests, LimitKind::InputTokens, LimitKind::OutputTokens];
    for seed in 0..20 {
        let mut random = Random::new(seed);
        let limits = kinds.map(|_| [0, 1, 2, 3][random.below(4)]);
        let memory = MemoryLimits::new();
        let mut results = [0; 2];
        for step in 0..40 {
            let first = random.below(3);
            let is_correction = random.one_in(3);
            let charges: Vec<LimitCharge> = (first..3)
                .map(|at| {
                    let sign = if is_correction && random.one_in(2) { -1 } else { 1 };
                    LimitCharge::new(kinds[at], limits[at], sign * random.below(4) as i64)
                })
                .collect();
            let principal = format!("{seed}:{}", random.below(2));
            if is_correction {
                memory.correct(&principal, &charges);
                redis.correct(&principal, &charges);
                // The corrections of a store are sent in order; this one is sent when all of them were.
                settled(&redis).await;
                continue;
            }
            let expected = memory.take(&principal, &charges).await?;
            let found = redis.take(&principal, &charges).await?;
            let context = format!("seed {seed}, step {step}: {charges:?}: {expected:?}, {found:?}");
            assert!(start.elapsed() < Duration::from_secs(20), "too slow to compare: {context}");
            for (expected, found) in expected.iter().zip(&found) {
                let passed = start.elapsed() + Duration::from_millis(1);
                let is_near = |one: Duration, other: Duration| one.abs_diff(other) <= passed;
                assert_eq!(found.remaining, expected.remaining, "{context}");
                assert!(is_near(expected.reset, found.reset), "{context}");
                assert!(is_near(expected.wait, found.wait), "{context}");
                assert_eq!(found.wait.is_zero(), expected.wait.is_zero(), "{context}");
            }
            results[usize::from(found.iter().all(|level| level.wait.is_zero()))] += 1;
        }
        assert!(limits.contains(&0) || results[0].min(results[1]) > 0, "seed {seed}: {results:?}");
    }
    Ok(())
}

/// Waits until everything has been sent that was to be corrected before.
async fn settled(redis: &RedisLimits) {
    static MARKS: std::sync::atomic::AtomicI64 = std::sync::atomic::AtomicI64::new(0);
    let mark = MARKS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let principal = format!("mark {mark}");
    redis.correct(&principal, &[LimitCharge::new(LimitKind::Batches, 1, 1)]);
    let has_arrived = async || -> Result<bool> {
        Ok(redis.take(&principal, &[LimitCharge::new(LimitKind::Batches, 1, 0)]).await?[0].remaining == 0)
    };
    until(has_arrived).await;
}

/// Tries until it succeeds.
async fn until(attempt: impl AsyncFn() -> Result<bool>) {
    let start = Instant::now();
    while !attempt().await.is_ok_and(|is_done| is_done) {
        assert!(start.elapsed() < PATIENCE, "it never came about");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn what_was_used_comes_back_and_the_key_expires() -> Result {
    let Some(server) = Server::start() else { return Ok(()) };
    let redis = store(&server);
    let all = [LimitCharge::new(LimitKind::OutputTokens, 60_000, 1_500)];
    let start = Instant::now();
    let level = redis.take("alice", &all).await?[0];
    assert_eq!((level.remaining, level.reset), (58_500, Duration::from_millis(1_500)));
    until(async || Ok(server.cli(&["dbsize"]) == "0")).await;
    assert!(start.elapsed() >= Duration::from_millis(1_499));
    assert_eq!(redis.take("alice", &all).await?[0], level);
    Ok(())
}

/// A handler behind `redis`, and the statuses of 64 requests to it at once; 200 for those that were served
/// without a look at the limits, 201 for those within them.
async fn statuses(redis: &RedisLimits, on_failure: StoreFailure) -> Vec<u16> {
    let handler = handler_fn(|request, _context| async move {
        let content = vec![ContentBlock::text("Hello!")];
        Ok(Message::new("msg_01", request.model, content, Usage::new(1, 1)).into())
    });
    let limits = Limits::new().requests(1_000_000);
    let limited = Limited::layer(limits).store(redis.clone(), on_failure).layer(handler);
    let request = CreateMessageRequest::new("claude-sonnet-5", 10).user("Hi!");
    let requests = (0..64).map(|_| limited.create_message(request.clone(), RequestContext::default()));
    let results = tokio::time::timeout(PATIENCE, join_all(requests)).await.expect("a request that ends");
    let status = |result: std::result::Result<messages_api::Reply, messages_api::ApiError>| match result {
        Ok(reply) => 200 + u16::from(!reply.headers().is_empty()),
        Err(error) => error.status().as_u16(),
    };
    results.into_iter().map(status).collect()
}

#[tokio::test]
async fn a_server_that_stalls_or_dies_holds_nobody_up() -> Result {
    let Some(mut server) = Server::start() else { return Ok(()) };
    let redis = store(&server);
    assert_eq!(statuses(&redis, StoreFailure::Reject).await, [201; 64]);

    server.signal("STOP");
    assert_eq!(statuses(&redis, StoreFailure::Serve).await, [200; 64]);
    assert_eq!(statuses(&redis, StoreFailure::Reject).await, [529; 64]);
    // Corrections wait, up to a bound; the last one is beyond it.
    let correction = |amount| [LimitCharge::new(LimitKind::Batches, 1_000, amount)];
    redis.correct("first", &correction(500));
    for _ in 0..20_000 {
        redis.correct("second", &correction(0));
    }
    redis.correct("last", &correction(500));
    server.signal("CONT");
    until(async || Ok(statuses(&redis, StoreFailure::Reject).await == [201; 64])).await;
    settled(&redis).await;
    let left =
        async |principal: &str| -> Result<LimitLevel> { Ok(redis.take(principal, &correction(0)).await?[0]) };
    assert!(left("first").await?.remaining < 1_000); // it takes half a minute to come back
    assert_eq!(left("last").await?.remaining, 1_000);

    server.kill();
    assert_eq!(statuses(&redis, StoreFailure::Serve).await, [200; 64]);
    assert_eq!(statuses(&redis, StoreFailure::Reject).await, [529; 64]);
    server.restart();
    until(async || Ok(statuses(&redis, StoreFailure::Reject).await == [201; 64])).await;

    // A script that the server has forgotten is sent again.
    server.cli(&["script", "flush"]);
    assert_eq!(statuses(&redis, StoreFailure::Reject).await, [201; 64]);

    // A connection that the server has closed is replaced before anybody needs it, or with the request.
    server.cli(&["client", "kill", "type", "normal"]);
    until(async || Ok(statuses(&redis, StoreFailure::Reject).await == [201; 64])).await;
    Ok(())
}

/// The server becomes a replica of another one, which takes its address over: a new connection reaches that.
#[tokio::test]
async fn a_server_that_has_become_a_replica_is_left_for_the_new_primary() -> Result {
    let Some(old) = Server::start() else { return Ok(()) };
    let redis = store(&old);
    assert_eq!(statuses(&redis, StoreFailure::Reject).await, [201; 64]);
    old.cli(&["replicaof", "127.0.0.1", "1"]);
    let correction = |amount| [LimitCharge::new(LimitKind::Batches, 1_000, amount)];
    assert_eq!(statuses(&redis, StoreFailure::Reject).await, [529; 64]);
    redis.correct("alice", &correction(500));
    let Some(new) = Server::start() else { return Ok(()) };
    new.take_the_place_of(&old);
    until(async || Ok(statuses(&redis, StoreFailure::Reject).await == [201; 64])).await;
    // What the replica has rejected is not lost.
    settled(&redis).await;
    assert!(redis.take("alice", &correction(0)).await?[0].remaining < 1_000);
    Ok(())
}

#[tokio::test]
async fn what_may_have_been_applied_is_not_sent_again() -> Result {
    let Some(server) = Server::start() else { return Ok(()) };
    let (redis, worker) = RedisLimits::builder(server.proxy_that_drops("correct")).build()?;
    tokio::spawn(worker.run());
    assert_eq!(statuses(&redis, StoreFailure::Reject).await, [201; 64]);
    let correction = |amount| [LimitCharge::new(LimitKind::Batches, 1_000, amount)];
    redis.correct("alice", &correction(400));
    let left =
        async || -> Result<u64> { Ok(store(&server).take("alice", &correction(0)).await?[0].remaining) };
    until(async || Ok(left().await? < 1_000)).await;
    settled(&redis).await;
    assert!(left().await? >= 600);
    Ok(())
}

/// It would reject the last corrections for ever.
#[tokio::test]
async fn a_replica_does_not_keep_the_worker_from_its_end() {
    let Some(server) = Server::start() else { return };
    let (redis, worker) = RedisLimits::builder(server.url()).build().unwrap();
    let worker = tokio::spawn(worker.run());
    assert_eq!(statuses(&redis, StoreFailure::Reject).await, [201; 64]);
    server.cli(&["replicaof", "127.0.0.1", "1"]);
    redis.correct("alice", &[LimitCharge::new(LimitKind::Batches, 1_000, 500)]);
    drop(redis);
    tokio::time::timeout(PATIENCE, worker).await.expect("a worker that ends").unwrap();
}

#[tokio::test]
async fn a_clock_that_goes_back_holds_nobody_up() -> Result {
    let Some(server) = Server::start() else { return Ok(()) };
    let redis = store(&server);
    let charge = [LimitCharge::new(LimitKind::Requests, 60, 1)];
    // All of the limit is used up, by a clock that is an hour ahead.
    let hour = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_millis() + 3_600_000;
    let (level, at) = ((60 * 60_000).to_string(), hour.to_string());
    server.cli(&["hset", "messages-api:limits:alice", "requests", &level, "requests_at", &at]);
    until(async || Ok(redis.take("alice", &charge).await?[0].wait.is_zero())).await;
    Ok(())
}

#[tokio::test]
async fn without_a_worker_or_a_server_every_request_fails() {
    let (redis, worker) = RedisLimits::builder("redis://127.0.0.1:1/").build().unwrap();
    drop(worker);
    assert_eq!(statuses(&redis, StoreFailure::Reject).await, [529; 64]);

    let (redis, worker) = RedisLimits::builder("redis://127.0.0.1:1/").build().unwrap();
    let worker = tokio::spawn(worker.run());
    assert_eq!(statuses(&redis, StoreFailure::Reject).await, [529; 64]);
    drop(redis);
    tokio::time::timeout(PATIENCE, worker).await.expect("a worker that ends").unwrap();

    let error = RedisLimits::builder("redis://user:secret@host:no-port").build().unwrap_err();
    let texts = format!("{error} {error:?} {:?}", std::error::Error::source(&error).unwrap().to_string());
    assert!(!texts.contains("secret"), "{texts}");
}
