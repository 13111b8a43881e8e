//! The moderated handler.

use super::held::held;
use super::review::DynReview;
use super::watched::watched;
use super::{Moderated, Moderator, Settings};
use crate::error::ApiError;
use crate::handler::{Handler, Reply, RequestContext, forward_methods};
use crate::types::CreateMessageRequest;
use crate::types::batches::{CreateBatchRequest, MessageBatch};

#[deny(clippy::missing_trait_methods)]
impl<H: Handler, M: Moderator> Handler for Moderated<H, M> {
    async fn create_message(
        &self,
        request: CreateMessageRequest,
        context: RequestContext,
    ) -> Result<Reply, ApiError> {
        let review = self.moderator.review(&request, &context).await?;
        let reply = self.inner.create_message(request, context).await?;
        Ok(moderated(reply, Box::new(review), self.settings))
    }

    async fn create_batch(
        &self,
        request: CreateBatchRequest,
        context: RequestContext,
    ) -> Result<Reply<MessageBatch>, ApiError> {
        for request in &request.requests {
            self.moderator.review(&request.params, &context).await?;
        }
        self.inner.create_batch(request, context).await
    }

    forward_methods!(
        inner: count_tokens list_models get_model list_batches get_batch cancel_batch delete_batch batch_results
    );
}

/// Has a review look at a reply. A whole message passes as a stream, so that there is one way for both.
fn moderated(reply: Reply, review: Box<dyn DynReview>, settings: Settings) -> Reply {
    reply.into_streamed().map_stream(|stream| {
        // What is kept of the message is that which leaves.
        stream.map_events(|stream| {
            let stream = stream.without_accumulation();
            if settings.in_background {
                Box::pin(watched(stream, review))
            } else {
                Box::pin(held(stream, review, settings.hold_back))
            }
        })
    })
}
