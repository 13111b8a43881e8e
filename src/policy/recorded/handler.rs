//! The decorator as a handler.

use std::future::Future;
use std::sync::Arc;
use std::time::SystemTime;

use super::content::Content;
use super::record::Record;
use super::{Recorded, Settings};
use crate::error::ApiError;
use crate::handler::{Handler, OnEnd, Reply, RequestContext, forward_methods};
use crate::types::CreateMessageRequest;

#[deny(clippy::missing_trait_methods)]
impl<H: Handler> Handler for Recorded<H> {
    // Not an `async fn`, so that the future need not hold the request. The call begins here, before the first
    // poll.
    fn create_message(
        &self,
        request: CreateMessageRequest,
        context: RequestContext,
    ) -> impl Future<Output = Result<Reply, ApiError>> + Send {
        let (end, content) = self.settings.begin(&request, &context);
        let reply = self.inner.create_message(request, context);
        async move {
            let result = reply.await;
            end.attach(match content {
                Some(content) => result.map(|reply| content.of_reply(reply)),
                None => result,
            })
        }
    }

    forward_methods!(
        inner: count_tokens list_models get_model create_batch list_batches get_batch cancel_batch delete_batch batch_results
    );
}

impl Settings {
    /// Returns the guard of a request, and what keeps its content if that is asked for.
    fn begin(&self, request: &CreateMessageRequest, context: &RequestContext) -> (OnEnd, Option<Content>) {
        let sink = Arc::clone(&self.sink);
        let content = self.max_content_bytes.map(|max_bytes| Content::new(request, max_bytes));
        let (is_streamed, started_at) = (request.stream == Some(true), SystemTime::now());
        let kept = content.clone();
        let end = OnEnd::new(request, context, move |outcome| {
            let content = kept.map(|content| content.take());
            sink.record(Record::new(outcome, is_streamed, started_at, content));
        });
        (end, content)
    }
}
