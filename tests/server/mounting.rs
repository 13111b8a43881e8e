//! Mounting the service: as a field of a struct, and under axum.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::body::Body as AxumBody;
use futures::FutureExt;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use messages_api::server::{AuthenticationDecided, MessagesBody, MessagesServiceBuilder, ResponseFuture};
use messages_api::types::ErrorResponse;
use messages_api::{ApiError, ApiKeys, ErrorType, MessagesService};
use tower::timeout::Timeout;
use tower::{Layer, Service, ServiceExt};
use tower_http::cors::{AllowHeaders, Any, CorsLayer};

use crate::common::{TestResponse, body, hello, post, service};

/// An application that holds the service in a field.
#[derive(Clone, Debug)]
struct Host {
    messages: MessagesService,
}

fn is<T: Send + Sync + 'static>() {}

#[test]
fn public_types_are_send_and_the_service_accepts_common_bodies() {
    fn shared<T: Clone + Send + Sync + Unpin + 'static>() {}
    shared::<MessagesService>();
    shared::<ApiKeys>();
    is::<ResponseFuture>();
    is::<MessagesBody>();
    is::<MessagesServiceBuilder>();
    is::<MessagesServiceBuilder<AuthenticationDecided>>();
    fn unpin<T: Unpin>() {}
    unpin::<ResponseFuture>();
    unpin::<MessagesBody>();
    fn is_service<S: Service<Request<B>, Error = Infallible, Future = ResponseFuture>, B>() {}
    is_service::<MessagesService, Full<Bytes>>();
    is_service::<MessagesService, AxumBody>();
    is_service::<MessagesService, hyper::body::Incoming>();
    assert_eq!(size_of::<MessagesService>(), size_of::<usize>());
}

#[tokio::test]
async fn a_service_can_be_named_and_is_always_ready() {
    let mut host = Host { messages: service(hello()) };
    for _ in 0..3 {
        let ready = ServiceExt::<Request<String>>::ready(&mut host.messages).await.unwrap();
        assert_eq!(
            TestResponse::read(ready.call(post("/messages", body(false))).await.unwrap()).await.status,
            200
        );
    }
    assert!(format!("{host:?}").contains("max_body_bytes: 33554432"), "{host:?}");
}

/// A layer or a route of the program fails as the service does.
#[test]
fn an_error_becomes_the_response_of_a_service() {
    let busy = ApiError::new(ErrorType::RateLimit, "slow down")
        .with_request_id("req_upstream")
        .with_retry_after(Duration::from_millis(1500))
        .with_should_retry(true);
    let id = HeaderValue::from_static("req_edge");
    for (response, request_id) in [
        (Response::from(busy.clone()), None),
        (busy.clone().into_response(None), None),
        (busy.clone().into_response(Some(id)), Some("req_edge")),
    ] {
        let (head, body) = response.into_parts();
        assert_eq!(head.status, 429);
        let header = |name| head.headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap());
        assert_eq!((header("retry-after"), header("x-should-retry")), (Some("2"), Some("true")));
        assert_eq!((header("content-type"), header("request-id")), (Some("application/json"), request_id));
        let body = body.collect().now_or_never().unwrap().unwrap().to_bytes();
        let document: ErrorResponse = serde_json::from_slice(&body).unwrap();
        assert_eq!((&*document.error.message, document.request_id.as_deref()), ("slow down", request_id));
    }
    let mut odd = ApiError::internal().with_status(StatusCode::NOT_MODIFIED);
    odd.headers_mut().insert("content-length", HeaderValue::from_static("7"));
    odd.headers_mut().insert("x-tenant", HeaderValue::from_static("acme"));
    let response = odd.into_response(None);
    assert_eq!((response.status().as_u16(), response.headers().contains_key("content-length")), (500, false));
    assert_eq!(response.headers()["x-tenant"], "acme");
}

async fn ask(app: &Router, path: &str) -> TestResponse {
    TestResponse::read(app.clone().oneshot(post(path, AxumBody::from(body(true)))).await.unwrap()).await
}

#[tokio::test]
async fn a_service_nested_in_axum_is_found_below_its_prefix() {
    let app = Router::new()
        .nest_service("/api/v1", service(hello()))
        .nest_service("/v1/", service(hello()))
        .route("/", axum::routing::get(|| async { "home" }));
    for path in ["/api/v1/messages", "/api/v1/messages?beta=true", "/v1/messages", "/v1/v1/messages"] {
        assert_eq!(ask(&app, path).await.types().last().unwrap(), "message_stop", "{path}");
    }
    ask(&app, "/api/v1/models").await.error(405, "invalid_request_error");
    ask(&app, "/api/v1/complete").await.error(404, "not_found_error");
    ask(&app, "/api/v1/messages/count_tokens").await.error(404, "not_found_error");
}

#[tokio::test]
async fn a_service_routed_in_axum_serves_its_routes() {
    let app = Router::new()
        .route_service("/v1/messages", service(hello()))
        .route_service("/v1/messages/count_tokens", service(hello()));
    assert_eq!(ask(&app, "/v1/messages").await.types().last().unwrap(), "message_stop");
    ask(&app, "/v1/messages/count_tokens").await.error(404, "not_found_error");
}

#[tokio::test]
async fn a_fallback_service_in_axum_serves_any_prefix() {
    let app = Router::new().fallback_service(service(hello()));
    assert_eq!(ask(&app, "/deep/down/v1/messages").await.types().last().unwrap(), "message_stop");
    ask(&app, "/").await.error(404, "not_found_error");
}

#[tokio::test]
async fn a_service_works_below_the_layers_of_tower() {
    let service = service(hello())
        .map_request(|request: Request<Full<Bytes>>| request.map(AxumBody::new))
        .map_response(|response| response.map(AxumBody::new));
    let stack = Timeout::new(service, Duration::from_secs(5));
    let response = stack.oneshot(post("/v1/messages", Full::from(body(true)))).await.unwrap();
    assert_eq!(TestResponse::read(response).await.types().last().unwrap(), "message_stop");
}

/// Such layers respond by themselves, with an empty body of the same type.
#[tokio::test]
async fn a_service_works_below_a_layer_for_cors() {
    let guarded = MessagesService::builder(hello()).authenticate(ApiKeys::new(["key"])).build();
    let app = CorsLayer::new().allow_origin(Any).allow_headers(AllowHeaders::mirror_request()).layer(guarded);
    let preflight = Request::options("/v1/messages")
        .header("origin", "https://page.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,anthropic-version,x-stainless-lang")
        .body(String::new())
        .unwrap();
    let preflight = app.clone().oneshot(preflight).await.unwrap();
    let allowed = &preflight.headers()["access-control-allow-headers"];
    assert_eq!(allowed, "authorization,anthropic-version,x-stainless-lang");
    assert_eq!(preflight.into_body().collect().await.unwrap().to_bytes(), "");

    let rejected = TestResponse::read(app.oneshot(post("/v1/messages", body(true))).await.unwrap()).await;
    rejected.error(401, "authentication_error");
    assert_eq!(rejected.header("access-control-allow-origin"), Some("*"));
}

#[tokio::test]
async fn a_service_in_plain_hyper_serves_http1() {
    let server = crate::support::Server::start(service(hello())).await;
    let app = Router::new().fallback_service(service(hello()));
    let routed = crate::support::Server::start(app).await;
    for address in [server.address(), routed.address()] {
        let stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let text = http1(stream, &body(false)).await;
        assert!(text.starts_with("HTTP/1.1 200 OK") && text.contains("msg_01"), "{text}");
    }
}

async fn http1(mut stream: tokio::net::TcpStream, body: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let head = "POST /v1/messages HTTP/1.1\r\nhost: x\r\nconnection: close";
    let request = format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

#[cfg(all(feature = "http2", feature = "reqwest", feature = "serve"))]
#[tokio::test]
async fn a_service_in_plain_hyper_serves_http2() {
    use hyper_util::rt::{TokioExecutor, TokioIo};
    use messages_api::reqwest::{Client, Version};

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1/messages", listener.local_addr().unwrap());
    let service = service(hello());
    tokio::spawn(async move {
        let (socket, _peer) = listener.accept().await.unwrap();
        let service = hyper::service::service_fn(move |request| service.clone().oneshot(request));
        let http = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
        http.serve_connection(TokioIo::new(socket), service).await
    });
    let client = Client::builder().http2_prior_knowledge().build().unwrap();
    for streamed in [false, true] {
        let response = client.post(&url).body(body(streamed)).send().await.unwrap();
        assert_eq!((response.status().as_u16(), response.version()), (200, Version::HTTP_2));
        assert!(response.text().await.unwrap().contains("Hello"));
    }
}
