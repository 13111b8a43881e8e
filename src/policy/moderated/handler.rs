//! The moderated handler.

use super::held::held;
use super::review::DynReview;
use super::watched::watched;
use super::{Moderated, Moderator, Settings};
use crate::error::ApiError;
use crate::handler::{BatchResultStream, Handler, ModelQuery, PageQuery, Reply, RequestContext};
use crate::types::batches::{CreateBatchRequest, DeletedMessageBatch, MessageBatch, MessageBatchPage};
use crate::types::models::{ModelInfo, ModelPage};
use crate::types::{CountTokensRequest, CreateMessageRequest, MessageTokensCount};

#[deny(clippy::missing_trait_methods)]
impl<H: Handler, M: Moderator> Handler for Moderated<H, M> {
    async fn create_message(
        &self,
        request: CreateMessageRequest,
        context: RequestContext,
    ) -> Result<Reply, ApiError> {
        let review = self.moderator.review(&request, &context).await?;
        let reply = self.inner.create_message(request, context).await?;
        Ok(moderated(reply, Box::new(review), self.settings))
    }

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

    async fn create_batch(
        &self,
        request: CreateBatchRequest,
        context: RequestContext,
    ) -> Result<Reply<MessageBatch>, ApiError> {
        for request in &request.requests {
            self.moderator.review(&request.params, &context).await?;
        }
        self.inner.create_batch(request, context).await
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

/// Has a review look at a reply. A whole message passes as a stream, so that there is one way for both.
fn moderated(reply: Reply, review: Box<dyn DynReview>, settings: Settings) -> Reply {
    reply.into_streamed().map_stream(|stream| {
        // What is kept of the message is that which leaves.
        stream.map_events(|stream| {
            let stream = stream.without_accumulation();
            if settings.in_background {
                Box::pin(watched(stream, review))
            } else {
                Box::pin(held(stream, review, settings.hold_back))
            }
        })
    })
}
