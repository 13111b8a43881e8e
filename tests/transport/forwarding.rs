//! What a gateway passes on in both directions, beside the request and the reply themselves.

use http::{HeaderName, HeaderValue, Request};
use messages_api::handler::ReplyBody;
use messages_api::types::CountTokensRequest;
use messages_api::{ApiError, Client, Credential, Error, ErrorKind, Handler, RequestContext};

use crate::script::*;

/// The context of a caller's request with these headers.
fn context(uri: &str, headers: &[(&'static str, &str)]) -> RequestContext {
    let request =
        headers.iter().fold(Request::post(uri), |request, (name, value)| request.header(*name, *value));
    RequestContext::new("req_gateway", request.body(()).unwrap().into_parts().0)
}

async fn forward(client: &Client, context: &RequestContext) -> Result<http::HeaderMap, Error> {
    Ok(client.forward(&request(), context).await?.headers().clone())
}

#[tokio::test]
async fn ids_of_conversations_travel_and_other_headers_only_if_told_so() {
    let script = Script::new([ok(MESSAGE)]);
    let ids =
        ["x-claude-code-session-id", "x-claude-code-agent-id", "x-session-affinity", "x-client-request-id"];
    let others = ["traceparent", "x-app", "user-agent", "cookie", "x-forwarded-for", "x-stainless-lang"];
    let all: Vec<(&'static str, &str)> = ids.iter().chain(&others).map(|name| (*name, "caller")).collect();
    let context = context("/v1/messages", &all);
    let own = script.client().with_header("x-session-affinity", "own").unwrap();
    let open = script.builder().forward_request_headers(["TraceParent", "user-agent"]);
    let open = open.header("traceparent", "own").build().unwrap();
    for client in [&script.client(), &own, &open] {
        forward(client, &context).await.unwrap();
    }
    let callers = |seen: &Seen| {
        let names = seen.headers.iter().filter(|(_, value)| *value == "caller").map(|(name, _)| name.clone());
        let mut names: Vec<HeaderName> = names.collect();
        names.sort_unstable_by(|a, b| a.as_str().cmp(b.as_str()));
        names.iter().map(|name| name.as_str().to_owned()).collect::<Vec<_>>().join(" ")
    };
    let seen: Vec<String> = script.seen().iter().map(callers).collect();
    let usual = "x-claude-code-agent-id x-claude-code-session-id x-client-request-id x-session-affinity";
    assert_eq!(seen[0], usual);
    assert_eq!(seen[1], usual.replace(" x-session-affinity", ""));
    assert_eq!(seen[2], format!("traceparent user-agent {usual}"));
}

#[tokio::test]
async fn lines_of_a_header_travel_together_up_to_a_length() {
    let script = Script::new([ok(MESSAGE)]);
    let client = script.builder().forward_request_headers(["baggage"]).build().unwrap();
    forward(&client, &context("/", &[("baggage", "a=1"), ("baggage", "b=2")])).await.unwrap();
    let lines: Vec<_> = script.seen()[0].headers.get_all("baggage").into_iter().cloned().collect();
    assert_eq!(lines, ["a=1", "b=2"]);
    for name in ["baggage", "x-session-affinity", "anthropic-workspace-id"] {
        let error = forward(&client, &context("/", &[(name, &"x".repeat(4097))])).await.unwrap_err();
        assert_eq!(error.status().unwrap().as_u16(), 400);
        assert!(error.to_string().contains(&format!("{name}: longer than 4096 bytes")), "{error}");
    }
    assert_eq!(script.count(), 1);
}

#[tokio::test]
async fn headers_of_the_upstream_travel_back_if_told_so() {
    let headers = |act: Act| {
        let act = act.header("request-id", "req_up").header("x-region", "eu").header("x-region", "us");
        act.header("set-cookie", "a=b").header("x-long", "x".repeat(4097))
    };
    let stream = START.to_owned() + STOP;
    let script =
        Script::new([headers(ok(MESSAGE)), headers(ok(&stream)), headers(ok(r#"{"input_tokens":1}"#))]);
    let names = ["X-Region", "x-long", "x-absent"];
    let client = script.builder().forward_response_headers(names).build().unwrap();
    let context = RequestContext::default();
    let message = client.forward(&request(), &context).await.unwrap().headers().clone();
    let streamed = client.forward(&request().stream(true), &context).await.unwrap().headers().clone();
    let count = CountTokensRequest::from(request());
    let counted = client.forward_count_tokens(&count, &context).await.unwrap().headers().clone();
    let script = Script::new([headers(status(400)), headers(status(401)), headers(status(529))]);
    let client = script.builder().forward_response_headers(names).build().unwrap();
    let mut errors = Vec::new();
    for _ in 0..3 {
        errors.push(
            Handler::create_message(&client, request(), context.clone()).await.unwrap_err().headers().clone(),
        );
    }
    for headers in [&message, &streamed, &counted, &errors[0], &errors[2]] {
        let regions: Vec<_> = headers.get_all("x-region").iter().map(HeaderValue::as_bytes).collect();
        assert_eq!((regions, headers.len()), (vec![&b"eu"[..], b"us"], 3), "{headers:?}");
        assert_eq!(headers["upstream-request-id"], "req_up");
    }
    assert_eq!(errors[1].len(), 1, "a 401 of the gateway's own credential says nothing: {:?}", errors[1]);
}

#[test]
fn credentials_and_headers_of_the_connection_are_rejected() {
    let builder = || Script::new([ok(MESSAGE)]).builder();
    for name in
        ["authorization", "X-Api-Key", "cookie", "connection", "transfer-encoding", "content-length", "a b"]
    {
        for (setter, built) in [
            ("forward_request_headers", builder().forward_request_headers(["x-fine", name]).build()),
            ("forward_response_headers", builder().forward_response_headers(["x-fine", name]).build()),
        ] {
            let error = built.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.to_string().starts_with(&format!("{setter}: ")), "{error}");
        }
    }
}

#[tokio::test]
async fn chosen_parameters_of_the_query_travel() {
    let script = Script::new([ok(MESSAGE)]);
    let open = || script.builder().forward_query_if(|name| ["beta", "own"].contains(&name)).build().unwrap();
    let own = open().with_query("own", "1");
    let context = context("/v1/messages?beta=true&key=secret&own=2&b%65ta=n%6f&o%77n=3&x&beta", &[]);
    for client in [&script.client(), &open(), &own] {
        forward(client, &context).await.unwrap();
    }
    let queries: Vec<_> = script.seen().iter().map(|seen| seen.uri.query().map(str::to_owned)).collect();
    let text = |query: &str| Some(query.to_owned());
    assert_eq!(
        queries,
        [None, text("beta=true&own=2&b%65ta=n%6f&o%77n=3&beta"), text("own=1&beta=true&b%65ta=n%6f&beta")]
    );
    let long = self::context(&format!("/?beta={}", "x".repeat(1024)), &[]);
    let error = forward(&open(), &long).await.unwrap_err();
    assert!(error.to_string().contains("query: longer than 1024 bytes"), "{error}");
}

#[tokio::test]
async fn with_the_callers_credential_the_caller_learns_that_it_is_rejected() {
    let body = r#"{"type":"error","error":{"type":"authentication_error","message":"bad sk-of-the-caller"}}"#;
    for (code, hidden) in [(401, 500), (403, 403), (404, 404)] {
        let act = status(code).header("request-id", "req_up").header("retry-after", "3").body(body);
        let script = Script::new([act]);
        let gateway = script.client();
        let caller = gateway.clone().with_caller_credential(Credential::api_key("sk-of-the-caller")).unwrap();
        let context = context("/", &[("anthropic-beta", "oauth-2025-04-20,b-1")]);
        let error = Handler::create_message(&caller, request(), context.clone()).await.unwrap_err();
        assert_eq!((error.status().as_u16(), error.message()), (code, "bad …"));
        assert_eq!(error.headers()["upstream-request-id"], "req_up");
        let error = ApiError::from(gateway.forward(&request(), &context).await.unwrap_err());
        assert_eq!(error.status().as_u16(), hidden);
        let [theirs, ours] = &script.seen()[..] else { panic!("two requests") };
        assert_eq!(theirs.headers["x-api-key"], "sk-of-the-caller");
        assert_eq!(theirs.headers["anthropic-beta"], "oauth-2025-04-20,b-1");
        assert_eq!(
            (&ours.headers["x-api-key"], &ours.headers["anthropic-beta"]),
            (&value("sk-script"), &value("b-1"))
        );
        // The credential that replaces it is the gateway's own again.
        let back = caller.with_credential(Credential::api_key("sk-own")).unwrap();
        let error = Handler::create_message(&back, request(), context).await.unwrap_err();
        assert_eq!(error.status().as_u16(), hidden);
    }
}

fn value(text: &'static str) -> HeaderValue {
    HeaderValue::from_static(text)
}

/// A 429 for the caller's own credential is no reason to leave the upstream out for the others.
#[cfg(feature = "policy")]
#[tokio::test]
async fn the_limits_of_the_callers_credential_are_no_failure_of_the_upstream() {
    use messages_api::client::RetryPolicy;
    use messages_api::policy::{Route, Routed, Upstream};
    use messages_api::{Message, Usage, handler_fn};

    let limited = || {
        let body = r#"{"type":"error","error":{"type":"rate_limit_error","message":"Slow down"}}"#;
        status(429).header("retry-after", "60").body(body)
    };
    for (is_callers, expected) in [(true, ["spare", "msg_01"]), (false, ["spare", "spare"])] {
        let script = Script::new([limited(), ok(MESSAGE)]);
        let mut client = script.builder().retry(RetryPolicy::none()).build().unwrap();
        if is_callers {
            client = client.with_caller_credential(Credential::api_key("sk-of-the-caller")).unwrap();
        }
        let spare = handler_fn(|_request, _context| async {
            Ok(Message::new("spare", "m", Vec::new(), Usage::new(1, 1)).into())
        });
        let route = Route::new(Upstream::new(client)).then(Upstream::new(spare));
        let routed = Routed::new().default_route(route);
        for expected in expected {
            let reply = routed.create_message(request(), RequestContext::default()).await.unwrap();
            let ReplyBody::Message(message) = reply.into_parts().0 else { panic!("a stream") };
            assert_eq!(message.id, expected, "{is_callers}");
        }
    }
}

#[tokio::test]
async fn a_stream_is_forwarded_with_the_callers_credential() {
    let script = Script::new([ok(&(START.to_owned() + STOP))]);
    let caller = script.client().with_caller_credential(Credential::bearer("token-of-the-caller")).unwrap();
    let reply = caller.forward(&request().stream(true), &RequestContext::default()).await.unwrap();
    let ReplyBody::Stream(stream) = reply.into_parts().0 else { panic!("a message") };
    assert_eq!(stream.attempts(), 1);
    let headers = &script.seen()[0].headers;
    assert_eq!(headers["authorization"], "Bearer token-of-the-caller");
    assert!(!headers.contains_key("x-api-key"));
}
