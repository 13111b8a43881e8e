//! Serves the Messages API beside a route of its own, with a small built-in handler.
//!
//! ```sh
//! API_KEY=secret cargo run --example serve        # ADDR=127.0.0.1:8080 unless set
//! curl http://127.0.0.1:8080/api/v1/messages -H 'x-api-key: secret' -H 'content-type: application/json' \
//!     -d '{"model":"echo","max_tokens":99,"stream":true,"messages":[{"role":"user","content":"Hello there"}]}'
//! ```
#![allow(clippy::print_stdout)]

use std::time::Duration;

use messages_api::server::serve;
use messages_api::{
    ApiError, ApiKeys, CreateMessageRequest, Message, MessageDeltaUsage, MessageStream, MessagesService,
    Reply, RequestContext, StopReason, Usage, handler_fn,
};

/// Repeats what the user said, word by word.
async fn echo(request: CreateMessageRequest, context: RequestContext) -> Result<Reply, ApiError> {
    let last = request.messages.last();
    let said =
        last.ok_or_else(|| ApiError::invalid_request("messages: must not be empty"))?.content.to_text();
    let words = said.split_whitespace().count() as u64;
    let start =
        Message::new(format!("msg_{}", context.request_id()), request.model, vec![], Usage::new(words, 0));
    // A caller that did not ask for a stream gets the whole message.
    let stream = MessageStream::from_writer(start, move |mut writer| async move {
        for word in said.split_inclusive(' ') {
            writer.text(word).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(words)).await)
    });
    Ok(stream.into())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let key = std::env::var("API_KEY").map_err(|_| "set API_KEY to the key that callers must send")?;
    let service = MessagesService::builder(handler_fn(echo)).authenticate(ApiKeys::new([key])).build();
    let app = axum::Router::new()
        .route("/health", axum::routing::get(|| async { "ok" }))
        .nest_service("/api/v1", service);

    let address = std::env::var("ADDR").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    // After Ctrl-C, streams that are open have 30 seconds.
    serve(listener, app).shutdown(tokio::signal::ctrl_c()).drain(Duration::from_secs(30)).await;
    Ok(())
}
