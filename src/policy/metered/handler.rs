//! The decorator as a handler.

use super::Metered;
use crate::error::ApiError;
use crate::handler::{BatchResultStream, Handler, ModelQuery, PageQuery, Reply, RequestContext};
use crate::types::batches::{CreateBatchRequest, DeletedMessageBatch, MessageBatch, MessageBatchPage};
use crate::types::models::{ModelInfo, ModelPage};
use crate::types::{CountTokensRequest, CreateMessageRequest, ErrorType, MessageTokensCount};

#[deny(clippy::missing_trait_methods)]
impl<H: Handler> Handler for Metered<H> {
    async fn create_message(
        &self,
        request: CreateMessageRequest,
        context: RequestContext,
    ) -> Result<Reply, ApiError> {
        let call = self.meter.begin(&request, &context)?;
        let result = match call.reserve().await {
            Ok(()) => self.inner.create_message(request, context).await,
            Err(error) => Err(error),
        };
        call.attach(result)
    }

    async fn create_batch(
        &self,
        request: CreateBatchRequest,
        context: RequestContext,
    ) -> Result<Reply<MessageBatch>, ApiError> {
        if !self.meter.forwards_batches {
            return Err(ApiError::new(ErrorType::Permission, "Batches cannot be created on this account"));
        }
        self.inner.create_batch(request, context).await
    }

    // All others are free.
    async fn count_tokens(
        &self,
        request: CountTokensRequest,
        context: RequestContext,
    ) -> Result<Reply<MessageTokensCount>, ApiError> {
        self.inner.count_tokens(request, context).await
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
