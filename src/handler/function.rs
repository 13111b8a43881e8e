//! A closure as a handler.

use std::fmt;
use std::future::Future;

use super::{Handler, Reply, RequestContext};
use crate::error::ApiError;
use crate::types::CreateMessageRequest;

/// Makes a handler of a closure that answers `POST …/messages`.
///
/// ```
/// use messages_api::{ContentBlock, Message, StopReason, Usage, handler_fn};
///
/// let handler = handler_fn(|request, _context| async move {
///     let message = Message::new("msg_01", request.model, vec![ContentBlock::text("Hello")], Usage::new(1, 1));
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

/// The handler that [`handler_fn`] makes of a closure.
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
    async fn create_message(
        &self,
        request: CreateMessageRequest,
        context: RequestContext,
    ) -> Result<Reply, ApiError> {
        (self.0)(request, context).await
    }
}
