//! The decorator as a handler.

use std::sync::Arc;
use std::time::SystemTime;

use super::content::Content;
use super::record::Record;
use super::{Recorded, Settings};
use crate::error::ApiError;
use crate::handler::{BatchResultStream, Handler, ModelQuery, OnEnd, PageQuery, Reply, RequestContext};
use crate::types::batches::{CreateBatchRequest, DeletedMessageBatch, MessageBatch, MessageBatchPage};
use crate::types::models::{ModelInfo, ModelPage};
use crate::types::{CountTokensRequest, CreateMessageRequest, MessageTokensCount};

#[deny(clippy::missing_trait_methods)]
impl<H: Handler> Handler for Recorded<H> {
    async fn create_message(
        &self,
        request: CreateMessageRequest,
        context: RequestContext,
    ) -> Result<Reply, ApiError> {
        let (end, content) = self.settings.begin(&request, &context);
        let result = self.inner.create_message(request, context).await;
        end.attach(match content {
            Some(content) => result.map(|reply| content.of_reply(reply)),
            None => result,
        })
    }

    async fn count_tokens(
        &self,
        request: CountTokensRequest,
        context: RequestContext,
    ) -> Result<Reply<MessageTokensCount>, ApiError> {
        self.inner.count_tokens(request, context).await
    }

    async fn create_batch(
        &self,
        request: CreateBatchRequest,
        context: RequestContext,
    ) -> Result<Reply<MessageBatch>, ApiError> {
        self.inner.create_batch(request, context).await
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

impl Settings {
    /// Returns the guard of a request, and what keeps its content if that is asked for.
    fn begin(&self, request: &CreateMessageRequest, context: &RequestContext) -> (OnEnd, Option<Content>) {
        let sink = Arc::clone(&self.sink);
        let content = self.max_content_bytes.map(|max_bytes| Content::new(request, max_bytes));
        let (is_streamed, started_at) = (request.stream == Some(true), SystemTime::now());
        let kept = content.clone();
        let end = OnEnd::new(request, context, move |outcome| {
            let content = kept.map(|content| content.take());
            sink.record(Record::new(outcome, is_streamed, started_at, content));
        });
        (end, content)
    }
}
