//! The moderated handler.

use std::future::Future;

use futures::FutureExt;

use super::cut::Progress;
use super::held::Held;
use super::review::{self, BoxReview};
use super::text::Source;
use super::watched::Watched;
use super::whole::{self, Objection};
use super::{Moderated, Moderator, Settings};
use crate::ends::{Cut, Fate};
use crate::error::ApiError;
use crate::handler::{Handler, Reply, RequestContext, forward_methods};
use crate::types::batches::{CreateBatchRequest, MessageBatch};
use crate::types::{CreateMessageRequest, StopReason};

#[deny(clippy::missing_trait_methods)]
impl<H: Handler, M: Moderator> Handler for Moderated<H, M> {
    // The request is in a box, and this is not an `async fn`, so that the future is small.
    fn create_message(
        &self,
        request: CreateMessageRequest,
        mut context: RequestContext,
    ) -> impl Future<Output = Result<Reply, ApiError>> + Send {
        let request = Box::new(request);
        async move {
            let review = self.moderator.review(&request, &context).await.map_err(ApiError::of_policy)?;
            let fate = context.fate().reviewed();
            context.set_fate(fate.clone());
            let reply = self.inner.create_message(*request, context).await?;
            moderated(reply, review::boxed(review), self.settings, fate).await
        }
    }

    async fn create_batch(
        &self,
        request: CreateBatchRequest,
        context: RequestContext,
    ) -> Result<Reply<MessageBatch>, ApiError> {
        for request in &request.requests {
            self.moderator.review(&request.params, &context).await.map_err(ApiError::of_policy)?;
        }
        self.inner.create_batch(request, context).await
    }

    forward_methods!(
        inner: count_tokens list_models get_model list_batches get_batch cancel_batch delete_batch batch_results
    );
}

/// Has a review look at a reply.
async fn moderated(
    reply: Reply,
    review: BoxReview,
    settings: Settings,
    fate: Fate,
) -> Result<Reply, ApiError> {
    if let Some(message) = reply.message() {
        let looking = whole::look(message, review);
        let objection = match settings.in_background {
            true => looking.now_or_never().and_then(Result::err),
            false => looking.await.err(),
        };
        return match objection {
            Some(objection) => cut(reply, objection, &fate),
            None => Ok(reply),
        };
    }
    let upstream_model = reply.upstream_model().cloned();
    Ok(reply.map_stream(|mut stream| {
        let (hold_back, progress) = (settings.hold_back, Progress::new(fate, upstream_model));
        if settings.in_background {
            stream.rewrite(|read| Watched::new(Source::new(read), review, hold_back, progress));
        } else {
            stream.rewrite(|read| Held::new(Source::new(read), review, hold_back, progress));
        }
        stream
    }))
}

/// Ends a whole message where a review has objected to it. It has cost what it reports.
fn cut(reply: Reply, objection: Objection, fate: &Fate) -> Result<Reply, ApiError> {
    if let Some(message) = reply.message() {
        let (usage, upstream_model) = (message.usage.clone(), reply.upstream_model().cloned());
        fate.cut_off(Cut { usage, is_estimated: false, upstream_model });
    }
    let details = match *objection.end {
        Ok(details) => details,
        Err(error) => {
            reply.fail(&error);
            return Err(error);
        }
    };
    Ok(reply.map_message(|mut message| {
        message.content.truncate(objection.block);
        message.stop_reason = Some(StopReason::Refusal);
        message.stop_details = Some(details.into());
        message.stop_sequence = None;
        message
    }))
}
