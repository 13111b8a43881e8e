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
//! A handler that wraps another one changes requests and replies on their way, or learns of their ends with
//! [`OnEnd`]: what was used, what was delivered, and whether the caller has left.
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

mod batch_results;
mod boxed;
mod context;
mod drain;
#[cfg(any(feature = "client", feature = "policy"))]
mod forwards;
mod function;
mod on_end;
mod page;
mod reply;

use std::future::{Future, ready};

pub use batch_results::BatchResultStream;
pub use boxed::BoxHandler;
pub use context::RequestContext;
pub use drain::Drain;
#[cfg(feature = "server")]
pub(crate) use drain::DrainWatch;
#[cfg(any(feature = "client", feature = "policy"))]
pub(crate) use forwards::forward_methods;
pub use function::{HandlerFn, handler_fn};
pub use on_end::OnEnd;
pub use page::{ModelQuery, PageQuery};
pub use reply::{Reply, ReplyBody};

pub use crate::ends::{Delivered, End, Outcome, Principal};
use crate::error::ApiError;
use crate::types::batches::{CreateBatchRequest, DeletedMessageBatch, MessageBatch, MessageBatchPage};
use crate::types::models::{ModelInfo, ModelPage};
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
/// Only [`create_message`](Self::create_message) must be implemented. The other methods serve the other
/// endpoints of the API; the default implementation of each returns 404.
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
///
/// # Decorators
///
/// A handler that wraps another one has to forward every method: one that it leaves out keeps its default,
/// and the calls of that endpoint end with 404 although the inner handler serves it. The lint
/// [`clippy::missing_trait_methods`] finds such a method, also one that a later version of this crate adds.
/// Deny it on the `impl`:
///
/// ```
/// use messages_api::handler::{BatchResultStream, ModelQuery, PageQuery};
/// use messages_api::types::batches::{
///     CreateBatchRequest, DeletedMessageBatch, MessageBatch, MessageBatchPage,
/// };
/// use messages_api::types::models::{ModelInfo, ModelPage};
/// use messages_api::types::{CountTokensRequest, MessageTokensCount};
/// use messages_api::{ApiError, CreateMessageRequest, Handler, Reply, RequestContext};
///
/// /// Limits the length of all messages.
/// struct Brief<H>(H);
///
/// #[deny(clippy::missing_trait_methods)]
/// impl<H: Handler> Handler for Brief<H> {
///     async fn create_message(
///         &self,
///         mut request: CreateMessageRequest,
///         context: RequestContext,
///     ) -> Result<Reply, ApiError> {
///         request.max_tokens = request.max_tokens.min(1024);
///         self.0.create_message(request, context).await
///     }
///
///     async fn create_batch(
///         &self,
///         mut request: CreateBatchRequest,
///         context: RequestContext,
///     ) -> Result<Reply<MessageBatch>, ApiError> {
///         for request in &mut request.requests {
///             request.params.max_tokens = request.params.max_tokens.min(1024);
///         }
///         self.0.create_batch(request, context).await
///     }
///
///     // All others are forwarded as they are.
///     async fn count_tokens(
///         &self,
///         request: CountTokensRequest,
///         context: RequestContext,
///     ) -> Result<Reply<MessageTokensCount>, ApiError> {
///         self.0.count_tokens(request, context).await
///     }
///
///     async fn list_models(
///         &self,
///         query: ModelQuery,
///         context: RequestContext,
///     ) -> Result<Reply<ModelPage>, ApiError> {
///         self.0.list_models(query, context).await
///     }
///     # async fn get_model(
///     #     &self,
///     #     id: String,
///     #     context: RequestContext,
///     # ) -> Result<Reply<ModelInfo>, ApiError> {
///     #     self.0.get_model(id, context).await
///     # }
///     # async fn list_batches(
///     #     &self,
///     #     query: PageQuery,
///     #     context: RequestContext,
///     # ) -> Result<Reply<MessageBatchPage>, ApiError> {
///     #     self.0.list_batches(query, context).await
///     # }
///     # async fn get_batch(
///     #     &self,
///     #     id: String,
///     #     context: RequestContext,
///     # ) -> Result<Reply<MessageBatch>, ApiError> {
///     #     self.0.get_batch(id, context).await
///     # }
///     # async fn cancel_batch(
///     #     &self,
///     #     id: String,
///     #     context: RequestContext,
///     # ) -> Result<Reply<MessageBatch>, ApiError> {
///     #     self.0.cancel_batch(id, context).await
///     # }
///     # async fn delete_batch(
///     #     &self,
///     #     id: String,
///     #     context: RequestContext,
///     # ) -> Result<Reply<DeletedMessageBatch>, ApiError> {
///     #     self.0.delete_batch(id, context).await
///     # }
///     # async fn batch_results(
///     #     &self,
///     #     id: String,
///     #     context: RequestContext,
///     # ) -> Result<Reply<BatchResultStream>, ApiError> {
///     #     self.0.batch_results(id, context).await
///     # }
///     // …
/// }
/// ```
///
/// [`clippy::missing_trait_methods`]: https://rust-lang.github.io/rust-clippy/master/#missing_trait_methods
///
/// # Errors
///
/// Every method returns the [`ApiError`] that the caller receives. All of it is sent but its
/// [cause](ApiError::with_cause), so the rest must contain nothing internal.
pub trait Handler: Send + Sync + 'static {
    /// Serves `POST …/messages`.
    ///
    /// # Errors
    ///
    /// The [`ApiError`] that the caller receives.
    fn create_message(
        &self,
        request: CreateMessageRequest,
        context: RequestContext,
    ) -> impl Future<Output = Result<Reply, ApiError>> + Send;

    /// Serves `POST …/messages/count_tokens`, which some clients call before each message.
    ///
    /// A handler that cannot count may return [an estimate](CountTokensRequest::estimate_tokens).
    ///
    /// # Errors
    ///
    /// The [`ApiError`] that the caller receives.
    fn count_tokens(
        &self,
        _request: CountTokensRequest,
        _context: RequestContext,
    ) -> impl Future<Output = Result<Reply<MessageTokensCount>, ApiError>> + Send {
        unsupported("count tokens")
    }

    /// Serves `GET …/models`: a page of the models that requests may name, newest first.
    ///
    /// [`ModelPage::select`] returns the page of a list that the handler holds in memory.
    ///
    /// # Errors
    ///
    /// The [`ApiError`] that the caller receives.
    fn list_models(
        &self,
        _query: ModelQuery,
        _context: RequestContext,
    ) -> impl Future<Output = Result<Reply<ModelPage>, ApiError>> + Send {
        unsupported("list models")
    }

    /// Serves `GET …/models/{id}`: a model, by its id or by an alias.
    ///
    /// The id may contain any characters, since the server has decoded it.
    ///
    /// # Errors
    ///
    /// The [`ApiError`] that the caller receives: [`ApiError::not_found`] if there is no such model.
    fn get_model(
        &self,
        _model_id: String,
        _context: RequestContext,
    ) -> impl Future<Output = Result<Reply<ModelInfo>, ApiError>> + Send {
        unsupported("list models")
    }

    /// Serves `POST …/messages/batches`: accepts a batch and returns its first state.
    ///
    /// # Errors
    ///
    /// The [`ApiError`] that the caller receives.
    fn create_batch(
        &self,
        _request: CreateBatchRequest,
        _context: RequestContext,
    ) -> impl Future<Output = Result<Reply<MessageBatch>, ApiError>> + Send {
        unsupported("process batches")
    }

    /// Serves `GET …/messages/batches`: a page of the caller's batches, newest first.
    ///
    /// [`MessageBatchPage::select`] returns the page of a list that the handler holds in memory.
    ///
    /// # Errors
    ///
    /// The [`ApiError`] that the caller receives.
    fn list_batches(
        &self,
        _query: PageQuery,
        _context: RequestContext,
    ) -> impl Future<Output = Result<Reply<MessageBatchPage>, ApiError>> + Send {
        unsupported("process batches")
    }

    /// Serves `GET …/messages/batches/{id}`: the state of a batch.
    ///
    /// Once the batch has ended, its `results_url` must be set: the official Python and TypeScript SDKs
    /// fetch the results from there. They send their credential along, and resolve a path against their
    /// base URL, so `/v1/messages/batches/{id}/results` leads them back to this server.
    ///
    /// # Errors
    ///
    /// The [`ApiError`] that the caller receives: [`ApiError::not_found`] if there is no such batch.
    fn get_batch(
        &self,
        _batch_id: String,
        _context: RequestContext,
    ) -> impl Future<Output = Result<Reply<MessageBatch>, ApiError>> + Send {
        unsupported("process batches")
    }

    /// Serves `POST …/messages/batches/{id}/cancel`: begins to cancel a batch and returns its state.
    ///
    /// # Errors
    ///
    /// The [`ApiError`] that the caller receives: [`ApiError::not_found`] if there is no such batch.
    fn cancel_batch(
        &self,
        _batch_id: String,
        _context: RequestContext,
    ) -> impl Future<Output = Result<Reply<MessageBatch>, ApiError>> + Send {
        unsupported("process batches")
    }

    /// Serves `DELETE …/messages/batches/{id}`: deletes a batch that has ended, with its results.
    ///
    /// # Errors
    ///
    /// The [`ApiError`] that the caller receives: [`ApiError::not_found`] if there is no such batch.
    fn delete_batch(
        &self,
        _batch_id: String,
        _context: RequestContext,
    ) -> impl Future<Output = Result<Reply<DeletedMessageBatch>, ApiError>> + Send {
        unsupported("process batches")
    }

    /// Serves `GET …/messages/batches/{id}/results`: the results of a batch that has ended, in any order.
    ///
    /// # Errors
    ///
    /// The [`ApiError`] that the caller receives: [`ApiError::not_found`] if there is no such batch, or
    /// [`ApiError::invalid_request`] if it has not ended.
    fn batch_results(
        &self,
        _batch_id: String,
        _context: RequestContext,
    ) -> impl Future<Output = Result<Reply<BatchResultStream>, ApiError>> + Send {
        unsupported("process batches")
    }
}

/// The default of the methods that a handler need not implement.
fn unsupported<B: Send>(what: &str) -> impl Future<Output = Result<Reply<B>, ApiError>> + Send + use<B> {
    ready(Err(ApiError::not_found(format!("This server does not {what}"))))
}
