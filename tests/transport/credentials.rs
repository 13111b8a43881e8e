//! Credential providers: how often they are asked, and what becomes of their errors.

use std::error::Error as _;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use messages_api::client::{
    CredentialError, CredentialProvider, ProvidedCredential, RetryBudget, RetryPolicy,
};
use messages_api::{Client, Credential, ErrorKind, RequestContext};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::script::*;

const SECOND: Duration = Duration::from_secs(1);

type Failing = fn() -> CredentialError;

/// Returns the tokens `token-number-1`, `token-number-2` and so on.
#[derive(Clone, Default)]
struct Tokens {
    started: Arc<AtomicUsize>,
    finished: Arc<AtomicUsize>,
    takes: Duration,
    expires_in: Option<Duration>,
    /// Whether every token is the same.
    is_stuck: bool,
    fails: Arc<Mutex<Option<Failing>>>,
}

impl Tokens {
    fn started(&self) -> usize {
        self.started.load(Ordering::Relaxed)
    }

    fn fail(&self, error: Option<Failing>) {
        *self.fails.lock().unwrap() = error;
    }

    fn client(&self, script: &Script) -> Client {
        script.builder().credential_provider(self.clone()).build().unwrap()
    }
}

impl CredentialProvider for Tokens {
    async fn credential(&self) -> Result<ProvidedCredential, CredentialError> {
        let number = self.started.fetch_add(1, Ordering::Relaxed) + 1;
        if !self.takes.is_zero() {
            sleep(self.takes).await;
        }
        self.finished.fetch_add(1, Ordering::Relaxed);
        let fails = *self.fails.lock().unwrap();
        if let Some(error) = fails {
            return Err(error());
        }
        let number = if self.is_stuck { 1 } else { number };
        let provided = ProvidedCredential::new(Credential::bearer(format!("token-number-{number}")));
        Ok(match self.expires_in {
            Some(time) => provided.expires_in(time),
            None => provided,
        })
    }
}

fn tokens_of(script: &Script) -> Vec<String> {
    let text = |seen: &Seen| seen.headers["authorization"].to_str().unwrap().to_owned();
    script.seen().iter().map(text).map(|text| text.replace("Bearer token-number-", "")).collect()
}

#[tokio::test(start_paused = true)]
async fn a_credential_is_fetched_once_for_all_calls_and_clones() {
    let (script, tokens) = (Script::new([ok(MESSAGE)]), Tokens { takes: SECOND, ..Tokens::default() });
    let (client, mut calls) = (tokens.client(&script), JoinSet::new());
    assert_eq!(tokens.started(), 0, "nothing is fetched before the first call");
    for _ in 0..100 {
        let client = client.clone().with_header("x-n", "1").unwrap();
        calls.spawn(async move { client.create_message(&request()).await.unwrap() });
    }
    calls.join_all().await;
    client.create_message(&request()).await.unwrap();
    assert_eq!((tokens.started(), script.count()), (1, 101));
    assert!(tokens_of(&script).iter().all(|token| token == "1"));
    assert!(script.seen().iter().all(|seen| !seen.headers.contains_key("x-api-key")));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_leaves_its_fetch_to_the_others() {
    let (script, tokens) = (Script::new([ok(MESSAGE)]), Tokens { takes: 10 * SECOND, ..Tokens::default() });
    let client = tokens.client(&script);
    let (start, request) = (Instant::now(), request());
    let impatient = timeout(4 * SECOND, client.create_message(&request));
    let (dropped, called) = tokio::join!(impatient, client.create_message(&request));
    assert!(dropped.is_err() && called.is_ok());
    assert_eq!((tokens.started(), start.elapsed()), (1, 10 * SECOND));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_no_longer_polled_holds_no_other_one_up() {
    let (script, tokens) = (Script::new([ok(MESSAGE)]), Tokens { takes: 10 * SECOND, ..Tokens::default() });
    let client = tokens.client(&script);
    let (start, request) = (Instant::now(), request());
    let mut stale = Box::pin(client.create_message(&request));
    timeout(SECOND, &mut stale).await.unwrap_err();
    let mut second = Box::pin(client.create_message(&request));
    timeout(SECOND, &mut second).await.unwrap_err();
    client.create_message(&request).await.unwrap();
    assert_eq!((tokens.started(), start.elapsed()), (1, 10 * SECOND));
    assert!(stale.await.is_ok() && second.await.is_ok());
    assert_eq!(tokens.started(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_fetch_ends_with_the_last_call_that_waits_for_it() {
    let (script, tokens) = (Script::new([ok(MESSAGE)]), Tokens { takes: 10 * SECOND, ..Tokens::default() });
    let client = tokens.client(&script);
    timeout(4 * SECOND, client.create_message(&request())).await.unwrap_err();
    sleep(60 * SECOND).await;
    assert_eq!((tokens.started(), tokens.finished.load(Ordering::Relaxed)), (1, 0));
    client.create_message(&request()).await.unwrap();
    assert_eq!((tokens.started(), tokens_of(&script)), (2, vec!["2".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn a_credential_is_replaced_before_it_expires() {
    for (life, replaced_after) in [(3600, 3540), (100, 90)] {
        let tokens = Tokens { expires_in: Some(life * SECOND), ..Tokens::default() };
        let (script, start) = (Script::new([ok(MESSAGE)]), Instant::now());
        let client = tokens.client(&script);
        while tokens.started() < 2 {
            client.create_message(&request()).await.unwrap();
            sleep(SECOND).await;
        }
        assert_eq!(start.elapsed().as_secs(), replaced_after + 1, "{life}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_old_credential_serves_until_its_end_if_there_is_no_new_one() {
    let tokens = Tokens { expires_in: Some(100 * SECOND), ..Tokens::default() };
    let script = Script::new([ok(MESSAGE)]);
    let client = tokens.client(&script);
    client.create_message(&request()).await.unwrap();
    tokens.fail(Some(|| "no route".into()));
    sleep(95 * SECOND).await;
    client.create_message(&request()).await.unwrap();
    assert_eq!((tokens.started(), tokens_of(&script)), (2, vec!["1".to_owned(); 2]));
    sleep(5 * SECOND).await;
    let error = client.create_message(&request()).await.unwrap_err();
    assert_eq!((error.kind(), script.count()), (ErrorKind::Credential, 2));
    tokens.fail(None);
    client.create_message(&request()).await.unwrap();
    assert_eq!(tokens_of(&script)[2], "4");
}

#[tokio::test(start_paused = true)]
async fn no_call_waits_for_a_credential_while_the_old_one_can_be_used() {
    let tokens = Tokens { expires_in: Some(100 * SECOND), ..Tokens::default() };
    let hanging = Tokens { takes: 1000 * SECOND, ..tokens.clone() };
    let script = Script::new([ok(MESSAGE)]);
    let client = script.builder().credential_provider(Second(tokens.clone(), hanging)).build().unwrap();
    client.create_message(&request()).await.unwrap();
    sleep(95 * SECOND).await;
    let start = Instant::now();
    for _ in 0..10 {
        client.create_message(&request()).await.unwrap();
    }
    assert_eq!((start.elapsed(), tokens.started()), (Duration::ZERO, 2));
    assert_eq!(tokens_of(&script), vec!["1"; 11]);
    // Once it has expired, the fetch is started afresh, since no call has driven it for a while.
    sleep(5 * SECOND).await;
    timeout(SECOND, client.create_message(&request())).await.unwrap_err();
    assert_eq!((script.count(), tokens.started()), (11, 3));
}

/// Asks one provider for the first credential, and another one afterwards.
struct Second(Tokens, Tokens);

impl CredentialProvider for Second {
    async fn credential(&self) -> Result<ProvidedCredential, CredentialError> {
        if self.0.started() == 0 { self.0.credential().await } else { self.1.credential().await }
    }
}

#[tokio::test(start_paused = true)]
async fn calls_drive_the_fetch_of_the_next_credential() {
    // Either one call that takes long, or several that are short.
    for (pause, expected) in [(5 * SECOND, vec!["1", "1", "2"]), (Duration::ZERO, vec!["1", "1", "1", "2"])] {
        let first = Tokens { expires_in: Some(100 * SECOND), ..Tokens::default() };
        let slow = Tokens { takes: 2 * SECOND, ..first.clone() };
        let script = Script::new([ok(MESSAGE)]);
        let sent = script.clone();
        let service = tower::service_fn(move |request: http::Request<messages_api::client::RequestBody>| {
            let response = tower::Service::call(&mut sent.clone(), request);
            async move {
                sleep(pause).await;
                response.await
            }
        });
        let provider = Second(first.clone(), slow);
        let client = Client::builder().transport(service).credential_provider(provider).build().unwrap();
        client.create_message(&request()).await.unwrap();
        sleep(91 * SECOND).await;
        for _ in 1..expected.len() {
            client.create_message(&request()).await.unwrap();
            sleep(SECOND).await;
        }
        assert_eq!((tokens_of(&script), first.started()), (expected.iter().map(|&n| n.into()).collect(), 2));
    }
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_fails_is_left_alone_for_a_second_while_the_old_credential_can_be_used() {
    let tokens = Tokens { expires_in: Some(100 * SECOND), ..Tokens::default() };
    let client = tokens.client(&Script::new([ok(MESSAGE)]));
    client.create_message(&request()).await.unwrap();
    tokens.fail(Some(|| "no route".into()));
    sleep(95 * SECOND).await;
    for asked in 2..5 {
        for _ in 0..10 {
            client.create_message(&request()).await.unwrap();
        }
        assert_eq!(tokens.started(), asked);
        sleep(SECOND).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_fetch_keeps_nothing_of_a_call_that_is_over() {
    struct Counted;

    impl Wake for Counted {
        fn wake(self: Arc<Self>) {}
    }

    let tokens = Tokens { takes: 1000 * SECOND, ..Tokens::default() };
    let (client, request) = (tokens.client(&Script::new([ok(MESSAGE)])), request());
    let mut other = Box::pin(client.create_message(&request));
    timeout(SECOND, &mut other).await.unwrap_err();
    let counted = Arc::new(Counted);
    for _ in 0..10 {
        let waker = Waker::from(counted.clone());
        let mut call = Box::pin(client.create_message(&request));
        assert!(call.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    assert_eq!((Arc::strong_count(&counted), tokens.started()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_rejected_credential_is_replaced_once() {
    // A 401 is not retried, even if the server says that it should not be: the request is another one.
    for unauthorized in [status(401), status(401).header("x-should-retry", "false")] {
        for is_forwarded in [false, true] {
            let (script, tokens) = (Script::new([unauthorized.clone(), ok(MESSAGE)]), Tokens::default());
            let client = tokens.client(&script).with_retry(RetryPolicy::none());
            let start = Instant::now();
            if is_forwarded {
                client.forward(&request(), &RequestContext::default()).await.unwrap();
            } else {
                client.create_message(&request()).await.unwrap();
            }
            assert_eq!(
                (tokens_of(&script), start.elapsed()),
                (vec!["1".to_owned(), "2".to_owned()], Duration::ZERO)
            );
            assert_eq!(script.seen()[1].info.attempt(), 2);
            assert_eq!(script.seen()[1].body, script.seen()[0].body);
            client.create_message(&request()).await.unwrap();
            assert_eq!(tokens_of(&script)[2], "2");
        }
    }
    let (script, tokens) = (Script::new([status(401)]), Tokens::default());
    let error = tokens.client(&script).create_message(&request()).await.unwrap_err();
    assert_eq!((script.count(), error.attempts(), error.status().unwrap().as_u16()), (2, 2, 401));
    let reply = tokens.client(&script).forward(&request(), &RequestContext::default()).await;
    assert_eq!((script.count(), reply.unwrap_err().attempts()), (4, 2));
    // A fixed credential stays rejected.
    script.client().create_message(&request()).await.unwrap_err();
    assert_eq!(script.count(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_header_in_place_of_the_credential_cannot_be_replaced() {
    let (script, tokens) = (Script::new([status(401)]), Tokens::default());
    let builder = script.builder().credential_provider(tokens.clone());
    let client = builder.header("authorization", "Basic mine").build().unwrap();
    client.create_message(&request()).await.unwrap_err();
    assert_eq!((script.count(), tokens.started()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_opened_with_another_credential() {
    let unauthorized = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"authentication_error\",\"message\":\"m\"}}\n\n";
    for first in [status(401), ok(unauthorized)] {
        let (script, tokens) = (Script::new([first, ok(&(START.to_owned() + STOP))]), Tokens::default());
        let client = tokens.client(&script).with_retry(RetryPolicy::none());
        let stream = client.stream_message(&request()).await.unwrap();
        assert_eq!((stream.attempts(), tokens_of(&script)), (2, vec!["1".to_owned(), "2".to_owned()]));
    }
}

#[tokio::test(start_paused = true)]
async fn another_credential_is_no_retry() {
    let acts = [status(529), status(401), status(529), ok(MESSAGE)];
    let (script, tokens) = (Script::new(acts), Tokens::default());
    let policy = RetryPolicy::new(2).budget(RetryBudget::new(2));
    let client = tokens.client(&script).with_retry(policy);
    client.create_message(&request()).await.unwrap();
    assert_eq!((script.count(), tokens.started()), (4, 2));
    let delays = script.delays();
    assert!(
        (375..=501).contains(&delays[0]) && delays[1] == 0 && (750..=1001).contains(&delays[2]),
        "{delays:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn calls_that_are_rejected_together_fetch_one_credential() {
    let (tokens, mut calls) = (Tokens { takes: SECOND, ..Tokens::default() }, JoinSet::new());
    let is_expired = Arc::new(AtomicBool::new(true));
    let service = {
        let is_expired = is_expired.clone();
        tower::service_fn(move |request: http::Request<messages_api::client::RequestBody>| {
            let is_first = request.headers()["authorization"] == "Bearer token-number-1";
            let is_rejected = is_expired.load(Ordering::Relaxed) && is_first;
            async move {
                sleep(SECOND).await;
                let mut response = http::Response::new(MESSAGE.to_owned());
                if is_rejected {
                    *response.status_mut() = http::StatusCode::UNAUTHORIZED;
                }
                Ok::<_, std::io::Error>(response)
            }
        })
    };
    let client = Client::builder().transport(service).credential_provider(tokens.clone()).build().unwrap();
    for _ in 0..20 {
        let client = client.clone();
        calls.spawn(async move { client.create_message(&request()).await.unwrap() });
    }
    calls.join_all().await;
    assert_eq!(tokens.started(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_same_credential_again_is_tried_once_more_only_if_it_was_fetched_afterwards() {
    let tokens = Tokens { is_stuck: true, ..Tokens::default() };
    let script = Script::new([status(401)]);
    let client = tokens.client(&script);
    client.create_message(&request()).await.unwrap_err();
    assert_eq!((script.count(), tokens.started()), (2, 2));
    client.create_message(&request()).await.unwrap_err();
    assert_eq!((script.count(), tokens.started()), (3, 3));
    // A credential that was accepted meanwhile is like any other.
    let script = Script::new([status(401), status(401), ok(MESSAGE), status(401)]);
    let tokens = Tokens { is_stuck: true, ..Tokens::default() };
    let client = tokens.client(&script);
    client.create_message(&request()).await.unwrap_err();
    client.create_message(&request()).await.unwrap();
    client.create_message(&request()).await.unwrap_err();
    assert_eq!((script.count(), tokens.started()), (5, 4));
}

#[tokio::test(start_paused = true)]
async fn a_credential_that_replaced_a_rejected_one_and_is_rejected_too_is_not_used_again() {
    let (script, tokens) = (Script::new([status(401), status(401), ok(MESSAGE)]), Tokens::default());
    let client = tokens.client(&script);
    client.create_message(&request()).await.unwrap_err();
    client.create_message(&request()).await.unwrap();
    assert_eq!(tokens_of(&script), ["1", "2", "3"]);
}

#[tokio::test(start_paused = true)]
async fn an_error_of_a_provider_is_final_unless_it_says_otherwise() {
    let (script, tokens) = (Script::new([ok(MESSAGE)]), Tokens { takes: SECOND, ..Tokens::default() });
    let client = tokens.client(&script);
    tokens.fail(Some(|| std::io::Error::other("disk").into()));
    let request = request();
    let (one, two) = tokio::join!(client.create_message(&request), client.create_message(&request));
    for error in [one.unwrap_err(), two.unwrap_err()] {
        assert_eq!((error.kind(), error.is_retryable(), error.attempts()), (ErrorKind::Credential, false, 0));
        assert!(error.source().unwrap().is::<std::io::Error>(), "{error:?}");
        assert_eq!(messages_api::ApiError::from(error).status().as_u16(), 500);
    }
    assert_eq!((tokens.started(), script.count()), (1, 0));

    tokens.fail(Some(|| CredentialError::transient("no route")));
    let error = client.create_message(&request).await.unwrap_err();
    assert_eq!((error.kind(), error.is_retryable(), error.attempts()), (ErrorKind::Credential, true, 0));
    let reply = client.forward(&request, &RequestContext::default()).await;
    assert_eq!(reply.unwrap_err().attempts(), 0);
    assert_eq!((tokens.started(), script.count()), (5, 0));
}

#[tokio::test(start_paused = true)]
async fn only_requests_that_were_sent_count_as_attempts() {
    struct FailsOnce(AtomicBool);

    impl CredentialProvider for FailsOnce {
        async fn credential(&self) -> Result<ProvidedCredential, CredentialError> {
            if self.0.swap(false, Ordering::Relaxed) {
                return Err(CredentialError::transient("no route"));
            }
            Ok(Credential::bearer("token-number-1").into())
        }
    }

    let script = Script::new([status(529)]);
    let client = script.builder().credential_provider(FailsOnce(AtomicBool::new(true))).build().unwrap();
    let error = client.create_message(&request()).await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.attempts(), script.count()), (529, 2, 2));
    let counts: Vec<_> =
        script.seen().iter().map(|seen| seen.headers["x-stainless-retry-count"].clone()).collect();
    assert_eq!(counts, ["0", "1"]);
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_hangs_meets_the_limits_of_the_call() {
    let (script, tokens) = (Script::new([ok(MESSAGE)]), Tokens { takes: 100 * SECOND, ..Tokens::default() });
    let client = tokens.client(&script).with_retry(RetryPolicy::none());
    for (client, seconds) in [
        (client.clone().with_total_timeout(30 * SECOND), 30),
        (client.with_response_timeout(20 * SECOND), 20),
    ] {
        let start = Instant::now();
        let error = client.create_message(&request()).await.unwrap_err();
        assert_eq!((error.kind(), start.elapsed().as_secs()), (ErrorKind::Timeout, seconds));
        assert_eq!(error.attempts(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_panics_is_asked_again() {
    struct Panics(AtomicUsize);

    impl CredentialProvider for Panics {
        async fn credential(&self) -> Result<ProvidedCredential, CredentialError> {
            assert!(self.0.fetch_add(1, Ordering::Relaxed) > 0, "the first time");
            Ok(Credential::bearer("token-number-2").into())
        }
    }

    let script = Script::new([ok(MESSAGE)]);
    let client = script.builder().credential_provider(Panics(AtomicUsize::new(0))).build().unwrap();
    let first = client.clone();
    tokio::spawn(async move { first.create_message(&request()).await }).await.unwrap_err();
    assert!(client.create_message(&request()).await.is_ok());
}

#[tokio::test]
async fn provided_credentials_that_cannot_be_sent_are_errors_without_the_secret() {
    struct Fixed(&'static str);

    impl CredentialProvider for Fixed {
        async fn credential(&self) -> Result<ProvidedCredential, CredentialError> {
            Ok(Credential::api_key(self.0).into())
        }
    }

    for secret in ["", " ", "marker\n"] {
        let script = Script::new([ok(MESSAGE)]);
        let client = script.builder().credential_provider(Fixed(secret)).build().unwrap();
        let error = client.create_message(&request()).await.unwrap_err();
        assert_eq!((error.kind(), script.count()), (ErrorKind::Credential, 0));
        assert!(!format!("{error} {error:?}").contains("marker"), "{error:?}");
    }
}

#[tokio::test]
async fn provided_credentials_are_redacted_and_not_shown() {
    let echo = r#"{"type":"error","error":{"type":"api_error","message":"bad token-number-1"}}"#;
    let script = Script::new([status(500).header("request-id", "token-number-1").body(echo)]);
    let client = Tokens::default().client(&script).with_retry(RetryPolicy::none());
    let error = client.create_message(&request()).await.unwrap_err();
    assert_eq!(error.api_error().unwrap().message(), "bad …");
    for shown in [format!("{error:?} {:?}", error.headers()), format!("{client:?}")] {
        assert!(!shown.contains("token-number"), "{shown}");
    }
    let builder = script.builder().credential_provider(Tokens::default());
    assert!(!format!("{builder:?}").contains("sk-"), "the fixed credential is replaced");
}

#[tokio::test]
async fn a_token_of_an_oauth_login_brings_its_beta() {
    struct Login;

    impl CredentialProvider for Login {
        async fn credential(&self) -> Result<ProvidedCredential, CredentialError> {
            Ok(Credential::oauth("token-of-a-login").into())
        }
    }

    let script = Script::new([ok(MESSAGE)]);
    let fixed = script.builder().credential(Credential::oauth("token-of-a-login")).beta("b-1");
    let provided = script.builder().credential_provider(Login).beta("b-1").build().unwrap();
    let fixed = fixed.build().unwrap();
    let bearer = fixed.clone().with_credential(Credential::bearer("token-of-another")).unwrap();
    for client in [&fixed, &provided, &bearer] {
        client.create_message(&request()).await.unwrap();
    }
    let seen = script.seen();
    for attempt in &seen[..2] {
        assert_eq!(attempt.headers["authorization"], "Bearer token-of-a-login");
        assert_eq!(attempt.headers["anthropic-beta"], "b-1,oauth-2025-04-20");
    }
    assert_eq!(seen[2].headers["anthropic-beta"], "b-1");
    assert!(format!("{fixed:?}").contains("OAuth(…)"), "{fixed:?}");
}

#[test]
fn a_provider_needs_no_runtime_until_it_is_asked() {
    let (script, tokens) = (Script::new([ok(MESSAGE)]), Tokens::default());
    let client = tokens.client(&script);
    assert!(format!("{client:?}").contains("CredentialProvider"));
    drop(client.clone().with_credential_provider(Tokens::default()));
    assert_eq!(tokens.started(), 0);
}
