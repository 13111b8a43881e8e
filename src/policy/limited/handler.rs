//! The decorator as a handler.

use super::Limited;
use super::store::LimitKind;
use crate::error::ApiError;
use crate::handler::{
    BatchResultStream, Handler, ModelQuery, OnEnd, PageQuery, Reply, ReplyBody, RequestContext,
};
use crate::types::batches::{CreateBatchRequest, DeletedMessageBatch, MessageBatch, MessageBatchPage};
use crate::types::models::{ModelInfo, ModelPage};
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
        Ok(result?.rate_limits(&admission.rate_limits))
    }

    async fn count_tokens(
        &self,
        request: CountTokensRequest,
        context: RequestContext,
    ) -> Result<Reply<MessageTokensCount>, ApiError> {
        let rate_limits = self.limiter.admit_one(LimitKind::TokenCounts, &context).await?;
        Ok(self.inner.count_tokens(request, context).await?.rate_limits(&rate_limits))
    }

    async fn create_batch(
        &self,
        request: CreateBatchRequest,
        context: RequestContext,
    ) -> Result<Reply<MessageBatch>, ApiError> {
        let rate_limits = self.limiter.admit_one(LimitKind::Batches, &context).await?;
        Ok(self.inner.create_batch(request, context).await?.rate_limits(&rate_limits))
    }

    async fn list_models(
        &self,
        query: ModelQuery,
        context: RequestContext,
    ) -> Result<Reply<ModelPage>, ApiError> {
        self.inner.list_models(query, context).await
    }

    async fn get_model(
        &self,
        model_id: String,
        context: RequestContext,
    ) -> Result<Reply<ModelInfo>, ApiError> {
        self.inner.get_model(model_id, context).await
    }

    async fn list_batches(
        &self,
        query: PageQuery,
        context: RequestContext,
    ) -> Result<Reply<MessageBatchPage>, ApiError> {
        self.inner.list_batches(query, context).await
    }

    async fn get_batch(
        &self,
        batch_id: String,
        context: RequestContext,
    ) -> Result<Reply<MessageBatch>, ApiError> {
        self.inner.get_batch(batch_id, context).await
    }

    async fn cancel_batch(
        &self,
        batch_id: String,
        context: RequestContext,
    ) -> Result<Reply<MessageBatch>, ApiError> {
        self.inner.cancel_batch(batch_id, context).await
    }

    async fn delete_batch(
        &self,
        batch_id: String,
        context: RequestContext,
    ) -> Result<Reply<DeletedMessageBatch>, ApiError> {
        self.inner.delete_batch(batch_id, context).await
    }

    async fn batch_results(
        &self,
        batch_id: String,
        context: RequestContext,
    ) -> Result<Reply<BatchResultStream>, ApiError> {
        self.inner.batch_results(batch_id, context).await
    }
}
