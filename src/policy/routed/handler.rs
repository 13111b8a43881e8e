//! The router as a handler.

use std::future::Future;
use std::pin::Pin;

use super::Routed;
use super::choice::Key;
use super::route::{Route, Upstream};
use crate::error::{ApiError, Mark};
use crate::handler::{BatchResultStream, BoxHandler, Handler, ModelQuery, PageQuery, Reply, RequestContext};
use crate::types::batches::{CreateBatchRequest, DeletedMessageBatch, MessageBatch, MessageBatchPage};
use crate::types::models::{ModelInfo, ModelPage};
use crate::types::{CountTokensRequest, CreateMessageRequest, MessageTokensCount};

#[deny(clippy::missing_trait_methods)]
impl Handler for Routed {
    async fn create_message(
        &self,
        request: CreateMessageRequest,
        context: RequestContext,
    ) -> Result<Reply, ApiError> {
        let key = Key::of(&context, request.metadata.as_ref());
        let (route, name) = (self.route(&request.model)?, request.model.clone());
        let (context, name) = (&context, &name);
        first_of(route, key, request, |upstream, mut request, has_next| {
            Box::pin(async move {
                upstream.set_model(&mut request.model);
                let reply = upstream.handler().create_message(request, context.clone()).await?;
                let mut reply = reply.renamed(name);
                // As long as there is no content, another upstream can take over.
                if has_next {
                    reply.ready().await?;
                }
                Ok(reply)
            })
        })
        .await
    }

    async fn count_tokens(
        &self,
        request: CountTokensRequest,
        context: RequestContext,
    ) -> Result<Reply<MessageTokensCount>, ApiError> {
        let (route, context) = (self.route(&request.model)?, &context);
        first_of(route, Key::of(context, None), request, |upstream, mut request, _has_next| {
            Box::pin(async move {
                upstream.set_model(&mut request.model);
                upstream.handler().count_tokens(request, context.clone()).await
            })
        })
        .await
    }

    async fn list_models(
        &self,
        query: ModelQuery,
        _context: RequestContext,
    ) -> Result<Reply<ModelPage>, ApiError> {
        Ok(ModelPage::select(&self.models, &query)?.into())
    }

    async fn get_model(
        &self,
        model_id: String,
        _context: RequestContext,
    ) -> Result<Reply<ModelInfo>, ApiError> {
        Ok(self.info(model_id)?.into())
    }

    async fn create_batch(
        &self,
        request: CreateBatchRequest,
        context: RequestContext,
    ) -> Result<Reply<MessageBatch>, ApiError> {
        self.batch_handler()?.create_batch(request, context).await
    }

    async fn list_batches(
        &self,
        query: PageQuery,
        context: RequestContext,
    ) -> Result<Reply<MessageBatchPage>, ApiError> {
        self.batch_handler()?.list_batches(query, context).await
    }

    async fn get_batch(
        &self,
        batch_id: String,
        context: RequestContext,
    ) -> Result<Reply<MessageBatch>, ApiError> {
        self.batch_handler()?.get_batch(batch_id, context).await
    }

    async fn cancel_batch(
        &self,
        batch_id: String,
        context: RequestContext,
    ) -> Result<Reply<MessageBatch>, ApiError> {
        self.batch_handler()?.cancel_batch(batch_id, context).await
    }

    async fn delete_batch(
        &self,
        batch_id: String,
        context: RequestContext,
    ) -> Result<Reply<DeletedMessageBatch>, ApiError> {
        self.batch_handler()?.delete_batch(batch_id, context).await
    }

    async fn batch_results(
        &self,
        batch_id: String,
        context: RequestContext,
    ) -> Result<Reply<BatchResultStream>, ApiError> {
        self.batch_handler()?.batch_results(batch_id, context).await
    }
}

impl Routed {
    fn batch_handler(&self) -> Result<&BoxHandler, ApiError> {
        let none = || ApiError::not_found("This server does not process batches");
        self.batches.as_ref().ok_or_else(none)
    }
}

type Sending<'a, T> = Pin<Box<dyn Future<Output = Result<T, ApiError>> + Send + 'a>>;

/// Sends a request along a route until an upstream replies, or fails with an error that is final.
///
/// `send` also learns whether another upstream is left.
async fn first_of<'a, R: Clone, T>(
    route: &'a Route,
    key: Key,
    request: R,
    send: impl Fn(&'a Upstream, R, bool) -> Sending<'a, T>,
) -> Result<T, ApiError> {
    let upstreams = route.upstreams(key);
    let Some((last, others)) = upstreams.split_last() else { return Err(ApiError::internal()) };
    for upstream in others {
        let result = send(upstream, request.clone(), true);
        let result = noted(upstream, result).await;
        if !matches!(&result, Err(error) if leads_to_fallback(error)) {
            return result;
        }
    }
    noted(last, send(last, request, false)).await
}

/// Sends a request to an upstream, whose breaker takes note.
async fn noted<T>(upstream: &Upstream, sending: Sending<'_, T>) -> Result<T, ApiError> {
    upstream.failures().begin();
    let result = sending.await;
    match &result {
        Err(error) if leads_to_fallback(error) => upstream.failures().fail(error),
        _ => upstream.failures().succeed(),
    }
    result
}

/// Returns `true` if another upstream may do better than the one that has failed with `error`.
fn leads_to_fallback(error: &ApiError) -> bool {
    matches!(error.mark(), Mark::None)
        && error.should_retry() != Some(false)
        && matches!(error.status().as_u16(), 429 | 500 | 502 | 503 | 504 | 529)
}
