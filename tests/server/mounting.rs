//! Mounting the service: as a field of a struct, and under axum.

use std::convert::Infallible;

use axum::Router;
use axum::body::Body as AxumBody;
use http::Request;
use http_body_util::Full;
use hyper::body::Bytes;
use messages_api::server::{AuthenticationDecided, MessagesBody, MessagesServiceBuilder, ResponseFuture};
use messages_api::{ApiKeys, MessagesService};
use tower::{Service, ServiceExt};

use crate::common::{TestResponse, body, hello, post, service};

/// An application that holds the service in a field.
#[derive(Clone, Debug)]
struct Host {
    messages: MessagesService,
}

fn is<T: Send + 'static>() {}

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
    ask(&app, "/api/v1/models").await.error(404, "not_found_error");
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
