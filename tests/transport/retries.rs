//! Which calls are retried, after which delays, and how often.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use messages_api::client::{CallInfo, RequestBody, RetryBudget, RetryPolicy};
use messages_api::{Client, CreateMessageRequest, Credential, ErrorKind, Handler, RequestContext};
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, timeout};

use crate::script::*;

#[tokio::test(start_paused = true)]
async fn a_retry_sends_the_same_bytes_after_a_growing_delay() {
    for _ in 0..20 {
        let script = Script::new([status(529), status(503), ok(MESSAGE)]);
        let response = script.client().create_message(&request()).response().await.unwrap();
        assert_eq!(response.extensions().get::<CallInfo>().unwrap().attempt(), 3);
        let seen = script.seen();
        assert_eq!(seen.len(), 3);
        for (n, attempt) in seen.iter().enumerate() {
            assert_eq!(attempt.body, seen[0].body);
            assert_eq!(attempt.headers["x-stainless-retry-count"], n.to_string());
            assert_eq!(attempt.headers["x-api-key"], "sk-script");
            assert_eq!(attempt.info.attempt() as usize, n + 1);
        }
        let delays = script.delays();
        assert!((375..=501).contains(&delays[0]) && (750..=1001).contains(&delays[1]), "{delays:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_delay_is_capped() {
    let script = Script::new([status(500)]);
    let error = script.patient(7).create_message(&request()).await.unwrap_err();
    assert_eq!((script.count(), error.attempts()), (8, 8));
    for (delay, full) in script.delays().into_iter().zip([500, 1000, 2000, 4000, 8000, 8000, 8000]) {
        assert!((full * 3 / 4..=full + 1).contains(&delay), "{delay} {full}");
    }
    let script = Script::new([status(500)]);
    let policy = RetryPolicy::new(70).max_delay(Duration::from_millis(600)).budget(RetryBudget::new(1000));
    script.client().with_retry(policy).create_message(&request()).await.unwrap_err();
    assert_eq!(script.count(), 71);
    assert!(script.delays().into_iter().all(|delay| delay <= 601));
}

#[tokio::test(start_paused = true)]
async fn the_last_error_is_returned_with_the_number_of_attempts() {
    let script = Script::new([status(500), status(502), status(529)]);
    let error = script.client().create_message(&request()).await.unwrap_err();
    assert_eq!((script.count(), error.attempts(), error.status().unwrap().as_u16()), (3, 3, 529));

    let error = script.client().with_retry(RetryPolicy::none()).create_message(&request()).await.unwrap_err();
    assert_eq!((script.count(), error.attempts()), (4, 1));
}

/// A body that notes when it is dropped.
struct Noted(Arc<AtomicUsize>);

impl http_body::Body for Noted {
    type Data = bytes::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<bytes::Bytes>, Self::Error>>> {
        Poll::Ready(None)
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test(start_paused = true)]
async fn the_response_of_a_failed_attempt_is_released_before_the_next() {
    let (sent, released) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let service = {
        let (sent, released) = (sent.clone(), released.clone());
        tower::service_fn(move |_: http::Request<RequestBody>| {
            assert_eq!(sent.fetch_add(1, Ordering::Relaxed), released.load(Ordering::Relaxed));
            let response = http::Response::builder().status(529).body(Noted(released.clone()));
            async move { Ok::<_, io::Error>(response.unwrap()) }
        })
    };
    let client = Client::builder().transport(service).build().unwrap();
    client.create_message(&request()).await.unwrap_err();
    assert_eq!((sent.load(Ordering::Relaxed), released.load(Ordering::Relaxed)), (3, 3));
}

#[tokio::test(start_paused = true)]
async fn a_long_message_has_to_be_streamed_unless_its_time_is_limited_or_it_is_forwarded() {
    let long = CreateMessageRequest::new("claude-sonnet-5", 21_334).user("Hi");
    let script = Script::new([ok(MESSAGE)]);
    let client = script.client();
    let error = client.create_message(&long).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts(), script.count()), (ErrorKind::Config, 0, 0));
    assert!(error.to_string().contains("use stream_message"), "{error}");
    client.stream_message(&long).await.unwrap();
    client.clone().with_total_timeout(Duration::from_secs(3600)).create_message(&long).await.unwrap();
    client.forward(&long, &RequestContext::default()).await.unwrap();
    Handler::create_message(&client, long, RequestContext::default()).await.unwrap();
    assert_eq!(script.count(), 4);
}

#[tokio::test(start_paused = true)]
async fn the_status_decides_unless_the_server_does() {
    for (code, header, attempts) in [
        (400, None, 1),
        (401, None, 1),
        (403, None, 1),
        (404, None, 1),
        (408, None, 3),
        (409, None, 3),
        (413, None, 1),
        (422, None, 1),
        (429, None, 3),
        (500, None, 3),
        (501, None, 3),
        (529, None, 3),
        (400, Some("true"), 3),
        (529, Some("false"), 1),
        (529, Some("perhaps"), 3),
    ] {
        let act = status(code);
        let script = Script::new([match header {
            Some(value) => act.header("x-should-retry", value),
            None => act,
        }]);
        let error = script.client().create_message(&request()).await.unwrap_err();
        assert_eq!(script.count(), attempts, "{code} {header:?}");
        assert_eq!(error.status().unwrap().as_u16(), code);
    }
}

#[tokio::test(start_paused = true)]
async fn the_server_sets_the_delay_up_to_a_minute() {
    const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    for (headers, delay) in [
        (&[("retry-after", "7")][..], 7000),
        (&[("retry-after", "1.5")], 1500),
        (&[("retry-after", "60")], 60_000),
        (&[("retry-after-ms", "250"), ("retry-after", "7")], 250),
        (&[("retry-after-ms", "0.5")], 1),
        (&[("retry-after", "Sun, 06 Nov 1994 08:49:47 GMT"), ("date", DATE)], 10_000),
        // Nothing to wait for, so that the usual delay applies.
        (&[("retry-after", "0")], 0),
        (&[("retry-after", "-5")], 0),
        (&[("retry-after", "soon")], 0),
        (&[("retry-after", "NaN")], 0),
        (&[("retry-after", DATE), ("date", DATE)], 0),
    ] {
        let act = headers.iter().fold(status(429), |act, (name, value)| act.header(name, *value));
        let script = Script::new([act, ok(MESSAGE)]);
        script.client().create_message(&request()).await.unwrap();
        let taken = script.delays()[0];
        let range = if delay == 0 { 375..=501 } else { delay..=delay + 1 };
        assert!(range.contains(&taken), "{headers:?}: {taken}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_longer_delay_is_an_error_that_says_how_long() {
    for (name, value, seconds) in
        [("retry-after", "61", 61), ("retry-after", "1e9", 1_000_000_000), ("retry-after-ms", "60001", 60)]
    {
        let script = Script::new([status(529).header(name, value)]);
        let start = Instant::now();
        let error = script.client().create_message(&request()).await.unwrap_err();
        assert_eq!((script.count(), start.elapsed()), (1, Duration::ZERO));
        assert!(error.to_string().ends_with(&format!("asks to wait {seconds} s")), "{error}");
        assert!(error.is_retryable() && error.retry_after().unwrap() > Duration::from_secs(60));
    }
}

#[tokio::test(start_paused = true)]
async fn faults_of_the_connection_are_retried() {
    use io::ErrorKind as Io;
    for (fault, kind) in [
        (Io::ConnectionRefused, ErrorKind::Connect),
        (Io::TimedOut, ErrorKind::Timeout),
        (Io::ConnectionReset, ErrorKind::Transport),
        (Io::BrokenPipe, ErrorKind::Transport),
        (Io::UnexpectedEof, ErrorKind::Transport),
    ] {
        let script = Script::new([broken(fault)]);
        let error = script.client().create_message(&request()).await.unwrap_err();
        assert_eq!((script.count(), error.kind()), (3, kind), "{error}");
        let script = Script::new([broken(fault), ok(MESSAGE)]);
        assert_eq!(script.client().create_message(&request()).await.unwrap().text(), "Hello");
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_server_is_given_up_after_ten_minutes_and_asked_again() {
    let silent = tower::service_fn(async |_: http::Request<RequestBody>| {
        std::future::pending::<()>().await;
        Ok::<_, io::Error>(http::Response::new(String::new()))
    });
    let client = Client::builder().transport(silent).build().unwrap();
    let hasty = client.clone().with_response_timeout(Duration::from_secs(5));
    for (client, retries, seconds) in [(&client, 0, 600), (&client, 1, 1200), (&hasty, 0, 5)] {
        let start = Instant::now();
        let client = client.clone().with_retry(RetryPolicy::new(retries));
        let error = client.create_message(&request()).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.attempts(), start.elapsed().as_secs()),
            (ErrorKind::Timeout, retries + 1, seconds)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_whole_message_is_not_requested_again_once_its_head_has_arrived() {
    for body in ["", "{", MESSAGE.split_at(90).0] {
        let script = Script::new([ok(body).then_broken(), ok(MESSAGE)]);
        script.client().create_message(&request()).await.unwrap_err();
        assert_eq!(script.count(), 1, "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_retried_until_its_first_event_and_not_after_it() {
    let pings = PING.repeat(3);
    for first in [
        ok(FAILURE),
        ok(&(pings.clone() + FAILURE)),
        ok(&pings),
        ok(""),
        ok(": comment\n\n"),
        ok("event: mess").then_broken(),
        ok("").then_broken(),
        status(529),
        broken(io::ErrorKind::ConnectionReset),
    ] {
        let script = Script::new([first, ok(&(pings.clone() + START + STOP))]);
        let mut stream = script.client().stream_message(&request()).await.unwrap();
        assert_eq!(script.count(), 2);
        assert_eq!(stream.next().await.unwrap().unwrap().type_name(), "message_start");
        assert_eq!(stream.next().await.unwrap().unwrap().type_name(), "message_stop");
        assert_eq!(stream.attempts(), 2);
    }
    let script = Script::new([status(529), ok(&(START.to_owned() + FAILURE))]);
    let stream = script.client().stream_message(&request()).await.unwrap();
    let error = stream.final_message().await.unwrap_err();
    assert_eq!((script.count(), error.attempts()), (2, 2));
    let script = Script::new([status(529), ok(MESSAGE)]);
    assert_eq!(script.client().stream_message(&request()).await.unwrap().attempts(), 2);
    for later in [ok(&(START.to_owned() + FAILURE)), ok(START), ok(START).then_broken()] {
        let script = Script::new([later, ok(&(START.to_owned() + STOP))]);
        let mut stream = script.client().stream_message(&request()).await.unwrap();
        assert!(stream.next().await.unwrap().is_ok());
        let error = stream.next().await.unwrap().unwrap_err();
        assert_eq!(script.count(), 1);
        assert!(error.is_retryable(), "no content has come: {error}");
        assert_eq!((stream.attempts(), error.attempts()), (1, 1));
    }
    let script = Script::new([ok(FAILURE)]);
    let error = script.client().stream_message(&request()).await.unwrap_err();
    assert_eq!((script.count(), error.attempts(), error.kind()), (3, 3, ErrorKind::Api));
}

#[tokio::test(start_paused = true)]
async fn retries_fit_into_the_total_timeout() {
    let script = Script::new([status(429).header("retry-after", "20")]);
    let start = Instant::now();
    let client = script.client().with_total_timeout(Duration::from_secs(30));
    let error = client.create_message(&request()).await.unwrap_err();
    assert_eq!((script.count(), start.elapsed().as_secs(), error.status().unwrap().as_u16()), (2, 20, 429));
    assert!(error.to_string().contains("total_timeout"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn dropping_a_call_ends_its_retries() {
    let script = Script::new([status(529).header("retry-after", "10")]);
    let (client, request) = (script.client(), request());
    timeout(Duration::from_secs(5), client.create_message(&request)).await.unwrap_err();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(script.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_failing_server_is_not_stormed() {
    let script = Script::new([status(529)]);
    for _ in 0..100 {
        script.client().create_message(&request()).await.unwrap_err();
    }
    assert_eq!(script.count(), 300, "100 clients with one call each");
    println!("100 clients with one call each: {} requests", script.count());

    let script = Script::new([status(529)]);
    let (client, mut calls, mut clock) =
        (script.client(), JoinSet::new(), interval(Duration::from_millis(20)));
    for _ in 0..50 * 60 {
        clock.tick().await;
        let client = client.clone();
        calls.spawn(async move { client.create_message(&request()).await.unwrap_err().to_string() });
    }
    let errors = calls.join_all().await;
    let retries = script.count() - errors.len();
    println!("50 calls a second for 60 s: {} first attempts, {retries} retries", errors.len());
    assert!(retries <= errors.len() / 10 + 106, "{retries} retries of {} calls", errors.len());
    assert!(retries >= errors.len() / 10, "{retries}");
    assert!(errors.iter().any(|error| error.ends_with("the budget for retries is used up")));
}

#[tokio::test(start_paused = true)]
async fn clones_share_the_budget_and_a_wait_that_the_server_sets_is_free() {
    let budget = RetryBudget::new(3);
    let policy = || RetryPolicy::new(2).budget(budget.clone());
    let script = Script::new([status(529)]);
    let clients = [script.client().with_retry(policy()), script.builder().retry(policy()).build().unwrap()];
    for client in &clients {
        client.clone().create_message(&request()).await.unwrap_err();
    }
    assert_eq!(script.count(), 2 + 3);

    let script = Script::new([status(429).header("retry-after", "1")]);
    script.client().with_retry(policy()).create_message(&request()).await.unwrap_err();
    assert_eq!(script.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn what_is_forwarded_is_sent_again_only_if_the_connection_was_dead() {
    let reset = || broken(io::ErrorKind::ConnectionReset);
    for (acts, attempts, is_ok) in [
        (vec![reset(), ok(MESSAGE)], 2, true),
        (vec![reset()], 2, false),
        (vec![status(529)], 1, false),
        (vec![status(429).header("retry-after", "1")], 1, false),
        (vec![broken(io::ErrorKind::ConnectionRefused)], 1, false),
        (vec![broken(io::ErrorKind::TimedOut)], 1, false),
        (vec![ok("").then_broken()], 1, false),
        (vec![ok(FAILURE)], 1, false),
    ] {
        for is_streamed in [false, true] {
            let request = request().stream(is_streamed);
            let script = Script::new(acts.clone());
            let reply = script.patient(9).forward(&request, &RequestContext::default()).await;
            assert_eq!((script.count(), reply.is_ok()), (attempts, is_ok));
            if let Err(error) = reply {
                assert_eq!(error.attempts() as usize, attempts, "{error}");
            }
            let script = Script::new(acts.clone());
            let reply = Handler::create_message(&script.patient(9), request, RequestContext::default()).await;
            assert_eq!((script.count(), reply.is_ok()), (attempts, is_ok));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_total_timeout_holds_for_the_body_of_an_error_as_well() {
    let script = Script::new([status(400).then_silent()]);
    let start = Instant::now();
    let client = script.client().with_total_timeout(Duration::from_secs(5));
    let error = client.create_message(&request()).await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), start.elapsed().as_secs()), (400, 5));
}

#[tokio::test(start_paused = true)]
async fn an_error_before_the_first_event_has_the_headers_of_the_response() {
    let script = Script::new([ok("").header("request-id", "req_7").then_silent()]);
    let client = script.patient(0).with_first_event_timeout(Duration::from_secs(5));
    let error = client.stream_message(&request()).await.unwrap_err();
    assert_eq!((error.kind(), error.request_id()), (ErrorKind::Timeout, Some("req_7")));
}

/// The message of an error is cut at a length, which must not hide half of a secret from the search.
#[tokio::test(start_paused = true)]
async fn a_secret_is_redacted_wherever_a_message_is_cut() {
    let secret = "sk-0123456789-abcdefghij-0123456789-abcdefghij";
    for at in (900..1_100).chain(4_000..4_200) {
        let padding = "x".repeat(at);
        for body in
            [format!("{padding}{secret}"), format!(r#"{{"detail":[{{"a":"{padding}","b":"{secret}"}}]}}"#)]
        {
            let script = Script::new([status(400).body(&body)]);
            let client = script.client().with_credential(Credential::api_key(secret)).unwrap();
            let error = client.create_message(&request()).await.unwrap_err();
            let shown = format!("{error} {error:?} {:?}", error.body());
            assert!(!shown.contains(&secret[..12]), "{at}: {shown}");
        }
    }
}
