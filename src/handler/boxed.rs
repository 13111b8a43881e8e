//! Handlers behind pointers.
//!
//! Every impl of [`Handler`] here forwards to another handler. If one left out a method that has a
//! default body, calls of that method would silently stop there. So all of them are made from one list of
//! methods, and `clippy::missing_trait_methods` finds a method that the list lacks. It takes a lint, because for the
//! compiler a default body is as good as a method; only a macro that declares [`Handler`] too could do without, and
//! would have its documentation within.
//!
//! None of the methods is an `async fn`, which would add a future that owns the handler's: if the handler's
//! future panicked, unwinding would drop it, and a second panic then would abort the process. The
//! server catches the first before anything is dropped.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::{BatchResultStream, Handler, ModelQuery, PageQuery, Reply, ReplyBody, RequestContext};
use crate::error::ApiError;
use crate::types::batches::{CreateBatchRequest, DeletedMessageBatch, MessageBatch, MessageBatchPage};
use crate::types::models::{ModelInfo, ModelPage};
use crate::types::{CountTokensRequest, CreateMessageRequest, MessageTokensCount};

/// A handler of any type behind a shared pointer.
///
/// It gives a handler a type that can be named, in a struct for instance, and lets a program choose
/// the handler at run time. [`Handler`] itself cannot be made into a trait object. Clones share the
/// handler.
///
/// ```
/// use messages_api::handler::BoxHandler;
/// use messages_api::{ApiError, ContentBlock, ErrorType, Message, Usage, handler_fn};
///
/// fn choose(maintenance: bool) -> BoxHandler {
///     if maintenance {
///         return BoxHandler::new(handler_fn(|_request, _context| async {
///             Err(ApiError::new(ErrorType::Overloaded, "Down for maintenance"))
///         }));
///     }
///     BoxHandler::new(handler_fn(|request, _context| async move {
///         let content = vec![ContentBlock::text("Hello!")];
///         Ok(Message::new("msg_01", request.model, content, Usage::new(9, 3)).into())
///     }))
/// }
/// # choose(true);
/// ```
#[derive(Clone)]
pub struct BoxHandler(Arc<dyn DynHandler>);

impl BoxHandler {
    /// Creates a boxed handler that forwards to `handler`.
    pub fn new(handler: impl Handler) -> Self {
        Self(Arc::new(handler))
    }
}

impl fmt::Debug for BoxHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoxHandler").finish_non_exhaustive()
    }
}

type BoxFuture<'a, B> = Pin<Box<dyn Future<Output = Result<Reply<B>, ApiError>> + Send + 'a>>;

/// Declares the object-safe twin of [`Handler`], and the impls that forward, from the methods of [`Handler`].
macro_rules! forward {
    ($(fn $method:ident($Argument:ty) -> $Body:ty;)*) => {
        /// The object-safe twin of [`Handler`], with boxed futures.
        trait DynHandler: Send + Sync + 'static {
            $(fn $method(&self, argument: $Argument, context: RequestContext) -> BoxFuture<'_, $Body>;)*
        }

        impl<H: Handler> DynHandler for H {
            $(fn $method(&self, argument: $Argument, context: RequestContext) -> BoxFuture<'_, $Body> {
                Box::pin(Handler::$method(self, argument, context))
            })*
        }

        forward!(@impl [] BoxHandler, |this| this.0, $($method($Argument) -> $Body,)*);
        forward!(@impl [H: Handler] Arc<H>, |this| (**this), $($method($Argument) -> $Body,)*);
        forward!(@impl [H: Handler] Box<H>, |this| (**this), $($method($Argument) -> $Body,)*);
    };
    (
        @impl [$($parameters:tt)*] $Pointer:ty, |$this:ident| $target:expr,
        $($method:ident($Argument:ty) -> $Body:ty,)*
    ) => {
        #[deny(clippy::missing_trait_methods)]
        impl<$($parameters)*> Handler for $Pointer {
            $(fn $method(
                &self,
                argument: $Argument,
                context: RequestContext,
            ) -> impl Future<Output = Result<Reply<$Body>, ApiError>> + Send {
                let $this = self;
                $target.$method(argument, context)
            })*
        }
    };
}

forward! {
    fn create_message(CreateMessageRequest) -> ReplyBody;
    fn count_tokens(CountTokensRequest) -> MessageTokensCount;
    fn list_models(ModelQuery) -> ModelPage;
    fn get_model(String) -> ModelInfo;
    fn create_batch(CreateBatchRequest) -> MessageBatch;
    fn list_batches(PageQuery) -> MessageBatchPage;
    fn get_batch(String) -> MessageBatch;
    fn cancel_batch(String) -> MessageBatch;
    fn delete_batch(String) -> DeletedMessageBatch;
    fn batch_results(String) -> BatchResultStream;
}
