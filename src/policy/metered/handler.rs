//! The decorator as a handler.

use std::future::Future;

use super::Metered;
use crate::error::ApiError;
use crate::handler::{Handler, Reply, RequestContext, forward_methods};
use crate::types::batches::{CreateBatchRequest, MessageBatch};
use crate::types::{CreateMessageRequest, ErrorType};

#[deny(clippy::missing_trait_methods)]
impl<H: Handler> Handler for Metered<H> {
    // The request is in a box, and this is not an `async fn`, so that the future is small.
    fn create_message(
        &self,
        request: CreateMessageRequest,
        mut context: RequestContext,
    ) -> impl Future<Output = Result<Reply, ApiError>> + Send {
        let request = Box::new(request);
        async move {
            let call = self.meter.begin(&request, &mut context)?;
            let result = match call.reserve().await {
                Ok(()) => self.inner.create_message(*request, context).await,
                Err(error) => Err(error),
            };
            call.attach(result)
        }
    }

    async fn create_batch(
        &self,
        request: CreateBatchRequest,
        context: RequestContext,
    ) -> Result<Reply<MessageBatch>, ApiError> {
        if !self.meter.forwards_batches {
            return Err(ApiError::new(ErrorType::Permission, "Batches cannot be created on this account"));
        }
        self.inner.create_batch(request, context).await
    }

    // All others are free.
    forward_methods!(
        inner: count_tokens list_models get_model list_batches get_batch cancel_batch delete_batch batch_results
    );
}
