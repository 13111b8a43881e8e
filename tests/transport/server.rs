//! A server in the same process as the transport.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use messages_api::handler::handler_fn;
use messages_api::server::{ApiKeys, MessagesService};
use messages_api::types::CountTokensRequest;
use messages_api::{
    ApiError, Client, ContentBlock, CreateMessageRequest, Credential, ErrorKind, ErrorType, InputMessage,
    Message, MessageDeltaUsage, MessageStream, Role, StopReason, Usage,
};

use crate::script::request;

fn message() -> Message {
    Message::new("msg_01", "claude-sonnet-5", vec![ContentBlock::text("Hello")], Usage::new(9, 1))
        .stop_reason(StopReason::EndTurn)
}

#[tokio::test(start_paused = true)]
async fn calls_need_no_socket() {
    let handler = handler_fn(async |_request: CreateMessageRequest, _context| Ok(message().into()));
    for base_url in ["https://api.anthropic.com", "http://in.process/some/prefix"] {
        let service = MessagesService::builder(handler).authenticate(ApiKeys::new(["sk-1"])).build();
        let builder = Client::builder().transport(service).base_url(base_url);
        let client = builder.credential(Credential::api_key("sk-1")).build().unwrap();
        assert_eq!(client.create_message(&request()).await.unwrap(), message());
        let response = client.create_message(&request()).response().await.unwrap();
        assert!(response.headers().contains_key("request-id"));
        assert_eq!(
            client.stream_message(&request()).await.unwrap().final_message().await.unwrap(),
            message()
        );

        let count = CountTokensRequest::new("m", vec![InputMessage::new(Role::User, "Hi")]);
        let error = client.count_tokens(&count).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Api, "the handler does not count: {error}");
        let stranger = client.with_credential(Credential::bearer("sk-2")).unwrap();
        let error = stranger.create_message(&request()).await.unwrap_err();
        assert_eq!(error.status().unwrap().as_u16(), 401);
    }
}

#[tokio::test(start_paused = true)]
async fn an_overload_is_survived_and_a_slow_stream_keeps_its_pace() {
    let calls = Arc::new(AtomicU32::new(0));
    let handler = handler_fn(move |_request: CreateMessageRequest, _context| {
        let calls = calls.clone();
        async move {
            if calls.fetch_add(1, Ordering::Relaxed) == 0 {
                return Err(
                    ApiError::new(ErrorType::Overloaded, "Busy").with_retry_after(Duration::from_secs(9))
                );
            }
            let start = Message::new("msg_01", "claude-sonnet-5", vec![], Usage::new(9, 0));
            let stream = MessageStream::from_writer(start, |mut writer| async move {
                for word in ["One", " two"] {
                    tokio::time::sleep(Duration::from_secs(50)).await;
                    writer.text(word).await;
                }
                Ok(writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(2)).await)
            });
            Ok(stream.into())
        }
    });
    let service = MessagesService::builder(handler).unauthenticated().build();
    let client = Client::builder().transport(service).build().unwrap();
    let start = tokio::time::Instant::now();
    let stream = client.stream_message(&request()).await.unwrap();
    // The wait that the server asked for, and the time to the first word.
    assert_eq!(start.elapsed().as_secs(), 9 + 50);
    assert_eq!(stream.final_message().await.unwrap().text(), "One two");
    assert_eq!(start.elapsed().as_secs(), 109);
}

#[tokio::test(start_paused = true)]
async fn a_time_limit_ends_a_call_that_takes_too_long() {
    let handler = handler_fn(async |_request: CreateMessageRequest, _context| {
        tokio::time::sleep(Duration::from_secs(100)).await;
        Ok(message().into())
    });
    let service = MessagesService::builder(handler).unauthenticated().build();
    let client = Client::builder().transport(service).build().unwrap();
    let hasty = client.clone().with_total_timeout(Duration::from_secs(30));
    let error = hasty.create_message(&request()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.to_string().contains("total_timeout"), "{error}");
    assert!(client.create_message(&request()).await.is_ok());
}
