//! A bridge from its caller to the transport of its client.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt, stream};
use http::{HeaderValue, Request, Response};
use http_body::Frame;
use http_body_util::StreamBody;
use messages_api::client::{Endpoint, RequestBody};
use messages_api::handler::{End, ModelQuery, Outcome, PageQuery, Principal};
use messages_api::openai::{Bridge, Losses, ModelMap, TokenCounter, UpstreamProfile};
use messages_api::server::Authenticator;
use messages_api::types::{CountTokensRequest, StopReason};
use messages_api::{ApiError, Client, Credential, ErrorType, Handler, MessagesService, RequestContext};
use serde_json::{Value, json};

use crate::script::{Act, Script, ok, request, status};

pub(crate) const COMPLETION: &str = r#"{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"served-1",
    "choices":[{"index":0,"message":{"role":"assistant","content":"Hello there"},"finish_reason":"stop"}],
    "usage":{"prompt_tokens":12,"completion_tokens":3,"total_tokens":15}}"#;

/// Returns the chunks of a stream with this text, and its end.
pub(crate) fn chunks(texts: &[&str]) -> String {
    let chunk = |choices: Value, usage: Value| {
        let chunk = json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1,
            "model": "served-1", "choices": choices, "usage": usage});
        format!("data: {chunk}\n\n")
    };
    let delta = |delta: Value, reason: Value| {
        chunk(json!([{"index": 0, "delta": delta, "finish_reason": reason}]), Value::Null)
    };
    let mut body = delta(json!({"role": "assistant", "content": ""}), Value::Null);
    texts.iter().for_each(|text| body += &delta(json!({"content": text}), Value::Null));
    body += &delta(json!({}), json!("stop"));
    body += &chunk(json!([]), json!({"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}));
    body + "data: [DONE]\n\n"
}

pub(crate) fn upstream(script: &Script) -> Client {
    script.builder().base_url("http://upstream.test/v1").build().unwrap()
}

pub(crate) fn bridge(script: &Script) -> Bridge {
    Bridge::new(upstream(script), UpstreamProfile::default())
}

/// Returns a client of a server whose handler is the bridge.
pub(crate) fn caller(bridge: Bridge) -> Client {
    let service = MessagesService::builder(bridge).unauthenticated().build();
    Client::builder()
        .credential(Credential::api_key("sk-of-the-caller"))
        .transport(service)
        .retry(messages_api::client::RetryPolicy::new(0))
        .build()
        .unwrap()
}

pub(crate) async fn error(bridge: &Bridge, is_streamed: bool) -> ApiError {
    bridge.create_message(request().stream(is_streamed), RequestContext::default()).await.unwrap_err()
}

#[tokio::test]
async fn whatever_the_server_sends_the_caller_receives_what_it_asked_for() {
    let events = chunks(&["Hello", " there"]);
    for body in [COMPLETION, &events, &events.replace('\n', "\r\n")] {
        for chunk in [usize::MAX, 7] {
            let script = Script::new([ok(body).in_chunks_of(chunk)]);
            let caller = caller(bridge(&script));
            let whole = caller.create_message(&request()).await.unwrap();
            let streamed = caller.stream_message(&request()).await.unwrap().final_message().await.unwrap();
            for message in [&whole, &streamed] {
                assert_eq!((message.text().as_str(), &*message.model), ("Hello there", "claude-sonnet-5"));
                assert_eq!(message.stop_reason, Some(StopReason::EndTurn));
                let usage = &message.usage;
                assert_eq!((usage.input_tokens, usage.output_tokens), (12, 3));
                assert!(message.id.starts_with("msg_"), "{}", message.id);
            }
            let flags: Vec<bool> = script.seen().iter().map(|seen| seen.info.is_streamed()).collect();
            assert_eq!(flags, [false, true]);
            let asked =
                script.seen().iter().map(|seen| sent(&seen.body)["stream"] == true).collect::<Vec<_>>();
            assert_eq!(asked, [false, true]);
        }
    }
}

fn sent(body: &Bytes) -> Value {
    serde_json::from_slice(body).unwrap()
}

#[tokio::test]
async fn events_arrive_while_the_server_writes() {
    let all = chunks(&["Hello", " there"]);
    let first = all.split_inclusive("\n\n").take(2).collect::<String>();
    let script = Script::new([ok(first).then_silent()]);
    let mut stream = caller(bridge(&script)).stream_message(&request()).await.unwrap();
    let text = loop {
        if let Some(text) = stream.next().await.unwrap().unwrap().text_delta() {
            break text.to_owned();
        }
    };
    assert_eq!(text, "Hello");
}

#[tokio::test]
async fn the_server_sees_no_header_of_the_caller_or_of_the_protocol() {
    let script = Script::new([ok(COMPLETION)]);
    let client = script.builder().base_url("http://upstream.test/v1").beta("own-beta").header("x-own", "own");
    let bridge = Bridge::new(client.build().unwrap(), UpstreamProfile::default());
    let caller = caller(bridge);
    let names =
        ["x-claude-code-session-id", "x-client-request-id", "traceparent", "cookie", "x-forwarded-for"];
    let caller = names.iter().fold(caller, |caller, name| caller.with_header(name, "marker").unwrap());
    let caller = caller.with_beta("marker-beta").unwrap();
    caller.create_message(&request()).await.unwrap();
    let seen = &script.seen()[0];
    assert_eq!(seen.uri, "http://upstream.test/v1/chat/completions");
    assert_eq!((seen.info.endpoint(), seen.info.model()), (Endpoint::Messages, Some("claude-sonnet-5")));
    let mut names: Vec<&str> = seen.headers.keys().map(|name| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept", "authorization", "content-type", "user-agent", "x-own"]);
    assert_eq!(seen.headers["authorization"], "Bearer sk-script");
    for value in seen.headers.values() {
        assert!(!value.as_bytes().windows(6).any(|bytes| bytes == b"marker"), "{value:?}");
    }
}

#[tokio::test]
async fn a_header_of_the_program_takes_the_place_of_the_credential() {
    for (name, value, sent) in [("x-api-key", "own", None), ("authorization", "Basic own", Some("Basic own"))]
    {
        let script = Script::new([ok(COMPLETION)]);
        let client = script.builder().header(name, value).build().unwrap();
        let caller = caller(Bridge::new(client, UpstreamProfile::default()));
        caller.create_message(&request()).await.unwrap();
        let seen = &script.seen()[0].headers;
        assert_eq!(seen[name], value);
        assert_eq!(seen.get("authorization").map(|value| value.to_str().unwrap()), sent, "{name}");
    }
}

#[tokio::test]
async fn the_base_url_is_taken_as_it_is() {
    for (base_url, uri) in [
        ("http://127.0.0.1:11434", "http://127.0.0.1:11434/v1/chat/completions"),
        ("http://127.0.0.1:11434/v1/", "http://127.0.0.1:11434/v1/chat/completions"),
        ("https://api.z.ai/api/paas/v4", "https://api.z.ai/api/paas/v4/chat/completions"),
    ] {
        let script = Script::new([ok(COMPLETION)]);
        let client = script.builder().base_url(base_url).build().unwrap();
        let bridge = Bridge::new(client, UpstreamProfile::default());
        bridge.create_message(request(), RequestContext::default()).await.unwrap();
        assert_eq!(script.seen()[0].uri, uri);
    }
}

#[tokio::test]
async fn names_lead_to_models_and_come_back() {
    let models = ModelMap::new()
        .serve(["served-2"])
        .alias("claude-opus-5", "served-1")
        .family("haiku", "small-1")
        .family("opus", "large-1");
    for (models, name, model) in [
        (models.clone(), "served-2", Some("served-2")),
        (models.clone(), "claude-opus-5", Some("served-1")),
        (models.clone(), "claude-opus-5[1m]", Some("served-1")),
        (models.clone(), "claude-opus-4-1", Some("large-1")),
        (models.clone(), "claude-haiku-4-5", Some("small-1")),
        (models.clone(), "claude-sonnet-5", None),
        (models.clone(), "", None),
        (models.clone(), &*"x".repeat(1000), None),
        (models.default_model("served-3"), "claude-sonnet-5", Some("served-3")),
        (ModelMap::new(), "anything[1m]", Some("anything")),
    ] {
        let script = Script::new([ok(COMPLETION)]);
        for (bridge, echo) in [
            (bridge(&script).models(models.clone()), name),
            (bridge(&script).models(models.clone()).report_served_model(true), model.unwrap_or_default()),
        ] {
            let mut request = request();
            request.model = name.to_owned();
            let reply = bridge.create_message(request, RequestContext::default()).await;
            match (reply, model) {
                (Ok(reply), Some(model)) => {
                    let message = reply.into_stream().final_message().await.unwrap();
                    assert_eq!(message.model, echo);
                    assert_eq!(sent(&script.seen().last().unwrap().body)["model"], model);
                }
                (Err(error), None) => {
                    assert_eq!(error.error_type(), &ErrorType::NotFound);
                    let more = if name.len() > 256 { "…" } else { "" };
                    assert_eq!(error.message(), format!("model: {}{more}", &name[..name.len().min(256)]));
                    assert_eq!(script.count(), 0);
                }
                (reply, _) => panic!("{name}: {reply:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_strict_bridge_rejects_what_would_lose_something() {
    let script = Script::new([ok(COMPLETION)]);
    let lossy = || request().top_k(5);
    let seen: Arc<Mutex<Vec<(Outcome, Losses)>>> = Arc::default();
    for (is_strict, accepted) in [(false, true), (true, false)] {
        let ended = seen.clone();
        let bridge = bridge(&script).strict(is_strict).on_end(move |outcome, losses| {
            ended.lock().unwrap().push((outcome.clone(), losses.clone()));
        });
        bridge.create_message(request(), RequestContext::default()).await.unwrap();
        let reply = bridge.create_message(lossy(), RequestContext::default()).await;
        assert_eq!(reply.is_ok(), accepted);
        if let Err(error) = reply {
            assert_eq!(error.error_type(), &ErrorType::InvalidRequest);
            assert!(error.message().starts_with("top_k: "), "{error}");
        }
    }
    assert_eq!(script.count(), 3);
    let seen = seen.lock().unwrap();
    let lost = |losses: &Losses| losses.iter().any(|loss| loss.path == "top_k");
    let all: Vec<_> = seen.iter().map(|(outcome, losses)| (outcome.end.as_str(), lost(losses))).collect();
    assert_eq!(all, [("cancelled", false), ("cancelled", true), ("cancelled", false), ("failed", true)]);
}

#[tokio::test]
async fn the_hook_learns_of_the_end_and_of_the_losses_of_a_stream() {
    // Without a usage, which has to be estimated.
    let events = chunks(&["Hello"]);
    let events: String =
        events.split_inclusive("\n\n").filter(|event| !event.contains("prompt_tokens")).collect();
    let script = Script::new([ok(events)]);
    let ended: Arc<Mutex<Vec<(Outcome, Losses)>>> = Arc::default();
    let hook = ended.clone();
    let bridge = bridge(&script).on_end(move |outcome, losses| {
        hook.lock().unwrap().push((outcome.clone(), losses.clone()));
    });
    let caller = caller(bridge);
    caller.stream_message(&request()).await.unwrap().final_message().await.unwrap();
    let ended = ended.lock().unwrap();
    assert_eq!(ended.len(), 1);
    let (outcome, losses) = &ended[0];
    assert_eq!((&outcome.end, &*outcome.model), (&End::Completed, "claude-sonnet-5"));
    assert!(outcome.first_token.is_some() && !outcome.request_id.is_empty());
    assert!(losses.iter().any(|loss| loss.path.contains("usage")), "{losses:?}");
}

#[tokio::test]
async fn callers_bring_their_own_credentials_if_told_so() {
    struct PassOn;

    impl Authenticator for PassOn {
        async fn authenticate(&self, request: &mut http::request::Parts) -> Result<Principal, ApiError> {
            let credential = Credential::from_headers(&request.headers).next();
            Ok(credential.into_iter().fold(Principal::anonymous(), Principal::with_credential))
        }
    }

    let document =
        r#"{"error":{"message":"Incorrect API key provided: sk-of-the-caller","code":"invalid_api_key"}}"#;
    let script = Script::new([ok(COMPLETION), status(401).body(document), status(401).body(document)]);
    let bridge = bridge(&script);
    let service =
        MessagesService::builder(bridge.clone().callers_credentials(true)).authenticate(PassOn).build();
    let caller = |credential: Option<Credential>| {
        let builder = Client::builder().transport(service.clone());
        credential.into_iter().fold(builder, |builder, it| builder.credential(it)).build().unwrap()
    };
    let with_key = caller(Some(Credential::api_key("sk-of-the-caller")));
    with_key.create_message(&request()).await.unwrap();
    assert_eq!(script.seen()[0].headers["authorization"], "Bearer sk-of-the-caller");

    let rejected = with_key.create_message(&request()).await.unwrap_err();
    assert_eq!(rejected.status().unwrap(), 401);
    assert_eq!(rejected.api_error().unwrap().message(), "Incorrect API key provided: …");

    let missing = caller(None).create_message(&request()).await.unwrap_err();
    assert_eq!((missing.status().unwrap().as_u16(), script.count()), (401, 2));

    // The credential of the bridge is no matter of the caller's.
    let hidden = error(&bridge, false).await;
    assert_eq!((hidden.status().as_u16(), hidden.should_retry()), (500, Some(false)));
    assert_eq!(hidden.message(), "Internal server error");
}

#[tokio::test]
async fn limits_and_the_id_of_the_request_are_passed_on() {
    let limited = |act: Act| {
        act.header("date", "Thu, 26 Nov 2026 10:00:00 GMT")
            .header("x-request-id", "req_up")
            .header("x-ratelimit-remaining-tokens", "149984")
            .header("x-ratelimit-reset-tokens", "6m0s")
            .header("openai-organization", "org")
    };
    let script = Script::new([limited(ok(COMPLETION)), limited(ok(chunks(&["x"]))), limited(status(429))]);
    let bridge = bridge(&script);
    let context = RequestContext::default;
    let whole = bridge.create_message(request(), context()).await.unwrap().headers().clone();
    let streamed = bridge.create_message(request().stream(true), context()).await.unwrap().headers().clone();
    let failed = error(&bridge, false).await.headers().clone();
    for headers in [whole, streamed, failed] {
        let value = |name: &str| headers.get(name).map(HeaderValue::as_bytes);
        assert_eq!(value("upstream-request-id"), Some(&b"req_up"[..]));
        assert_eq!(value("anthropic-ratelimit-tokens-remaining"), Some(&b"149984"[..]));
        assert_eq!(value("anthropic-ratelimit-tokens-reset"), Some(&b"2026-11-26T10:06:00Z"[..]));
        assert_eq!(headers.len(), 3, "{headers:?}");
    }
}

#[tokio::test]
async fn the_id_of_the_completion_takes_the_place_of_a_missing_id_of_the_request() {
    let long = COMPLETION.replace("chatcmpl-1", &"x".repeat(1000));
    for (body, expected) in
        [(COMPLETION, Some("chatcmpl-1")), (&*chunks(&["x"]), Some("chatcmpl-1")), (&*long, None)]
    {
        for is_streamed in [false, true] {
            let bridge = bridge(&Script::new([ok(body)]));
            let reply = bridge.create_message(request().stream(is_streamed), RequestContext::default()).await;
            let reply = reply.unwrap();
            let id = reply.headers().get("upstream-request-id").map(|id| id.to_str().unwrap());
            assert_eq!(id, expected);
        }
    }
}

/// Once the server has said why the model stopped, the message does not depend on what it does next.
#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_end_its_stream_is_not_waited_for() {
    let all = chunks(&["Hello"]).replace("data: [DONE]\n\n", "");
    let without_usage: String = all.split_inclusive("\n\n").take(3).collect();
    for (body, output_tokens) in [(all, 3), (without_usage, 2)] {
        for is_streamed in [true, false] {
            let caller = caller(bridge(&Script::new([ok(&body).then_silent()])));
            let start = tokio::time::Instant::now();
            let message = if is_streamed {
                caller.stream_message(&request()).await.unwrap().final_message().await.unwrap()
            } else {
                caller.create_message(&request()).await.unwrap()
            };
            assert_eq!((message.text().as_str(), message.stop_reason), ("Hello", Some(StopReason::EndTurn)));
            assert_eq!(message.usage.output_tokens, output_tokens);
            assert_eq!(start.elapsed(), Duration::from_secs(10));
        }
    }
}

/// Some servers give a reason with each chunk.
#[tokio::test(start_paused = true)]
async fn a_server_that_goes_on_after_the_reason_is_waited_for() {
    let all =
        chunks(&["Hel", "lo ", "the", "re."]).replace(r#""finish_reason":null"#, r#""finish_reason":"stop""#);
    let act = ok(&all).in_chunks_of(100).pausing(Duration::from_secs(4));
    let stream = caller(bridge(&Script::new([act]))).stream_message(&request()).await.unwrap();
    assert_eq!(stream.final_message().await.unwrap().text(), "Hello there.");
}

#[tokio::test(start_paused = true)]
async fn a_complete_message_survives_the_end_of_its_time() {
    let all = chunks(&["Hello"]).replace("data: [DONE]\n\n", "");
    let script = Script::new([ok(&all).then_silent()]);
    let client = script.builder().base_url("http://upstream.test/v1").total_timeout(Duration::from_secs(5));
    let caller = caller(Bridge::new(client.build().unwrap(), UpstreamProfile::default()));
    let start = tokio::time::Instant::now();
    let stream = caller.stream_message(&request()).await.unwrap();
    assert_eq!(stream.final_message().await.unwrap().text(), "Hello");
    assert_eq!(start.elapsed(), Duration::from_secs(5));
}

/// A transport whose streams stay open, and the number of those that are.
fn open_streams(first: String) -> (Client, Arc<AtomicUsize>) {
    struct Open(Arc<AtomicUsize>);

    impl Drop for Open {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::Relaxed);
        }
    }

    let count = Arc::new(AtomicUsize::new(0));
    let opened = count.clone();
    let transport = tower::service_fn(move |_: Request<RequestBody>| {
        opened.fetch_add(1, Ordering::Relaxed);
        let open = Open(opened.clone());
        let first = stream::iter([Ok(Frame::data(Bytes::from(first.clone())))]);
        let rest = stream::pending().map(move |(): ()| {
            let _ = &open;
            Err(io::Error::other("never"))
        });
        async move { Ok::<_, io::Error>(Response::new(StreamBody::new(first.chain(rest)))) }
    });
    let client = Client::builder().base_url("http://upstream.test").transport(transport).build().unwrap();
    (client, count)
}

#[tokio::test]
async fn a_thousand_callers_vanish_and_leave_no_stream_open() {
    let first: String = chunks(&["Hello"]).split_inclusive("\n\n").take(2).collect();
    let (client, open) = open_streams(first);
    let bridge = Bridge::new(client, UpstreamProfile::default());
    let caller = caller(bridge.clone());
    let mut streams = Vec::new();
    for _ in 0..1000 {
        let mut stream = caller.stream_message(&request()).await.unwrap();
        stream.next().await.unwrap().unwrap();
        streams.push(stream);
    }
    assert_eq!(open.load(Ordering::Relaxed), 1000);
    drop(streams);
    assert_eq!(open.load(Ordering::Relaxed), 0);

    // Also before there is a reply: a whole message is never complete here.
    let whole = bridge.create_message(request(), RequestContext::default());
    let waiting = tokio::time::timeout(Duration::from_millis(1), whole).await;
    assert!(waiting.is_err());
    assert_eq!(open.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_stop_sequence_that_the_server_does_not_know_ends_its_stream() {
    let first: String = chunks(&["one END", " two"]).split_inclusive("\n\n").take(3).collect();
    let (client, open) = open_streams(first);
    let mut profile = UpstreamProfile::default();
    profile.stop_max = Some(0);
    let caller = caller(Bridge::new(client, profile));
    let request = request().stop_sequences(vec!["END".to_owned()]);
    for is_streamed in [true, false] {
        let message = if is_streamed {
            caller.stream_message(&request).await.unwrap().final_message().await.unwrap()
        } else {
            caller.create_message(&request).await.unwrap()
        };
        assert_eq!((message.text().as_str(), message.stop_sequence.as_deref()), ("one ", Some("END")));
        assert_eq!(message.stop_reason, Some(StopReason::StopSequence));
        assert_eq!(open.load(Ordering::Relaxed), 0);
    }
}

#[tokio::test]
async fn tokens_are_counted_by_the_server_if_it_can() {
    let count = || CountTokensRequest::from(request());
    let estimate = count().estimate_tokens();
    let (vllm, llama) = (TokenCounter::Vllm, TokenCounter::LlamaCpp);
    let prompt = ok(r#"{"prompt":"<s>Hi</s>"}"#);
    for (counter, acts, expected, routes) in [
        (TokenCounter::Estimate, vec![], estimate, vec![]),
        (vllm, vec![ok(r#"{"count":7,"max_model_len":99,"tokens":[1,2]}"#)], 7, vec!["POST /tokenize"]),
        (vllm, vec![status(404)], estimate, vec!["POST /tokenize"]),
        (vllm, vec![ok("{}")], estimate, vec!["POST /tokenize"]),
        (llama, vec![prompt, ok(r#"{"tokens":[1,2,3]}"#)], 3, vec!["POST /apply-template", "POST /tokenize"]),
        (llama, vec![status(501)], estimate, vec!["POST /apply-template"]),
    ] {
        let script = Script::new(acts);
        let mut profile = UpstreamProfile::default();
        profile.token_counter = counter;
        let caller = caller(Bridge::new(upstream(&script), profile));
        assert_eq!(caller.count_tokens(&count()).await.unwrap().input_tokens, expected);
        assert_eq!(script.routes(), routes);
        for seen in script.seen() {
            let body = sent(&seen.body);
            let messages = body.get("messages").unwrap_or(&Value::Null);
            assert!(messages[0]["content"] == "Hi" || body["content"] == "<s>Hi</s>", "{body}");
        }
    }
}

#[tokio::test]
async fn models_are_those_of_the_server_and_the_aliases() {
    const MODELS: &str = r#"{"object":"list","data":[
        {"id":"served-1","object":"model","created":1700000000,"owned_by":"x","max_model_len":4096},
        {"id":"served-2","object":"model"},{"id":"served-3","object":"model","name":"Third"}]}"#;
    let script = Script::new([ok(MODELS)]);
    let all = caller(bridge(&script));
    let page = all.models().pages().next().await.unwrap().unwrap();
    let ids: Vec<&str> = page.data.iter().map(|model| &*model.id).collect();
    assert_eq!(ids, ["served-1", "served-2", "served-3"]);
    let first = &page.data[0];
    assert_eq!((&*first.created_at, first.max_input_tokens), ("2023-11-14T22:13:20Z", Some(4096)));
    assert_eq!(page.data[2].display_name, "Third");
    assert_eq!(script.routes(), ["GET /v1/models"]);

    let models =
        ModelMap::new().serve(["served-2"]).alias("claude-sonnet-5", "served-1").family("haiku", "gone");
    let mapped = bridge(&script).models(models);
    let query = ModelQuery::new(PageQuery::new().limit(1));
    let page = mapped.list_models(query, RequestContext::default()).await.unwrap().into_parts().0;
    assert_eq!((&*page.data[0].id, page.has_more), ("claude-sonnet-5", true));
    let mapped = caller(mapped);
    let ids: Vec<String> = mapped.models().items().map(|model| model.unwrap().id).collect().await;
    assert_eq!(ids, ["claude-sonnet-5", "served-2"]);
    let model = mapped.model("claude-sonnet-5").await.unwrap();
    assert_eq!((&*model.id, model.max_input_tokens), ("claude-sonnet-5", Some(4096)));
    // The host knows a name that the server does not list.
    assert_eq!(mapped.model("claude-haiku-4-5").await.unwrap().id, "claude-haiku-4-5");
    let error = mapped.model("served-3").await.unwrap_err();
    let error = error.api_error().unwrap();
    assert_eq!((error.status().as_u16(), error.message()), (404, "model: served-3"));

    // A server without a list.
    let script = Script::new([status(404)]);
    let models = ModelMap::new().alias("claude-sonnet-5", "served-1");
    let caller = caller(bridge(&script).models(models));
    assert_eq!(caller.model("claude-sonnet-5").await.unwrap().id, "claude-sonnet-5");
    assert_eq!(caller.models().items().map(Result::unwrap).collect::<Vec<_>>().await.len(), 1);
}

#[tokio::test]
async fn there_are_no_batches() {
    let script = Script::new([]);
    let caller = caller(bridge(&script));
    let error = caller.batch("msgbatch_01").await.unwrap_err();
    let error = error.api_error().unwrap();
    assert_eq!(error.status(), 404);
    assert!(error.message().contains("batches"), "{error}");
    assert_eq!(script.count(), 0);
}
