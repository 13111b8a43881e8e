//! Handlers behind pointers.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::{Handler, Reply, RequestContext};
use crate::error::ApiError;
use crate::types::{CountTokensRequest, CreateMessageRequest, MessageTokensCount};

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, ApiError>> + Send + 'a>>;

/// Any handler, cheap to clone and of a type that can be named in a struct.
///
/// ```
/// use messages_api::{ApiError, handler_fn};
/// use messages_api::handler::BoxHandler;
///
/// struct App {
///     handler: BoxHandler,
/// }
///
/// let handler = handler_fn(|_request, _context| async { Err(ApiError::internal()) });
/// let app = App { handler: BoxHandler::new(handler) };
/// ```
#[derive(Clone)]
pub struct BoxHandler(Arc<dyn DynHandler>);

impl BoxHandler {
    /// Boxes `handler`.
    pub fn new(handler: impl Handler) -> Self {
        Self(Arc::new(handler))
    }
}

impl fmt::Debug for BoxHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoxHandler").finish_non_exhaustive()
    }
}

/// [`Handler`] with boxed futures, so that it can be a trait object.
trait DynHandler: Send + Sync + 'static {
    fn create_message(&self, request: CreateMessageRequest, context: RequestContext) -> BoxFuture<'_, Reply>;

    fn count_tokens(
        &self,
        request: CountTokensRequest,
        context: RequestContext,
    ) -> BoxFuture<'_, MessageTokensCount>;
}

impl<H: Handler> DynHandler for H {
    fn create_message(&self, request: CreateMessageRequest, context: RequestContext) -> BoxFuture<'_, Reply> {
        Box::pin(Handler::create_message(self, request, context))
    }

    fn count_tokens(
        &self,
        request: CountTokensRequest,
        context: RequestContext,
    ) -> BoxFuture<'_, MessageTokensCount> {
        Box::pin(Handler::count_tokens(self, request, context))
    }
}

#[deny(clippy::missing_trait_methods)]
impl Handler for BoxHandler {
    async fn create_message(
        &self,
        request: CreateMessageRequest,
        context: RequestContext,
    ) -> Result<Reply, ApiError> {
        self.0.create_message(request, context).await
    }

    async fn count_tokens(
        &self,
        request: CountTokensRequest,
        context: RequestContext,
    ) -> Result<MessageTokensCount, ApiError> {
        self.0.count_tokens(request, context).await
    }
}

macro_rules! pointers_are_handlers {
    ($($pointer:ident),*) => {$(
        #[deny(clippy::missing_trait_methods)]
        impl<H: Handler> Handler for $pointer<H> {
            async fn create_message(
                &self,
                request: CreateMessageRequest,
                context: RequestContext,
            ) -> Result<Reply, ApiError> {
                (**self).create_message(request, context).await
            }

            async fn count_tokens(
                &self,
                request: CountTokensRequest,
                context: RequestContext,
            ) -> Result<MessageTokensCount, ApiError> {
                (**self).count_tokens(request, context).await
            }
        }
    )*};
}

pointers_are_handlers!(Arc, Box);
