//! The client as a handler, for gateways.

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
        let (mut reply, headers) = if request.stream == Some(true) {
            let stream = client.stream_message(&request).await?.without_accumulation();
            let headers = forwarded_headers(stream.headers());
            (Reply::from(stream), headers)
        } else {
            let (head, message) = client.create_message_response(&request).await?.into_parts();
            (Reply::from(message), forwarded_headers(&head.headers))
        };
        reply.headers_mut().extend(headers);
        Ok(reply)
    }

    async fn count_tokens(
        &self,
        request: CountTokensRequest,
        context: RequestContext,
    ) -> Result<MessageTokensCount, ApiError> {
        Ok(Client::count_tokens(&self.on_behalf_of(&context)?, &request).await?)
    }
}
