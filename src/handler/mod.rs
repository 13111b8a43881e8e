//! The interface between the protocol and the code that serves it: a [`Handler`] takes a typed
//! request and returns a [`Reply`].
//!
//! Implement [`Handler`] to serve the Messages API, or make a handler from an async function or closure
//! with [`handler_fn`]. A handler does no HTTP: `MessagesService` in the `server` module mounts it, and
//! a test calls it directly. `Client` in the `client` module is a handler too, which forwards each
//! request to its upstream, so a `MessagesService` over a client is a gateway. [`BoxHandler`] holds a
//! handler of any type, so that a struct can name its type and a program can choose the handler at run
//! time.
//!
//! # Streaming
//!
//! This handler writes its message piece by piece. A caller that did not ask for a stream still
//! receives one whole message, so a handler never has to produce both forms.
//!
//! ```
//! use messages_api::handler::ReplyBody;
//! use messages_api::{
//!     ApiError, CreateMessageRequest, Handler, Message, MessageDeltaUsage, MessageStream, Reply,
//!     RequestContext, StopReason, Usage, handler_fn,
//! };
//!
//! async fn count_down(request: CreateMessageRequest, _context: RequestContext) -> Result<Reply, ApiError> {
//!     let start = Message::new("msg_01", request.model, vec![], Usage::new(12, 0));
//!     let stream = MessageStream::from_writer(start, |mut writer| async move {
//!         for piece in ["three, ", "two, ", "one"] {
//!             writer.text(piece).await; // waits until the piece is read
//!         }
//!         Ok(writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(6)).await)
//!     });
//!     Ok(stream.into())
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // A test needs no server.
//! let request = CreateMessageRequest::new("claude-sonnet-5", 64).user("Count down from three.");
//! let reply = handler_fn(count_down).create_message(request, RequestContext::default()).await?;
//! let (ReplyBody::Stream(stream), _headers) = reply.into_parts() else { panic!("expected a stream") };
//! assert_eq!(stream.final_message().await?.text(), "three, two, one");
//! # Ok(())
//! # }
//! ```

mod boxed;
mod context;
mod drain;
mod function;
mod reply;

use std::future::Future;

pub use boxed::BoxHandler;
pub use context::RequestContext;
pub use drain::Drain;
#[cfg(feature = "server")]
pub(crate) use drain::DrainWatch;
pub use function::{HandlerFn, handler_fn};
pub use reply::{Reply, ReplyBody};

use crate::error::ApiError;
use crate::types::{CountTokensRequest, CreateMessageRequest, MessageTokensCount};

/// An implementation of the Messages API: it receives parsed requests and returns messages, whole
/// or as a stream.
///
/// A handler may reply with a whole message or with a stream, whatever the request's `stream` field
/// says. The server gives the caller the form it asked for: it replays a whole message as events,
/// and it accumulates a stream into a message.
///
/// Implement the trait with `async fn`, as the example does, or make a handler from a closure with
/// [`handler_fn`]. An [`Arc`](std::sync::Arc), a [`Box`] and a [`BoxHandler`] of a handler are
/// handlers.
///
/// The fields of a request have the right JSON types when it reaches a handler, but their values
/// have not been checked. Call [`CreateMessageRequest::validate`] to reject what the API would
/// reject.
///
/// # Cancel safety
///
/// When the caller disconnects, the server drops the future or the stream that the handler
/// returned. Work that must go on after that belongs in a task that the handler spawns.
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
///         let Some(last) = request.messages.last() else {
///             return Err(ApiError::invalid_request("messages: must not be empty"));
///         };
///         let content = vec![ContentBlock::text(last.content.to_text())];
///         let message = Message::new("msg_01", request.model, content, Usage::new(1, 1));
///         Ok(message.stop_reason(StopReason::EndTurn).into())
///     }
/// }
/// ```
pub trait Handler: Send + Sync + 'static {
    /// Serves `POST …/messages`.
    ///
    /// # Errors
    ///
    /// The [`ApiError`] that the caller receives. All of it is sent, so it must contain nothing
    /// internal.
    fn create_message(
        &self,
        request: CreateMessageRequest,
        context: RequestContext,
    ) -> impl Future<Output = Result<Reply, ApiError>> + Send;

    /// Serves `POST …/messages/count_tokens`. The default implementation returns 404.
    ///
    /// # Errors
    ///
    /// The [`ApiError`] that the caller receives. All of it is sent, so it must contain nothing
    /// internal.
    fn count_tokens(
        &self,
        _request: CountTokensRequest,
        _context: RequestContext,
    ) -> impl Future<Output = Result<Reply<MessageTokensCount>, ApiError>> + Send {
        async { Err(ApiError::not_found("This server does not count tokens")) }
    }
}
