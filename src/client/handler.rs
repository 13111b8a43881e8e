//! A client as a handler: a server over it is a gateway.

use std::sync::Arc;

use http::{HeaderMap, HeaderName};

use super::{Client, headers};
use crate::error::Error;
use crate::handler::{Handler, Reply, RequestContext};
use crate::model::{ApiError, CountTokensRequest, CreateMessageRequest, MessageTokensCount};

/// What the upstream calls the request; the server has a name of its own for it.
const UPSTREAM_REQUEST_ID: HeaderName = HeaderName::from_static("upstream-request-id");

/// The headers of an answer that travel back begin with one of these.
const LIMIT_HEADERS: [&str; 3] = ["anthropic-ratelimit-", "anthropic-priority-", "anthropic-fast-"];

impl Handler for Client {
    async fn create_message(
        &self,
        request: CreateMessageRequest,
        context: RequestContext,
    ) -> Result<Reply, ApiError> {
        let client = self.for_caller(&context)?;
        let (mut reply, headers) = if request.stream == Some(true) {
            let stream = client.stream_message(&request).await?;
            let headers = stream.headers().clone();
            (Reply::from(stream.events()), headers)
        } else {
            let (parts, message) = client.create_message_response(&request).await?.into_parts();
            (Reply::from(message), parts.headers)
        };
        reply.headers_mut().extend(passed_back(&headers));
        Ok(reply)
    }

    async fn count_tokens(
        &self,
        request: CountTokensRequest,
        context: RequestContext,
    ) -> Result<MessageTokensCount, ApiError> {
        Ok(Self::count_tokens(&self.for_caller(&context)?, &request).await?)
    }
}

impl Client {
    /// This client with the version and the betas that the caller asks for.
    fn for_caller(&self, context: &RequestContext) -> Result<Self, Error> {
        let mut client = self.clone();
        let map = Arc::make_mut(&mut client.headers);
        if let Some(version) = context.headers().get(headers::VERSION) {
            map.insert(headers::VERSION, version.clone());
        }
        headers::add_betas(map, context.betas())?;
        Ok(client)
    }
}

fn passed_back(headers: &HeaderMap) -> HeaderMap {
    let limits =
        headers.iter().filter(|(name, _)| LIMIT_HEADERS.iter().any(|start| name.as_str().starts_with(start)));
    let mut passed: HeaderMap = limits.map(|(name, value)| (name.clone(), value.clone())).collect();
    if let Some(request_id) = headers.get("request-id") {
        passed.insert(UPSTREAM_REQUEST_ID, request_id.clone());
    }
    passed
}
