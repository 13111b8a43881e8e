//! A handler that serves every endpoint, from what it holds in memory.

use http::HeaderValue;
use messages_api::handler::{BatchResultStream, ModelQuery, PageQuery};
use messages_api::types::batches::{
    BatchErrored, BatchExpired, BatchRequestCounts, BatchResult, BatchSucceeded, CreateBatchRequest,
    DeletedMessageBatch, MessageBatch, MessageBatchPage, ProcessingStatus,
};
use messages_api::types::models::{ModelInfo, ModelPage};
use messages_api::types::{CountTokensRequest, MessageTokensCount};
use messages_api::{ApiError, CreateMessageRequest, ErrorType, Handler, Reply, RequestContext};

use crate::common::message;

/// Seven models, `m7` being the newest, and five batches, `b5` being the newest. Each reply has a header
/// `x-called` that says what was called.
pub(crate) struct Everything {
    models: Vec<ModelInfo>,
    batches: Vec<MessageBatch>,
}

impl Everything {
    pub(crate) fn new() -> Self {
        let time = "2026-08-01T00:00:00Z";
        let model = |number| {
            let model = ModelInfo::new(format!("m{number}"), format!("Model {number}"), time);
            model.lifecycle(if number > 2 { "active" } else { "deprecated" })
        };
        let batch = |number| {
            let (id, counts) = (format!("b{number}"), BatchRequestCounts::new(0, 3, 0, 0, 0));
            let batch = MessageBatch::new(&*id, ProcessingStatus::Ended, counts, time, time);
            batch.results_url(format!("https://upstream.test/v1/messages/batches/{id}/results"))
        };
        Self { models: (1..=7).rev().map(model).collect(), batches: (1..=5).rev().map(batch).collect() }
    }

    fn batch(&self, id: &str) -> Result<MessageBatch, ApiError> {
        let batch = self.batches.iter().find(|batch| batch.id == id);
        batch.cloned().ok_or_else(|| ApiError::not_found("no such batch"))
    }
}

fn called<B>(name: &str, id: &str, body: impl Into<Reply<B>>) -> Reply<B> {
    let mut reply = body.into();
    let value = HeaderValue::try_from(format!("{name} {}", id.escape_default())).unwrap();
    reply.headers_mut().insert("x-called", value);
    reply
}

#[deny(clippy::missing_trait_methods)]
impl Handler for Everything {
    async fn create_message(&self, _: CreateMessageRequest, _: RequestContext) -> Result<Reply, ApiError> {
        Ok(called("create_message", "", message("Hello")))
    }

    async fn count_tokens(
        &self,
        request: CountTokensRequest,
        _: RequestContext,
    ) -> Result<Reply<MessageTokensCount>, ApiError> {
        Ok(called("count_tokens", "", MessageTokensCount::new(request.estimate_tokens())))
    }

    async fn list_models(&self, query: ModelQuery, _: RequestContext) -> Result<Reply<ModelPage>, ApiError> {
        Ok(called("list_models", "", ModelPage::select(&self.models, &query)?))
    }

    async fn get_model(&self, id: String, _: RequestContext) -> Result<Reply<ModelInfo>, ApiError> {
        Ok(called("get_model", &id, ModelInfo::new(&*id, "A model", "1970-01-01T00:00:00Z")))
    }

    async fn create_batch(
        &self,
        request: CreateBatchRequest,
        _: RequestContext,
    ) -> Result<Reply<MessageBatch>, ApiError> {
        let counts = BatchRequestCounts::new(request.requests.len() as u64, 0, 0, 0, 0);
        let batch = MessageBatch::new("b6", ProcessingStatus::InProgress, counts, "", "");
        Ok(called("create_batch", "", batch))
    }

    async fn list_batches(
        &self,
        query: PageQuery,
        _: RequestContext,
    ) -> Result<Reply<MessageBatchPage>, ApiError> {
        Ok(called("list_batches", "", MessageBatchPage::select(&self.batches, &query)?))
    }

    async fn get_batch(&self, id: String, _: RequestContext) -> Result<Reply<MessageBatch>, ApiError> {
        Ok(called("get_batch", &id, self.batch(&id)?))
    }

    async fn cancel_batch(&self, id: String, _: RequestContext) -> Result<Reply<MessageBatch>, ApiError> {
        let mut batch = self.batch(&id)?;
        batch.processing_status = ProcessingStatus::Canceling;
        Ok(called("cancel_batch", &id, batch))
    }

    async fn delete_batch(
        &self,
        id: String,
        _: RequestContext,
    ) -> Result<Reply<DeletedMessageBatch>, ApiError> {
        Ok(called("delete_batch", &id, DeletedMessageBatch::new(self.batch(&id)?.id)))
    }

    async fn batch_results(
        &self,
        id: String,
        _: RequestContext,
    ) -> Result<Reply<BatchResultStream>, ApiError> {
        self.batch(&id)?;
        let busy = ApiError::new(ErrorType::Overloaded, "busy");
        let results = vec![
            BatchResult::new("r1", BatchSucceeded::new(message("two\nlines"))),
            BatchResult::new("r2", BatchErrored::new(busy.response().clone())),
            BatchResult::new("r3", BatchExpired::new()),
        ];
        Ok(called("batch_results", &id, BatchResultStream::from(results)))
    }
}
