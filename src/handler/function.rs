//! Functions and closures as handlers.

use std::fmt;
use std::future::Future;

use super::{Handler, Reply, RequestContext};
use crate::error::ApiError;
use crate::types::CreateMessageRequest;

/// Creates a handler from an async function or closure that serves `POST …/messages`.
///
/// The handler serves no other endpoint: it returns 404 for counts of tokens, models and batches. To
/// serve those too, implement [`Handler`] for a type.
///
/// ```
/// use messages_api::{ContentBlock, Message, StopReason, Usage, handler_fn};
///
/// let handler = handler_fn(|request, _context| async move {
///     let content = vec![ContentBlock::text("Hello!")];
///     let message = Message::new("msg_01", request.model, content, Usage::new(9, 3));
///     Ok(message.stop_reason(StopReason::EndTurn).into())
/// });
/// ```
pub fn handler_fn<F, Fut>(function: F) -> HandlerFn<F>
where
    F: Fn(CreateMessageRequest, RequestContext) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Reply, ApiError>> + Send,
{
    HandlerFn(function)
}

/// A handler that calls a function or closure; created by [`handler_fn`].
#[derive(Clone, Copy)]
pub struct HandlerFn<F>(F);

impl<F> fmt::Debug for HandlerFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandlerFn").finish_non_exhaustive()
    }
}

impl<F, Fut> Handler for HandlerFn<F>
where
    F: Fn(CreateMessageRequest, RequestContext) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Reply, ApiError>> + Send,
{
    // Not an `async fn`, for the reason that `boxed.rs` gives.
    fn create_message(
        &self,
        request: CreateMessageRequest,
        context: RequestContext,
    ) -> impl Future<Output = Result<Reply, ApiError>> + Send {
        (self.0)(request, context)
    }
}
