//! The router as a handler.

use std::future::Future;

use super::Routed;
use super::breaker::Attempt;
use super::choice::Key;
use super::route::{Upstream, Upstreams};
use super::watched::watched;
use crate::error::{ApiError, Mark};
use crate::handler::{BatchResultStream, BoxHandler, Handler, ModelQuery, PageQuery, Reply, RequestContext};
use crate::types::batches::{CreateBatchRequest, DeletedMessageBatch, MessageBatch, MessageBatchPage};
use crate::types::models::{ModelInfo, ModelPage};
use crate::types::{CountTokensRequest, CreateMessageRequest, MessageTokensCount};

#[deny(clippy::missing_trait_methods)]
impl Handler for Routed {
    fn create_message(
        &self,
        request: CreateMessageRequest,
        context: RequestContext,
    ) -> impl Future<Output = Result<Reply, ApiError>> + Send {
        let upstreams = self.upstreams(&request.model, || Key::of(&context, request.metadata.as_ref()));
        first_of(upstreams, request, context, |upstream, mut request, context, attempt, is_last| {
            let (model, name) = upstream.rename(&mut request.model);
            let reply = upstream.handler().create_message(request, context);
            async move {
                let mut reply = match reply.await {
                    Ok(reply) => reply.renamed(name.as_deref().unwrap_or(&model)).served_by(model),
                    error => return noted(attempt, error),
                };
                if is_last {
                    return Ok(watched(reply, attempt));
                }
                // As long as there is no content, another upstream can take over.
                let begun = reply.ready().await.map_err(ApiError::from);
                noted(attempt, begun.map(|()| reply))
            }
        })
    }

    fn count_tokens(
        &self,
        request: CountTokensRequest,
        context: RequestContext,
    ) -> impl Future<Output = Result<Reply<MessageTokensCount>, ApiError>> + Send {
        let upstreams = self.upstreams(&request.model, || Key::of(&context, None));
        first_of(upstreams, request, context, |upstream, mut request, context, attempt, _is_last| {
            upstream.rename(&mut request.model);
            let reply = upstream.handler().count_tokens(request, context);
            async move { noted(attempt, reply.await) }
        })
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
    /// Returns the upstreams of the model with the given name, in the order in which a request asks them.
    fn upstreams(&self, model: &str, session: impl FnOnce() -> Key) -> Result<Upstreams<'_>, ApiError> {
        Ok(self.route(model)?.upstreams(session))
    }

    fn batch_handler(&self) -> Result<&BoxHandler, ApiError> {
        let none = || ApiError::not_found("This server does not process batches");
        self.batches.as_ref().ok_or_else(none)
    }
}

/// Sends a request to one upstream after the other until one replies, or fails with an error that is final.
/// `send` is told whether the upstream is the last one, and takes note of how it does.
///
/// The first one is asked at once, so that the future holds a request only if there are others.
fn first_of<'a, R, T, F>(
    upstreams: Result<Upstreams<'a>, ApiError>,
    request: R,
    context: RequestContext,
    send: impl Fn(&'a Upstream, R, RequestContext, Attempt, bool) -> F + Send,
) -> impl Future<Output = Result<T, ApiError>> + Send
where
    R: Clone + Send,
    T: Send,
    F: Future<Output = Result<T, ApiError>> + Send,
{
    let first = upstreams.and_then(|mut upstreams| match upstreams.next() {
        Some((upstream, attempt)) => Ok((upstream, attempt, upstreams)),
        None => Err(ApiError::internal()),
    });
    let begun = match first {
        Ok((upstream, attempt, upstreams)) if upstreams.is_empty() => {
            Ok((send(upstream, request, context, attempt, true), None))
        }
        Ok((upstream, attempt, upstreams)) => {
            let sent = send(upstream, request.clone(), context.clone(), attempt, false);
            Ok((sent, Some(Box::new((upstreams, request, context)))))
        }
        Err(error) => Err(error),
    };
    async move {
        let (sent, others) = begun?;
        let mut result = sent.await;
        let Some(mut others) = others else { return result };
        while matches!(&result, Err(error) if leads_to_fallback(error)) {
            let (upstreams, request, context) = &mut *others;
            let Some((upstream, attempt)) = upstreams.next() else { break };
            if upstreams.is_empty() {
                let (_, request, context) = *others;
                return send(upstream, request, context, attempt, true).await;
            }
            result = send(upstream, request.clone(), context.clone(), attempt, false).await;
        }
        result
    }
}

/// Takes note of what an upstream has replied.
pub(super) fn noted<T>(attempt: Attempt, result: Result<T, ApiError>) -> Result<T, ApiError> {
    match &result {
        Ok(_) => attempt.succeed(),
        Err(error) if leads_to_fallback(error) && !matches!(error.mark(), Mark::CallerLimited) => {
            attempt.fail(error);
        }
        // The fault of the request or of the caller says nothing of the upstream.
        Err(_) => drop(attempt),
    }
    result
}

/// Returns `true` if another upstream may do better than the one that has failed with `error`.
fn leads_to_fallback(error: &ApiError) -> bool {
    matches!(error.mark(), Mark::None | Mark::CallerLimited)
        && error.should_retry() != Some(false)
        && matches!(error.status().as_u16(), 429 | 500 | 502 | 503 | 504 | 529)
}
