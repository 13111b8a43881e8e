//! A client as the handler of a gateway.

use http::HeaderValue;
#[cfg(feature = "server")]
use messages_api::MessagesService;
use messages_api::handler::{BoxHandler, ReplyBody};
use messages_api::{ApiError, CreateMessageRequest, ErrorType, Handler, Message, RequestContext};
use serde_json::Value;
use wiremock::ResponseTemplate;

use crate::common::*;
use crate::raw::{End, Raw, SSE_HEAD};
#[cfg(feature = "server")]
use crate::support::Server;

const CALLERS_KEY: &str = "sk-caller-0a9b";

/// The context of a caller's request, as a server creates it.
fn context() -> RequestContext {
    let request = http::Request::post("http://gateway/v1/messages?beta=true")
        .header("x-api-key", CALLERS_KEY)
        .header("authorization", format!("Bearer {CALLERS_KEY}"))
        .header("anthropic-version", "2026-10-21")
        .header("anthropic-beta", "b-2,b-1")
        .header("anthropic-beta", "b-3")
        .header("cookie", CALLERS_KEY)
        .header("x-forwarded-for", "10.0.0.1")
        .header("user-agent", "caller/1")
        .header("host", "gateway")
        .header("anthropic-dangerous-direct-browser-access", "true");
    let mut context = RequestContext::new("req_gateway", request.body(()).unwrap().into_parts().0);
    // Even if a layer puts the credential back.
    context.headers_mut().insert("x-api-key", HeaderValue::from_static(CALLERS_KEY));
    context.headers_mut().insert("authorization", HeaderValue::from_static(CALLERS_KEY));
    context
}

/// Returns what the caller receives when the upstream sends `response`.
async fn forwarded_error(response: ResponseTemplate, request: CreateMessageRequest) -> ApiError {
    let server = server(response).await;
    Handler::create_message(&client(&server.uri()), request, context()).await.unwrap_err()
}

#[tokio::test]
async fn only_version_and_betas_of_the_caller_are_forwarded() {
    let server = server(json(200, MESSAGE)).await;
    let client = builder(&server.uri()).beta("b-1").build().unwrap();
    for request in [request(), request().stream(true)] {
        Handler::create_message(&client, request, context()).await.unwrap();
    }
    Handler::create_message(&client, request(), RequestContext::default()).await.unwrap();
    let calls = server.received_requests().await.unwrap();
    for call in &calls[..2] {
        let mut names: Vec<&str> = call.headers.keys().map(http::HeaderName::as_str).collect();
        names.sort_unstable();
        let ours = ["accept", "anthropic-beta", "anthropic-version", "content-length", "content-type"];
        assert_eq!(
            names,
            [&ours[..], &["host", "user-agent", "x-api-key", "x-stainless-retry-count"]].concat()
        );
        assert_eq!(call.headers["x-api-key"], KEY);
        assert_eq!(call.headers["anthropic-version"], "2026-10-21");
        assert_eq!(call.headers["anthropic-beta"], "b-1,b-2,b-3");
        assert_eq!(call.url.query(), None);
        assert!(!format!("{:?}{:?}", call.headers, call.body).contains(CALLERS_KEY));
    }
    assert_eq!(calls[2].headers["anthropic-version"], "2023-06-01");
    assert_eq!(calls[2].headers["anthropic-beta"], "b-1");
}

#[tokio::test]
async fn the_caller_decides_whether_to_stream() {
    let server = server(json(200, MESSAGE)).await;
    let handler = BoxHandler::new(client(&server.uri()));
    for (request, streams) in
        [(request(), false), (request().stream(false), false), (request().stream(true), true)]
    {
        let (body, _) = handler.create_message(request, context()).await.unwrap().into_parts();
        assert_eq!(matches!(body, ReplyBody::Stream(_)), streams);
    }
    let calls = server.received_requests().await.unwrap();
    let flags: Vec<Value> = calls
        .iter()
        .map(|call| serde_json::from_slice::<Value>(&call.body).unwrap()["stream"].clone())
        .collect();
    assert_eq!(flags, [Value::Null, Value::Bool(false), Value::Bool(true)]);
}

#[tokio::test]
async fn a_gateway_does_not_hold_the_request_while_the_upstream_works() {
    let client = client("http://127.0.0.1:9");
    let reply = Handler::create_message(&client, request(), context());
    assert!(size_of_val(&reply) < size_of::<CreateMessageRequest>(), "{}", size_of_val(&reply));
}

#[tokio::test]
async fn only_rate_limits_and_the_request_id_of_the_upstream_are_forwarded() {
    let with_headers = |response: ResponseTemplate| {
        response
            .insert_header("request-id", "req_up")
            .insert_header("anthropic-ratelimit-requests-remaining", "9")
            .insert_header("anthropic-priority-input-tokens-limit", "8")
            .insert_header("anthropic-fast-input-tokens-limit", "7")
            .insert_header("anthropic-organization-id", "org")
            .insert_header("set-cookie", "a=b")
    };
    for (response, request) in [(json(200, MESSAGE), request()), (events(EVENTS), request().stream(true))] {
        let server = server(with_headers(response)).await;
        let reply = Handler::create_message(&client(&server.uri()), request, context()).await.unwrap();
        let mut names: Vec<&str> = reply.headers().keys().map(http::HeaderName::as_str).collect();
        names.sort_unstable();
        let limits = ["anthropic-fast-input-tokens-limit", "anthropic-priority-input-tokens-limit"];
        let rest = ["anthropic-ratelimit-requests-remaining", "upstream-request-id"];
        assert_eq!(names, [limits, rest].concat());
        assert_eq!(reply.headers()["upstream-request-id"], "req_up");
    }
}

#[tokio::test]
async fn unknown_fields_blocks_and_events_are_forwarded_unchanged() {
    let text = r#"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"hologram","z":1.0}]}],"stream":true,"later":{"b":1,"a":2.50}}"#;
    let server = server(events(EVENTS)).await;
    let request: CreateMessageRequest = serde_json::from_str(text).unwrap();
    let reply = Handler::create_message(&client(&server.uri()), request, context()).await.unwrap();
    let sent = server.received_requests().await.unwrap()[0].body.clone();
    assert_eq!(sent, text.as_bytes());
    let ReplyBody::Stream(mut stream) = reply.into_parts().0 else { panic!("a message") };
    let mut out = Vec::new();
    while let Some(event) = stream.next().await {
        out.push(serde_json::to_string(&event.unwrap()).unwrap());
    }
    assert!(out.contains(&r#"{"type":"news","n":1.0}"#.to_owned()), "{out:?}");
    assert!(stream.message().is_none(), "a gateway does not accumulate the message");
}

#[tokio::test]
async fn errors_of_the_upstream_are_converted_for_the_caller() {
    let body = |kind: &str| {
        format!(
            r#"{{"type":"error","error":{{"type":"{kind}","message":"m {KEY}","details":{{"error_code":"c1"}}}}}}"#
        )
    };
    for (status, kind, seen) in [
        (400, "invalid_request_error", 400),
        (404, "not_found_error", 404),
        (413, "request_too_large", 413),
        (429, "rate_limit_error", 429),
        (529, "overloaded_error", 529),
        (401, "authentication_error", 500),
        (403, "permission_error", 403),
        (405, "invalid_request_error", 405),
        (501, "not_supported", 501),
        (503, "overloaded_error", 529),
        (502, "api_error", 502),
        (520, "api_error", 502),
        (307, "api_error", 502),
    ] {
        for request in [request(), request().stream(true)] {
            let error =
                forwarded_error(json(status, &body(kind)).insert_header("retry-after", "3"), request).await;
            assert_eq!(error.status().as_u16(), seen, "{status}");
            // The caller learns nothing about the gateway's own bad credential.
            assert_eq!(error.retry_after().is_some(), status != 401, "{status}");
            assert_eq!(error.message() == "m …", status != 401, "{status}");
            assert!(!format!("{error:?}").contains(KEY), "{error:?}");
        }
    }
    let error = forwarded_error(json(401, &body("authentication_error")), request()).await;
    assert_eq!((error.error_type(), error.should_retry()), (&ErrorType::Api, Some(false)));
    let error = forwarded_error(json(200, "{}"), request()).await;
    assert_eq!(error.status().as_u16(), 502);
}

#[tokio::test]
async fn errors_keep_the_headers_that_callers_need() {
    let names = [
        "anthropic-ratelimit-unified-status",
        "anthropic-priority-input-tokens-limit",
        "anthropic-fast-input-tokens-limit",
        "request-id",
        "set-cookie",
    ];
    for status in [200, 429, 401] {
        let body = r#"{"type":"error","error":{"type":"rate_limit_error","message":"m"}}"#;
        let response =
            names.iter().fold(json(status, body), |response, name| response.insert_header(*name, "v"));
        let error = forwarded_error(response, request()).await;
        let mut found: Vec<&str> = error.headers().keys().map(http::HeaderName::as_str).collect();
        found.sort_unstable();
        let all = [
            "anthropic-fast-input-tokens-limit",
            "anthropic-priority-input-tokens-limit",
            "anthropic-ratelimit-unified-status",
            "upstream-request-id",
        ];
        assert_eq!(found, if status == 401 { &all[3..] } else { &all[..] }, "{status}");
    }
}

#[tokio::test]
async fn the_caller_never_receives_the_key_of_the_gateway() {
    let escaped = KEY.replacen('s', "\\u0073", 1);
    let document = |key: &str| {
        format!(r#"{{"type":"error","error":{{"type":"api_error","message":"bad {key}","x":["{key}"]}}}}"#)
    };
    let start = EVENTS.split_inclusive("\n\n").next().unwrap();
    for key in [KEY, &escaped] {
        let mut event = events(&format!("{start}event: error\ndata: {}\n\n", document(key)));
        let failed = json(400, &document(key)).insert_header("anthropic-ratelimit-key", KEY);
        for response in [failed, json(200, &document(key)), json(500, key)] {
            let error = forwarded_error(response, request().stream(true)).await;
            let text = format!("{error:?} {:?}", error.response());
            assert!(!text.contains(KEY) && !text.contains(&escaped[..8]), "{text}");
        }
        event = event.insert_header("request-id", KEY);
        let server = server(event).await;
        let reply =
            Handler::create_message(&client(&server.uri()), request().stream(true), context()).await.unwrap();
        assert!(!format!("{:?}", reply.headers()).contains(KEY));
        let ReplyBody::Stream(mut stream) = reply.into_parts().0 else { panic!("a message") };
        assert!(stream.next().await.unwrap().is_ok());
        let error = ApiError::from(stream.next().await.unwrap().unwrap_err());
        assert!(error.message().starts_with("bad …"), "{error}");
        assert!(!serde_json::to_string(error.response()).unwrap().contains("marker"), "{error:?}");
    }
}

#[tokio::test]
async fn headers_on_whose_behalf_and_allowed_betas_travel() {
    let server = server(json(200, MESSAGE)).await;
    let mut context = context();
    for (name, value) in [
        ("anthropic-user-profile-id", "profile-1"),
        ("anthropic-workspace-id", "workspace-1"),
        ("anthropic-beta", "oauth-2025-04-20,b-1"),
    ] {
        context.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    let plain = client(&server.uri());
    let own = plain.clone().with_header("anthropic-workspace-id", "own").unwrap();
    let picky = builder(&server.uri()).forward_betas_if(|beta| beta.as_str().starts_with("oauth-"));
    let picky = picky.forward_version_if(|version| version.as_str() == "2023-06-01").build().unwrap();
    for client in [plain, own, picky] {
        Handler::create_message(&client, request(), context.clone()).await.unwrap();
    }
    let calls = server.received_requests().await.unwrap();
    for (call, workspace, beta, version) in [
        (&calls[0], "workspace-1", "b-1", "2026-10-21"),
        (&calls[1], "own", "b-1", "2026-10-21"),
        (&calls[2], "workspace-1", "oauth-2025-04-20", "2023-06-01"),
    ] {
        assert_eq!(call.headers["anthropic-user-profile-id"], "profile-1");
        assert_eq!(call.headers["anthropic-workspace-id"], workspace);
        assert_eq!(call.headers["anthropic-beta"], beta);
        assert_eq!(call.headers["anthropic-version"], version);
    }
    for (name, length) in [("anthropic-version", 65), ("anthropic-beta", 4096)] {
        let mut context = RequestContext::default();
        context.headers_mut().insert(name, "x".repeat(length).parse().unwrap());
        let error = Handler::create_message(&client(&server.uri()), request(), context).await.unwrap_err();
        assert_eq!(error.status().as_u16(), 400);
        assert!(error.message().starts_with(name), "{error}");
    }
}

#[tokio::test]
async fn count_tokens_is_forwarded() {
    let server = server(json(200, r#"{"input_tokens":17}"#)).await;
    let reply = Handler::count_tokens(&client(&server.uri()), count_request(), context()).await.unwrap();
    assert_eq!(reply.into_parts().0.input_tokens, 17);
    let call = &server.received_requests().await.unwrap()[0];
    assert_eq!(call.headers["anthropic-beta"], "b-2,b-1,b-3");
    assert_eq!(call.headers["x-api-key"], KEY);
}

/// The rate limits of a count reach the caller of a gateway, as those of a message do.
#[cfg(feature = "server")]
#[tokio::test]
async fn a_count_through_a_gateway_carries_the_headers_of_the_upstream() {
    let response = json(200, r#"{"input_tokens":17}"#)
        .insert_header("request-id", "req_up")
        .insert_header("anthropic-ratelimit-requests-remaining", "9")
        .insert_header("anthropic-priority-input-tokens-limit", "8")
        .insert_header("anthropic-organization-id", "org");
    let upstream = server(response).await;
    let service = MessagesService::builder(client(&upstream.uri())).unauthenticated().build();
    let gateway = Server::start(service).await;
    let url = format!("{}/v1/messages/count_tokens", gateway.url());
    let call = reqwest::Client::builder().no_proxy().build().unwrap().post(url);
    let response = call.body(serde_json::to_vec(&count_request()).unwrap()).send().await.unwrap();
    let headers = response.headers().clone();
    assert_eq!(headers["anthropic-ratelimit-requests-remaining"], "9");
    assert_eq!(headers["anthropic-priority-input-tokens-limit"], "8");
    assert_eq!(headers["upstream-request-id"], "req_up");
    assert_ne!(headers["request-id"], "req_up");
    assert!(!headers.contains_key("anthropic-organization-id"));
    assert_eq!(response.text().await.unwrap(), r#"{"input_tokens":17}"#);
}

#[tokio::test]
async fn dropping_the_reply_closes_the_connection_to_the_upstream() {
    let first = EVENTS.split_inclusive("\n\n").next().unwrap();
    let mut server = Raw::start([SSE_HEAD, first], End::Hang).await;
    let reply =
        Handler::create_message(&client(&server.url()), request().stream(true), context()).await.unwrap();
    let ReplyBody::Stream(mut stream) = reply.into_parts().0 else { panic!("a message") };
    assert!(stream.next().await.unwrap().is_ok());
    drop(stream);
    server.closed().await;
}

#[tokio::test]
async fn a_whole_message_is_forwarded_unchanged() {
    let text = MESSAGE.replace(r#"[{"#, r#"[{"type":"hologram","z":1.0},{"#);
    let server = server(json(200, &text)).await;
    let reply = Handler::create_message(&client(&server.uri()), request(), context()).await.unwrap();
    let ReplyBody::Message(message) = reply.into_parts().0 else { panic!("a stream") };
    assert_eq!(*message, serde_json::from_str::<Message>(&text).unwrap());
}
