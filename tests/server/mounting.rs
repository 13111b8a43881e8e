//! The service in the hands of a host.

use std::convert::Infallible;

use axum::Router;
use axum::body::Body as AxumBody;
use http::Request;
use http_body_util::Full;
use hyper::body::Bytes;
use messages_api::server::{MessagesBody, MessagesServiceBuilder, ResponseFuture};
use messages_api::{ApiKeys, MessagesService};
use tower::{Service, ServiceExt};

use crate::common::{Answer, body, hello, post, service};

/// A host that keeps the service by name.
#[derive(Clone, Debug)]
struct Host {
    messages: MessagesService,
}

fn is<T: Send + 'static>() {}

#[test]
fn auto_traits() {
    fn shared<T: Clone + Send + Sync + Unpin + 'static>() {}
    shared::<MessagesService>();
    shared::<ApiKeys>();
    is::<ResponseFuture>();
    is::<MessagesBody>();
    is::<MessagesServiceBuilder>();
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
async fn by_name_and_always_ready() {
    let mut host = Host { messages: service(hello()) };
    for _ in 0..3 {
        let ready = ServiceExt::<Request<String>>::ready(&mut host.messages).await.unwrap();
        assert_eq!(Answer::read(ready.call(post("/messages", body(false))).await.unwrap()).await.status, 200);
    }
    assert!(format!("{host:?}").contains("max_body_bytes: 33554432"), "{host:?}");
}

async fn ask(app: &Router, path: &str) -> Answer {
    Answer::read(app.clone().oneshot(post(path, AxumBody::from(body(true)))).await.unwrap()).await
}

#[tokio::test]
async fn nested_in_axum() {
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
async fn routed_in_axum() {
    let app = Router::new()
        .route_service("/v1/messages", service(hello()))
        .route_service("/v1/messages/count_tokens", service(hello()));
    assert_eq!(ask(&app, "/v1/messages").await.types().last().unwrap(), "message_stop");
    ask(&app, "/v1/messages/count_tokens").await.error(404, "not_found_error");
}

#[tokio::test]
async fn as_the_fallback_of_axum() {
    let app = Router::new().fallback_service(service(hello()));
    assert_eq!(ask(&app, "/deep/down/v1/messages").await.types().last().unwrap(), "message_stop");
    ask(&app, "/").await.error(404, "not_found_error");
}
