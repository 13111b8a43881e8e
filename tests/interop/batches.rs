//! Batches, which are processed before the call that creates them returns.

use std::sync::{Mutex, MutexGuard, PoisonError};

use messages_api::handler::ReplyBody;
use messages_api::types::batches::{
    BatchRequestCounts, BatchResult, BatchSucceeded, CreateBatchRequest, DeletedMessageBatch, MessageBatch,
    ProcessingStatus,
};
use messages_api::{ApiError, Handler, Reply, RequestContext};

/// The batches with their results, newest first.
#[derive(Default)]
pub(crate) struct Batches(Mutex<Vec<(MessageBatch, Vec<BatchResult>)>>);

impl Batches {
    pub(crate) async fn create(
        &self,
        handler: &impl Handler,
        request: CreateBatchRequest,
        context: RequestContext,
    ) -> Result<Reply<MessageBatch>, ApiError> {
        let mut results = Vec::new();
        for request in request.requests {
            let reply = handler.create_message(request.params, context.clone()).await?;
            let message = match reply.into_parts().0 {
                ReplyBody::Message(message) => *message,
                ReplyBody::Stream(stream) => stream.final_message().await?,
                _ => return Err(ApiError::internal()),
            };
            results.push(BatchResult::new(request.custom_id, BatchSucceeded::new(message)));
        }
        let id = format!("msgbatch_{}", context.request_id());
        let counts = BatchRequestCounts::new(0, results.len() as u64, 0, 0, 0);
        let (created_at, expires_at) = ("2026-08-01T00:00:00Z", "2026-08-02T00:00:00Z");
        let batch = MessageBatch::new(&*id, ProcessingStatus::Ended, counts, created_at, expires_at)
            .ended_at(created_at)
            .results_url(format!("/v1/messages/batches/{id}/results"));
        self.lock().insert(0, (batch.clone(), results));
        Ok(batch.into())
    }

    pub(crate) fn all(&self) -> Vec<MessageBatch> {
        self.lock().iter().map(|(batch, _)| batch.clone()).collect()
    }

    pub(crate) fn get(&self, id: &str) -> Result<(MessageBatch, Vec<BatchResult>), ApiError> {
        let found = self.lock().iter().find(|(batch, _)| batch.id == id).cloned();
        found.ok_or_else(|| ApiError::not_found("no such batch"))
    }

    pub(crate) fn delete(&self, id: &str) -> Result<Reply<DeletedMessageBatch>, ApiError> {
        self.get(id)?;
        self.lock().retain(|(batch, _)| batch.id != id);
        Ok(DeletedMessageBatch::new(id).into())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(MessageBatch, Vec<BatchResult>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
