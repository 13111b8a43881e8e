//! A facade as a service.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use messages_api::handler::{ModelQuery, PageQuery};
use messages_api::openai::{ChatExchange, Facade, FacadeOptions};
use messages_api::types::models::{ModelInfo, ModelPage};
use messages_api::types::rate_limits::{RateLimit, RateLimits};
use messages_api::{
    ApiError, ApiKeys, ContentBlock, CreateMessageRequest, ErrorType, Handler, Json, Message,
    MessagesService, Reply, RequestContext, StopReason, ToolUseBlock, Usage, handler_fn,
};
use serde_json::{Value, json};
use tower::ServiceExt;

pub(super) const PATH: &str = "/v1/chat/completions";

pub(super) fn service(handler: impl Handler) -> MessagesService {
    MessagesService::builder(handler).unauthenticated().build()
}

/// Replies with two calls whose inputs must arrive to the letter.
fn calls() -> impl Handler {
    handler_fn(|request: CreateMessageRequest, _context| async move {
        let input = |text: &str| Json::parse(text).unwrap();
        let content = vec![
            ContentBlock::text("Let me see."),
            ToolUseBlock::new("toolu_1", "f", input(r#"{"z":1.0,"a":12345678901234567890}"#)).into(),
            ToolUseBlock::new("toolu_2", "g", Json::empty_object()).into(),
        ];
        let message = Message::new("msg_01", request.model, content, Usage::new(12, 3));
        Ok(message.stop_reason(StopReason::ToolUse).into())
    })
}

fn failing(error: ApiError) -> impl Handler {
    handler_fn(move |_request, _context| std::future::ready(Err(error.clone())))
}

pub(super) fn body(fields: &Value) -> String {
    let mut chat = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]});
    for (name, value) in fields.as_object().unwrap() {
        chat[name] = value.clone();
    }
    chat.to_string()
}

#[derive(Debug)]
pub(super) struct Response {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Response {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

pub(super) async fn send(facade: &Facade, request: Request<String>) -> Response {
    let response = facade.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    println!("{} {}", parts.status, String::from_utf8_lossy(&bytes));
    Response {
        status: parts.status,
        headers: parts.headers,
        body: String::from_utf8(bytes.to_vec()).unwrap(),
    }
}

pub(super) async fn post(facade: &Facade, body: impl Into<String>) -> Response {
    send(facade, Request::post(PATH).body(body.into()).unwrap()).await
}

async fn get(facade: &Facade, path: &str) -> Response {
    send(facade, Request::get(path).body(String::new()).unwrap()).await
}

pub(super) fn frames(body: &str) -> Vec<&str> {
    body.split_terminator("\n\n").collect()
}

#[test]
fn it_is_sync_as_some_frameworks_require() {
    fn is_sync<T: Send + Sync>() {}
    is_sync::<Facade>();
    is_sync::<messages_api::openai::FacadeFuture>();
}

#[tokio::test]
async fn completions_and_chunks() {
    let facade = Facade::new(service(calls()));
    let whole = post(&facade, body(&json!({}))).await;
    assert_eq!(whole.headers["content-type"], "application/json");
    assert_eq!(whole.headers["x-request-id"], whole.headers["request-id"]);
    let choice = &whole.json()["choices"][0];
    assert_eq!(
        (&choice["message"]["content"], &choice["finish_reason"]),
        (&json!("Let me see."), &json!("tool_calls"))
    );
    assert!(whole.body.contains(r#""arguments":"{\"z\":1.0,\"a\":12345678901234567890}""#), "{}", whole.body);

    let stream =
        post(&facade, body(&json!({"stream": true, "stream_options": {"include_usage": true}}))).await;
    assert_eq!(stream.headers["content-type"], "text/event-stream; charset=utf-8");
    assert_eq!(stream.headers["x-request-id"], stream.headers["request-id"]);
    let frames = frames(&stream.body);
    assert!(frames[0].contains(r#""delta":{"role":"assistant","content":""}"#), "{}", frames[0]);
    assert!(
        frames[2].contains(
            r#"{"index":0,"id":"toolu_1","type":"function","function":{"name":"f","arguments":""}}"#
        )
    );
    assert!(
        frames[4].contains(
            r#"{"index":1,"id":"toolu_2","type":"function","function":{"name":"g","arguments":""}}"#
        )
    );
    assert!(frames[5].contains(r#"{"index":1,"function":{"arguments":"{}"}}"#));
    assert!(frames[7].contains(r#""choices":[],"usage":{"prompt_tokens":12,"completion_tokens":3"#));
    assert_eq!((frames.len(), frames[8]), (9, "data: [DONE]"));
}

#[tokio::test]
async fn any_prefix_will_do() {
    let facade = Facade::new(service(handler_fn(
        |request: CreateMessageRequest, context: RequestContext| async move {
            let content = vec![ContentBlock::text(context.uri().to_string())];
            Ok(Message::new("msg_01", request.model, content, Usage::new(1, 1)).into())
        },
    )));
    for (path, seen) in [
        ("/chat/completions", "/messages"),
        ("/v1/chat/completions", "/v1/messages"),
        ("/api//v1/chat/completions/", "/api//v1/messages"),
        ("/v1/chat/completions?api-version=1", "/v1/messages?api-version=1"),
        ("http://example.com/v1/chat/completions", "http://example.com/v1/messages"),
    ] {
        let response = send(&facade, Request::post(path).body(body(&json!({}))).unwrap()).await;
        assert_eq!(response.json()["choices"][0]["message"]["content"], seen, "{path}");
    }
    for path in ["/v1/completions", "/v1/notchat/completions", "/v1/xchat/completions", "/v1/embeddings"] {
        let response = send(&facade, Request::post(path).body(body(&json!({}))).unwrap()).await;
        assert_eq!((response.status.as_u16(), &response.json()["type"]), (404, &json!("error")), "{path}");
    }
}

#[tokio::test]
async fn the_same_mount_serves_the_messages_api() {
    let facade = Facade::new(service(calls()));
    let request = json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]});
    let message = send(&facade, Request::post("/v1/messages").body(request.to_string()).unwrap()).await;
    assert_eq!(message.json()["type"], "message");
    assert!(!message.headers.contains_key("x-request-id"));
    let error = send(&facade, Request::post("/v1/messages").body("{}".to_owned()).unwrap()).await;
    assert_eq!(
        (error.status.as_u16(), &error.json()["error"]["type"]),
        (400, &json!("invalid_request_error"))
    );
    assert_eq!(error.json()["type"], "error");
}

#[tokio::test]
async fn errors_have_the_form_and_the_status_of_openai() {
    let authenticated = || {
        Facade::new(
            MessagesService::builder(calls()).authenticate(ApiKeys::new(["k"])).max_body_bytes(300).build(),
        )
    };
    let open = || Facade::new(service(calls()));
    let mut limits = RateLimits::default();
    limits.requests = Some(RateLimit::new(50, 0).reset_at(SystemTime::UNIX_EPOCH));
    let busy = ApiError::new(ErrorType::Overloaded, "Busy")
        .with_retry_after(Duration::from_secs(2))
        .with_rate_limits(&limits);
    let unpaid = ApiError::new(ErrorType::Billing, "No credit");
    let with_key = |body: String| Request::post(PATH).header("authorization", "Bearer k").body(body).unwrap();
    let plain = |body: &str| Request::post(PATH).body(body.to_owned()).unwrap();
    let rows = [
        // Before the body is looked at.
        (authenticated(), plain("{"), 401, "invalid_request_error", json!("invalid_api_key"), Value::Null),
        (authenticated(), with_key("x".repeat(301)), 413, "invalid_request_error", Value::Null, Value::Null),
        (
            authenticated(),
            with_key(body(&json!({"tools": [{"type": "custom"}]}))),
            400,
            "invalid_request_error",
            Value::Null,
            json!("tools.0"),
        ),
        (open(), plain("{"), 400, "invalid_request_error", Value::Null, Value::Null),
        (
            open(),
            plain(r#"{"model":"m","messages":[{"role":"user","content":7}]}"#),
            400,
            "invalid_request_error",
            Value::Null,
            json!("messages.0.content"),
        ),
        (open(), plain(r#"{"messages":[]}"#), 400, "invalid_request_error", Value::Null, json!("model")),
        (
            open(),
            Request::get(PATH).body(String::new()).unwrap(),
            405,
            "invalid_request_error",
            Value::Null,
            Value::Null,
        ),
        (
            Facade::new(service(failing(busy.clone()))),
            plain(&body(&json!({}))),
            503,
            "server_error",
            json!("overloaded"),
            Value::Null,
        ),
        (
            Facade::new(service(failing(busy))),
            plain(&body(&json!({"stream": true}))),
            503,
            "server_error",
            json!("overloaded"),
            Value::Null,
        ),
        (
            Facade::new(service(failing(unpaid))),
            plain(&body(&json!({}))),
            429,
            "insufficient_quota",
            json!("insufficient_quota"),
            Value::Null,
        ),
        (
            Facade::new(service(failing(ApiError::not_found("model: m")))),
            plain(&body(&json!({}))),
            404,
            "invalid_request_error",
            json!("model_not_found"),
            json!("model"),
        ),
        (
            open(),
            Request::get("/v1/models/m").body(String::new()).unwrap(),
            404,
            "invalid_request_error",
            json!("model_not_found"),
            Value::Null,
        ),
    ];
    for (facade, request, status, name, code, param) in rows {
        let response = send(&facade, request).await;
        let error = &response.json()["error"];
        assert_eq!(response.status.as_u16(), status, "{error}");
        assert_eq!(
            (&error["type"], &error["code"], &error["param"]),
            (&json!(name), &code, &param),
            "{error}"
        );
        assert!(error["message"].as_str().is_some_and(|text| !text.is_empty()), "{error}");
        assert_eq!(response.json().as_object().map(serde_json::Map::len), Some(1), "{error}");
        assert_eq!(response.headers["x-request-id"], response.headers["request-id"]);
        match name {
            "insufficient_quota" => assert_eq!(response.headers["x-should-retry"], "false"),
            "server_error" => {
                assert_eq!(response.headers["retry-after"], "2");
                let limit = |field: &str| response.headers[&format!("x-ratelimit-{field}-requests")].clone();
                assert_eq!(["limit", "remaining", "reset"].map(limit), ["50", "0", "0s"]);
            }
            _ => {}
        }
    }
    let options = send(&open(), Request::options(PATH).body(String::new()).unwrap()).await;
    assert_eq!(
        (options.status.as_u16(), &options.headers["allow"]),
        (204, &"POST, HEAD, OPTIONS".parse().unwrap())
    );
}

#[tokio::test]
async fn models_have_the_form_that_the_caller_knows() {
    struct Models;

    impl Handler for Models {
        async fn create_message(
            &self,
            _: CreateMessageRequest,
            _: RequestContext,
        ) -> Result<Reply, ApiError> {
            Err(ApiError::internal())
        }

        async fn list_models(
            &self,
            query: ModelQuery,
            _: RequestContext,
        ) -> Result<Reply<ModelPage>, ApiError> {
            let limit = ModelInfo::new(format!("limit-{}", query.page.limit), "", "");
            Ok(ModelPage::new(vec![ModelInfo::new("a", "A", "2026-02-17T00:00:01Z"), limit], false).into())
        }

        async fn get_model(&self, id: String, _: RequestContext) -> Result<Reply<ModelInfo>, ApiError> {
            Ok(ModelInfo::new(id, "A", "2026-02-17T00:00:01Z").into())
        }
    }

    let facade = Facade::new(service(Models));
    let of_openai = |id: &str, created: u64| json!({"id": id, "object": "model", "created": created, "owned_by": "system"});
    let limit = format!("limit-{}", PageQuery::MAX_LIMIT);
    assert_eq!(
        get(&facade, "/v1/models").await.json(),
        json!({"object": "list", "data": [of_openai("a", 1_771_286_401), of_openai(&limit, 0)]})
    );
    assert_eq!(get(&facade, "/v1/models?limit=5").await.json()["data"][1]["id"], limit);
    assert_eq!(get(&facade, "/v1/models/a%2Fb").await.json(), of_openai("a/b", 1_771_286_401));
    for path in ["/v1/models", "/v1/models/a"] {
        let request =
            Request::get(path).header("anthropic-version", "2023-06-01").body(String::new()).unwrap();
        let untouched = send(&facade, request).await;
        assert!(untouched.body.contains(r#""type":"model""#), "{}", untouched.body);
        assert!(!untouched.body.contains("limit-1000"), "{}", untouched.body);
    }
}

#[tokio::test]
async fn the_handler_learns_what_was_lost() {
    let lost = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&lost);
    let handler = handler_fn(move |request: CreateMessageRequest, context: RequestContext| {
        let exchange = context.extensions().get::<ChatExchange>();
        let paths = exchange
            .map(|exchange| exchange.losses().iter().map(|loss| loss.path.clone()).collect::<Vec<_>>());
        seen.lock().unwrap().push(paths);
        std::future::ready(Ok(Message::new("msg_01", request.model, vec![], Usage::new(1, 1)).into()))
    });
    let facade = Facade::new(service(handler));
    post(&facade, body(&json!({"seed": 7}))).await;
    let request = json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]});
    send(&facade, Request::post("/v1/messages").body(request.to_string()).unwrap()).await;
    assert_eq!(*lost.lock().unwrap(), [Some(vec!["seed".to_owned()]), None]);

    let mut options = FacadeOptions::default();
    options.strict = true;
    let strict = post(&facade.clone().options(options), body(&json!({"seed": 7}))).await;
    assert_eq!((strict.status.as_u16(), &strict.json()["error"]["param"]), (400, &json!("seed")));
    assert_eq!(lost.lock().unwrap().len(), 2, "the handler was called for a request that was rejected");
}

/// Anthropic, reached by OpenAI clients: a client of our own as the handler.
#[cfg(feature = "client")]
#[tokio::test]
async fn a_client_below_a_facade() {
    let upstream = |handler| {
        let client = messages_api::Client::builder()
            .transport(service(handler))
            .credential(messages_api::Credential::api_key("sk-upstream"))
            .retry(messages_api::client::RetryPolicy::none())
            .build()
            .unwrap();
        Facade::new(service(client))
    };
    let facade = upstream(messages_api::handler::BoxHandler::new(calls()));
    let whole = post(&facade, body(&json!({}))).await;
    assert!(whole.body.contains(r#""arguments":"{\"z\":1.0,\"a\":12345678901234567890}""#), "{}", whole.body);
    let stream = post(&facade, body(&json!({"stream": true}))).await;
    assert!(stream.body.ends_with("data: [DONE]\n\n"));

    let error = ApiError::new(ErrorType::RateLimit, "Enough").with_retry_after(Duration::from_secs(7));
    let facade = upstream(messages_api::handler::BoxHandler::new(failing(error)));
    for streamed in [false, true] {
        let limited = post(&facade, body(&json!({"stream": streamed}))).await;
        assert_eq!((limited.status.as_u16(), &limited.headers["retry-after"]), (429, &"7".parse().unwrap()));
        assert_eq!(limited.json()["error"]["code"], "rate_limit_exceeded");
    }
}

/// Over a connection: the lengths and the framing of HTTP fit the bodies.
#[cfg(feature = "serve")]
#[tokio::test]
async fn through_serve() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server =
        tokio::spawn(messages_api::server::serve(listener, Facade::new(service(calls()))).into_future());
    let ask = async |body: String| {
        let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
        let length = body.len();
        let request = format!(
            "POST {PATH} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut response = String::new();
        socket.read_to_string(&mut response).await.unwrap();
        let (head, body) = response.split_once("\r\n\r\n").unwrap();
        (head.to_owned(), body.to_owned())
    };
    for whole in [body(&json!({})), "{".to_owned()] {
        let (head, body) = ask(whole).await;
        assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{head}\n\n{body}");
        serde_json::from_str::<Value>(&body).unwrap();
    }
    let (head, body) = ask(body(&json!({"stream": true}))).await;
    assert!(head.contains("transfer-encoding: chunked"), "{head}");
    assert!(body.ends_with("data: [DONE]\n\n\r\n0\r\n\r\n"), "{body}");
    server.abort();
}
