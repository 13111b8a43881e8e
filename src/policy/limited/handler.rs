//! The decorator as a handler.

use super::Limited;
use super::store::LimitKind;
use crate::error::ApiError;
use crate::handler::{Handler, OnEnd, Reply, ReplyBody, RequestContext, forward_methods};
use crate::types::batches::{CreateBatchRequest, MessageBatch};
use crate::types::rate_limits::RateLimits;
use crate::types::{CountTokensRequest, CreateMessageRequest, MessageTokensCount};

#[deny(clippy::missing_trait_methods)]
impl<H: Handler> Handler for Limited<H> {
    async fn create_message(
        &self,
        request: CreateMessageRequest,
        context: RequestContext,
    ) -> Result<Reply<ReplyBody>, ApiError> {
        let admission = self.limiter.admit(&request, &context).await?;
        let end = admission.rest.map(|rest| OnEnd::new(&request, &context, |outcome| rest.settle(outcome)));
        let result = self.inner.create_message(request, context).await;
        let result = match end {
            Some(end) => end.attach(result),
            None => result,
        };
        with_rate_limits(result, &admission.rate_limits)
    }

    async fn count_tokens(
        &self,
        request: CountTokensRequest,
        context: RequestContext,
    ) -> Result<Reply<MessageTokensCount>, ApiError> {
        let rate_limits = self.limiter.admit_one(LimitKind::TokenCounts, &context).await?;
        with_rate_limits(self.inner.count_tokens(request, context).await, &rate_limits)
    }

    async fn create_batch(
        &self,
        request: CreateBatchRequest,
        context: RequestContext,
    ) -> Result<Reply<MessageBatch>, ApiError> {
        let rate_limits = self.limiter.admit_one(LimitKind::Batches, &context).await?;
        with_rate_limits(self.inner.create_batch(request, context).await, &rate_limits)
    }

    forward_methods!(
        inner: list_models get_model list_batches get_batch cancel_batch delete_batch batch_results
    );
}

/// Tells the caller of its limits, whether or not the request has succeeded.
fn with_rate_limits<B>(
    result: Result<Reply<B>, ApiError>,
    limits: &RateLimits,
) -> Result<Reply<B>, ApiError> {
    match result {
        Ok(reply) => Ok(reply.rate_limits(limits)),
        Err(error) => Err(error.with_rate_limits(limits)),
    }
}
