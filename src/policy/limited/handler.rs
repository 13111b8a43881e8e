//! The decorator as a handler.

use std::future::Future;

use http::HeaderMap;

use super::Limited;
use super::limiter::Admission;
use super::store::LimitKind;
use crate::error::ApiError;
use crate::handler::{Handler, OnEnd, Reply, ReplyBody, RequestContext, forward_methods};
use crate::types::batches::{CreateBatchRequest, MessageBatch};
use crate::types::{CountTokensRequest, CreateMessageRequest, MessageTokensCount};

#[deny(clippy::missing_trait_methods)]
impl<H: Handler> Handler for Limited<H> {
    // The request is in a box, and this is not an `async fn`, so that the future is small.
    fn create_message(
        &self,
        request: CreateMessageRequest,
        mut context: RequestContext,
    ) -> impl Future<Output = Result<Reply<ReplyBody>, ApiError>> + Send {
        let request = Box::new(request);
        async move {
            let Admission { headers, rest } = self.limiter.admit(&request, &mut context).await?;
            let end = rest.map(|rest| OnEnd::new(&request, &context, |outcome| rest.settle(outcome)));
            let result = self.inner.create_message(*request, context).await;
            let result = match end {
                Some(end) => end.attach(result),
                None => result,
            };
            with_headers(result, headers)
        }
    }

    async fn count_tokens(
        &self,
        request: CountTokensRequest,
        context: RequestContext,
    ) -> Result<Reply<MessageTokensCount>, ApiError> {
        let headers = self.limiter.admit_one(LimitKind::TokenCounts, &context).await?;
        with_headers(self.inner.count_tokens(request, context).await, headers)
    }

    async fn create_batch(
        &self,
        request: CreateBatchRequest,
        context: RequestContext,
    ) -> Result<Reply<MessageBatch>, ApiError> {
        let headers = self.limiter.admit_one(LimitKind::Batches, &context).await?;
        with_headers(self.inner.create_batch(request, context).await, headers)
    }

    forward_methods!(
        inner: list_models get_model list_batches get_batch cancel_batch delete_batch batch_results
    );
}

/// Tells the caller of its limits, whether or not the request has succeeded.
fn with_headers<B>(mut result: Result<Reply<B>, ApiError>, headers: HeaderMap) -> Result<Reply<B>, ApiError> {
    let own = match &mut result {
        Ok(reply) => reply.headers_mut(),
        Err(error) => error.headers_mut(),
    };
    if own.is_empty() {
        *own = headers;
    } else {
        own.extend(headers);
    }
    result
}
