//! The route in axum, with a small built-in handler.
//!
//! ```sh
//! API_KEY=secret cargo run --example serve
//! curl http://127.0.0.1:8080/api/v1/messages -H "x-api-key: secret" \
//!     -d '{"model":"m","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"Hi"}]}'
//! ```
//!
//! `ADDR` names another address. How long a connection may take to send its
//! request's head is up to the HTTP server that the route is mounted in.
#![allow(clippy::print_stdout)]

use std::error::Error;

use messages_api::{
    ApiError, ApiKeys, CreateMessageRequest, Message, MessageDeltaUsage, MessageStream, MessagesService,
    Reply, RequestContext, StopReason, Usage, handler_fn,
};

/// Repeats what it was told, word by word.
async fn echo(request: CreateMessageRequest, context: RequestContext) -> Result<Reply, ApiError> {
    let last =
        request.messages.last().ok_or_else(|| ApiError::invalid_request("messages: must not be empty"))?;
    let text = last.content.to_text();
    let start =
        Message::new(format!("msg_{}", context.request_id()), request.model, vec![], Usage::new(1, 0));
    Ok(Reply::from(MessageStream::write(start, |mut writer| async move {
        let mut words = 0;
        for word in text.split_inclusive(' ') {
            writer.text(word).await;
            words += 1;
        }
        Ok(writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(words)).await)
    })))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let key = std::env::var("API_KEY").map_err(|_| "set API_KEY to the key that callers must present")?;
    let address = std::env::var("ADDR").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let service = MessagesService::builder(handler_fn(echo)).authenticate(ApiKeys::new([key])).build();
    let app = axum::Router::new().nest_service("/api/v1", service);
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}
