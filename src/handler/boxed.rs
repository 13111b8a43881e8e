//! Handlers behind pointers.
//!
//! Every impl of [`Handler`] here forwards to another handler. If one left out a method that has a
//! default body, calls of that method would silently stop there, so each denies
//! `clippy::missing_trait_methods`.
//!
//! None of them is an `async fn`, which would add a future that owns the handler's: if the handler's
//! future panicked, unwinding would drop it, and a second panic then would abort the process. The
//! server catches the first before anything is dropped.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::{Handler, Reply, RequestContext};
use crate::error::ApiError;
use crate::types::{CountTokensRequest, CreateMessageRequest, MessageTokensCount};

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, ApiError>> + Send + 'a>>;

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

/// The object-safe twin of [`Handler`], with boxed futures. None of its methods has a default body,
/// so the blanket impl cannot leave one out.
trait DynHandler: Send + Sync + 'static {
    fn create_message(&self, request: CreateMessageRequest, context: RequestContext) -> BoxFuture<'_, Reply>;

    fn count_tokens(
        &self,
        request: CountTokensRequest,
        context: RequestContext,
    ) -> BoxFuture<'_, Reply<MessageTokensCount>>;
}

impl<H: Handler> DynHandler for H {
    fn create_message(&self, request: CreateMessageRequest, context: RequestContext) -> BoxFuture<'_, Reply> {
        Box::pin(Handler::create_message(self, request, context))
    }

    fn count_tokens(
        &self,
        request: CountTokensRequest,
        context: RequestContext,
    ) -> BoxFuture<'_, Reply<MessageTokensCount>> {
        Box::pin(Handler::count_tokens(self, request, context))
    }
}

#[deny(clippy::missing_trait_methods)]
impl Handler for BoxHandler {
    fn create_message(
        &self,
        request: CreateMessageRequest,
        context: RequestContext,
    ) -> impl Future<Output = Result<Reply, ApiError>> + Send {
        self.0.create_message(request, context)
    }

    fn count_tokens(
        &self,
        request: CountTokensRequest,
        context: RequestContext,
    ) -> impl Future<Output = Result<Reply<MessageTokensCount>, ApiError>> + Send {
        self.0.count_tokens(request, context)
    }
}

macro_rules! pointers_are_handlers {
    ($($pointer:ident),*) => {$(
        #[deny(clippy::missing_trait_methods)]
        impl<H: Handler> Handler for $pointer<H> {
            fn create_message(
                &self,
                request: CreateMessageRequest,
                context: RequestContext,
            ) -> impl Future<Output = Result<Reply, ApiError>> + Send {
                (**self).create_message(request, context)
            }

            fn count_tokens(
                &self,
                request: CountTokensRequest,
                context: RequestContext,
            ) -> impl Future<Output = Result<Reply<MessageTokensCount>, ApiError>> + Send {
                (**self).count_tokens(request, context)
            }
        }
    )*};
}

pointers_are_handlers!(Arc, Box);
