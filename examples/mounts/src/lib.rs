//! What the programs in `src/bin` mount, each in another framework.

use std::net::SocketAddr;
use std::time::Duration;

use messages_api::{
    ApiError, ApiKeys, CreateMessageRequest, Message, MessageDeltaUsage, MessageStream, MessagesService,
    Reply, RequestContext, StopReason, Usage, handler_fn,
};
use tokio::net::TcpListener;

/// Repeats what the user said, word by word. Callers need the key `secret`.
pub fn service() -> MessagesService {
    MessagesService::builder(handler_fn(echo)).authenticate(ApiKeys::new(["secret"])).build()
}

async fn echo(request: CreateMessageRequest, context: RequestContext) -> Result<Reply, ApiError> {
    let said = request.messages.last().map(|last| last.content.to_text()).unwrap_or_default();
    let words = said.split_whitespace().count() as u64;
    let id = format!("msg_{}", context.request_id());
    let start = Message::new(id, request.model, vec![], Usage::new(words, 0));
    let stream = MessageStream::from_writer(start, move |mut writer| async move {
        for word in said.split_inclusive(' ') {
            writer.text(word).await;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(words)).await)
    });
    Ok(stream.into())
}

/// Returns the address to listen on.
pub fn address() -> SocketAddr {
    let address = std::env::var("ADDR").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    address.parse().expect("ADDR is not an address such as 127.0.0.1:8080")
}

/// Listens at this address, and says so.
pub async fn listen() -> std::io::Result<TcpListener> {
    let listener = TcpListener::bind(address()).await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(listener)
}
