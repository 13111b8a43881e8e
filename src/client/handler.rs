//! A client as a handler.

use std::sync::Arc;

use super::response::passed_on;
use super::{Client, headers};
use crate::error::Error;
use crate::handler::{Handler, Reply, RequestContext};
use crate::model::{ApiError, CountTokensRequest, CreateMessageRequest, MessageTokensCount};

impl Handler for Client {
    async fn create_message(
        &self,
        request: CreateMessageRequest,
        context: RequestContext,
    ) -> Result<Reply, ApiError> {
        let client = self.on_behalf_of(&context)?;
        let (mut reply, headers) = if request.stream == Some(true) {
            let stream = client.stream_message(&request).await?.events();
            let headers = passed_on(stream.headers());
            (Reply::from(stream), headers)
        } else {
            let (head, message) = client.create_message_response(&request).await?.into_parts();
            (Reply::from(message), passed_on(&head.headers))
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

impl Client {
    /// This client with what travels of the caller's headers.
    fn on_behalf_of(&self, context: &RequestContext) -> Result<Self, Error> {
        let mut client = self.clone();
        if let Some(version) = context.headers().get(headers::VERSION) {
            Arc::make_mut(&mut client.headers).insert(headers::VERSION, version.clone());
        }
        if context.headers().contains_key(headers::BETA) {
            headers::add_betas(Arc::make_mut(&mut client.headers), context.betas())?;
        }
        Ok(client)
    }
}
