//! What a host implements.

use std::future::Future;
use std::pin::Pin;

use crate::error::ApiError;
use crate::handler::RequestContext;
use crate::types::CreateMessageRequest;
use crate::types::fallback::RefusalStopDetails;

/// Somebody who looks at requests, and appoints a [`Review`] for each message.
pub trait Moderator: Send + Sync + 'static {
    /// What looks at one message.
    type Review: Review;

    /// Looks at a request, and returns who looks at the message if the request may pass.
    ///
    /// What should only be noted, the moderator notes by itself.
    ///
    /// # Errors
    ///
    /// The [`ApiError`] that the caller receives if the request must not pass; 403 `permission_error` is
    /// usual.
    fn review(
        &self,
        request: &CreateMessageRequest,
        context: &RequestContext,
    ) -> impl Future<Output = Result<Self::Review, ApiError>> + Send;
}

/// Somebody who looks at one message while it is written.
pub trait Review: Send + 'static {
    /// Looks at the text that has not left yet, exactly as it was written: what was held back before, and what
    /// has arrived since.
    ///
    /// With `is_end`, nothing follows that belongs to this text, and all of it leaves unless the verdict
    /// objects. So it is for a quote or a summary, which may come while another text is pending.
    ///
    /// # Cancel safety
    ///
    /// The future is dropped if the caller leaves.
    fn look(&mut self, pending: &str, is_end: bool) -> impl Future<Output = Verdict> + Send;
}

/// What a [`Review`] says of a text.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Verdict {
    /// The given number of bytes at the start may leave. The rest is held back, and looked at again when more
    /// has arrived. A number within a character or beyond the end is lowered.
    Release(usize),
    /// The message ends with the stop reason `refusal` and these details.
    Refuse(RefusalStopDetails),
    /// The message ends with this error.
    Fail(ApiError),
}

impl Verdict {
    /// All of the text may leave.
    pub const RELEASE_ALL: Self = Self::Release(usize::MAX);
}

/// A review without its type, so that what it looks at is compiled once.
pub(super) trait DynReview: Send {
    fn look(self: Box<Self>, text: String, is_end: bool) -> Looking;
}

/// A look at a text, which owns the review and the text and returns them.
pub(super) type Looking = Pin<Box<dyn Future<Output = Look> + Send>>;

pub(super) struct Look {
    pub(super) review: Box<dyn DynReview>,
    pub(super) text: String,
    pub(super) is_end: bool,
    pub(super) verdict: Verdict,
}

impl<R: Review> DynReview for R {
    fn look(mut self: Box<Self>, text: String, is_end: bool) -> Looking {
        Box::pin(async move {
            let verdict = match Review::look(&mut *self, &text, is_end).await {
                Verdict::Fail(error) => Verdict::Fail(error.of_policy()),
                verdict => verdict,
            };
            Look { review: self, text, is_end, verdict }
        })
    }
}
