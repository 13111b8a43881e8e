//! The client as a handler, for gateways.

use http::HeaderMap;

use super::calls::Client;
use crate::error::{ApiError, forwarded_headers};
use crate::handler::{Handler, Reply, RequestContext};
use crate::types::{CountTokensRequest, CreateMessageRequest, MessageTokensCount};

#[deny(clippy::missing_trait_methods)]
impl Handler for Client {
    async fn create_message(
        &self,
        request: CreateMessageRequest,
        context: RequestContext,
    ) -> Result<Reply, ApiError> {
        let client = self.on_behalf_of(&context)?;
        if request.stream == Some(true) {
            let stream = client.stream_message(&request).await?.without_accumulation();
            let headers = forwarded_headers(stream.headers());
            Ok(with_headers(stream.into(), headers))
        } else {
            let (head, message) = client.create_message_response(&request).await?.into_parts();
            Ok(with_headers(message.into(), forwarded_headers(&head.headers)))
        }
    }

    async fn count_tokens(
        &self,
        request: CountTokensRequest,
        context: RequestContext,
    ) -> Result<Reply<MessageTokensCount>, ApiError> {
        let client = self.on_behalf_of(&context)?;
        let (head, count) = client.count_tokens_response(&request).await?.into_parts();
        Ok(with_headers(count.into(), forwarded_headers(&head.headers)))
    }
}

fn with_headers<B>(mut reply: Reply<B>, headers: HeaderMap) -> Reply<B> {
    *reply.headers_mut() = headers;
    reply
}
