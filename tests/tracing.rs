//! The tracing events that a subscriber gets, which hold no content and no secrets.
#![cfg(all(feature = "tracing", feature = "client", feature = "server"))]
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::io::Write;
use std::sync::{Arc, Mutex};

use messages_api::{
    ApiKeys, Client, ContentBlock, CreateMessageRequest, Credential, Message, MessagesService, Usage,
    handler_fn,
};
use support::Server;
use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// The test has one thread, whose events all go to its own subscriber.
#[tokio::test]
async fn calls_and_panics_are_reported_without_content_and_secrets() {
    let log = Log::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
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
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for expected in [
        "the server responded",
        "responded to a request",
        "status=200",
        "status=500",
        "request_id",
        "the handler panicked",
    ] {
        assert!(log.contains(expected), "no {expected} in\n{log}");
    }
    assert!(!log.contains("marker"), "{log}");
}
