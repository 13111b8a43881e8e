//! The tracing events that a subscriber gets, which hold no content and no secrets.
#![cfg(all(feature = "tracing", feature = "reqwest", feature = "server"))]
#![allow(clippy::unwrap_used, clippy::panic)]

mod calls;
mod requests;
#[path = "../transport/script.rs"]
#[allow(dead_code)]
mod script;
#[cfg(all(feature = "http2", feature = "serve"))]
mod secrets;
mod spans;
#[path = "../support/mod.rs"]
mod support;

use std::fmt::{Debug, Write};
use std::io;
use std::sync::{Arc, Mutex};

use http::{Request, Response};
use messages_api::client::{RequestBody, RetryPolicy};
use messages_api::{
    ApiKeys, Client, ContentBlock, CreateMessageRequest, Credential, Message, MessagesService, Usage,
    handler_fn,
};
use support::Server;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Writes down the fields of every event and span.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Fields>>);

#[derive(Default)]
struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        writeln!(self.0, "{field}={value:?}").unwrap();
    }
}

impl Subscriber for Log {
    fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut *self.0.lock().unwrap());
        Id::from_u64(1)
    }

    fn record(&self, _span: &Id, values: &Record<'_>) {
        values.record(&mut *self.0.lock().unwrap());
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = self.0.lock().unwrap();
        writeln!(fields.0, "level={}", event.metadata().level()).unwrap();
        event.record(&mut *fields);
    }

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}
    fn enter(&self, _span: &Id) {}
    fn exit(&self, _span: &Id) {}
}

/// The test has one thread, whose events all go to its own subscriber.
#[tokio::test]
async fn calls_and_panics_are_reported_without_content_and_secrets() {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let handler = handler_fn(|request, _context| async move {
        assert!(request.max_tokens > 1, "marker-panic");
        Ok(Message::new("m", "m", vec![ContentBlock::text("marker-message")], Usage::new(1, 1)).into())
    });
    let service = MessagesService::builder(handler).authenticate(ApiKeys::new(["marker-key"])).build();
    let server = Server::start(service).await;
    let client = Client::builder()
        .base_url(&format!("http://{}/api", server.address()))
        .credential(Credential::api_key("marker-key"))
        .build()
        .unwrap();
    for max_tokens in [2, 1] {
        let request = CreateMessageRequest::new("m", max_tokens).user("marker-prompt");
        assert_eq!(client.create_message(&request).await.is_ok(), max_tokens == 2);
    }
    let log = log.0.lock().unwrap().0.clone();
    for expected in [
        "the server responded",
        "responded to a request",
        "status=200",
        "status=500",
        "request_id",
        "the request failed by a panic",
    ] {
        assert!(log.contains(expected), "no {expected} in\n{log}");
    }
    assert!(!log.contains("marker"), "{log}");
}

/// Returns a client whose every attempt meets `response`, or a connection that is refused.
fn client_of(response: Option<(u16, &'static str)>) -> Client {
    let service = tower::service_fn(move |_request: Request<RequestBody>| async move {
        let (status, body) =
            response.ok_or_else(|| io::Error::new(io::ErrorKind::ConnectionRefused, "no-listener"))?;
        let response = Response::builder().status(status).header("request-id", "req_1").body(body.to_owned());
        Ok::<_, io::Error>(response.unwrap())
    });
    let credential = Credential::api_key("marker-key");
    Client::builder().transport(service).credential(credential).retry(RetryPolicy::new(1)).build().unwrap()
}
