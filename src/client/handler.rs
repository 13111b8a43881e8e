//! The client as a handler, for gateways.

use http::HeaderMap;

use super::calls::Client;
use crate::error::{ApiError, Error, REQUEST_ID};
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

impl Client {
    /// Returns a client that also sends the forwarded headers of the caller's request.
    fn on_behalf_of(&self, context: &RequestContext) -> Result<Self, Error> {
        let mut client = self.clone();
        if let Some(version) = context.version() {
            client = client.with_version(version)?;
        }
        let betas = context.betas();
        if !betas.is_empty() {
            client = client.with_beta(betas)?;
        }
        Ok(client)
    }
}

/// Returns the headers of an upstream's response that are forwarded to the caller.
fn forwarded_headers(headers: &HeaderMap) -> HeaderMap {
    const PREFIXES: [&str; 3] = ["anthropic-ratelimit-", "anthropic-priority-", "anthropic-fast-"];
    let is_limit = |name: &str| PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    let limits = headers.iter().filter(|(name, _)| is_limit(name.as_str()));
    let mut forwarded: HeaderMap = limits.map(|(name, value)| (name.clone(), value.clone())).collect();
    if let Some(request_id) = headers.get(REQUEST_ID) {
        forwarded.insert("upstream-request-id", request_id.clone());
    }
    forwarded
}
