//! What answers requests: a server mounts it, a client is one.

mod boxed;
mod context;
mod function;
mod reply;

use std::future::Future;

pub use boxed::BoxHandler;
pub use context::RequestContext;
pub use function::{HandlerFn, handler_fn};
pub use reply::{Reply, ReplyBody};

use crate::error::ApiError;
use crate::types::{CountTokensRequest, CreateMessageRequest, MessageTokensCount};

/// Answers the requests of the Messages API.
///
/// A handler answers with a whole message or with a stream, as it likes: the
/// server gives the caller what its `stream` field asked for. Implement it
/// with `async fn`, or make one of a closure with [`handler_fn`].
///
/// # Cancel safety
///
/// When the caller leaves, the future or the stream that the handler returned
/// is dropped. Work that must outlive the caller belongs into a task of the
/// handler's own.
///
/// ```
/// use messages_api::{
///     ApiError, ContentBlock, CreateMessageRequest, Handler, Message, Reply, RequestContext, StopReason,
///     Usage,
/// };
///
/// struct Echo;
///
/// impl Handler for Echo {
///     async fn create_message(
///         &self,
///         request: CreateMessageRequest,
///         _context: RequestContext,
///     ) -> Result<Reply, ApiError> {
///         let last = request.messages.last().ok_or_else(|| ApiError::invalid_request("messages: must not be empty"))?;
///         let content = vec![ContentBlock::text(last.content.to_text())];
///         let message = Message::new("msg_01", request.model, content, Usage::new(1, 1));
///         Ok(message.stop_reason(StopReason::EndTurn).into())
///     }
/// }
/// ```
pub trait Handler: Send + Sync + 'static {
    /// Answers `POST …/messages`.
    ///
    /// # Errors
    ///
    /// What the caller shall see. Everything in it is sent.
    fn create_message(
        &self,
        request: CreateMessageRequest,
        context: RequestContext,
    ) -> impl Future<Output = Result<Reply, ApiError>> + Send;

    /// Answers `POST …/messages/count_tokens`; 404 unless implemented.
    ///
    /// # Errors
    ///
    /// What the caller shall see. Everything in it is sent.
    fn count_tokens(
        &self,
        _request: CountTokensRequest,
        _context: RequestContext,
    ) -> impl Future<Output = Result<MessageTokensCount, ApiError>> + Send {
        async { Err(ApiError::not_found("This server does not count tokens")) }
    }
}
