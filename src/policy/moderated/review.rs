//! What a host implements.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project::pin_project;

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
pub(super) type BoxReview = Pin<Box<dyn DynReview>>;

pub(super) trait DynReview: Send {
    /// Goes on with the look that is under way, or begins one at `text`.
    fn poll_look(self: Pin<&mut Self>, text: Option<Text>, cx: &mut Context<'_>) -> Poll<Look>;
}

/// A text, and whether it is at its end.
pub(super) type Text = (String, bool);

/// What a look returns.
pub(super) struct Look {
    /// What was looked at.
    pub(super) text: String,
    /// How many bytes may leave.
    pub(super) verdict: Result<usize, Box<Objection>>,
}

/// The refusal or the error with which a message ends.
pub(super) type Objection = Result<RefusalStopDetails, ApiError>;

pub(super) fn boxed<R: Review>(review: R) -> BoxReview {
    Box::pin(Looking { review: Some(Box::new(review)), look, future: None })
}

/// A review and its look. All looks of a message have the same place in memory, one after another.
#[pin_project]
struct Looking<R, L, F> {
    /// The review, unless its look has it.
    review: Option<Box<R>>,
    look: L,
    #[pin]
    future: Option<F>,
}

impl<R, L, F> DynReview for Looking<R, L, F>
where
    R: Review,
    L: Fn(Box<R>, String, bool) -> F + Send,
    F: Future<Output = (Box<R>, Look)> + Send,
{
    fn poll_look(self: Pin<&mut Self>, text: Option<Text>, cx: &mut Context<'_>) -> Poll<Look> {
        let mut this = self.project();
        if let (Some((text, is_end)), Some(review)) = (text, this.review.take()) {
            this.future.set(Some((this.look)(review, text, is_end)));
        }
        let Some(future) = this.future.as_mut().as_pin_mut() else { return Poll::Pending };
        let (review, look) = ready!(future.poll(cx));
        this.future.set(None);
        *this.review = Some(review);
        Poll::Ready(look)
    }
}

async fn look<R: Review>(mut review: Box<R>, text: String, is_end: bool) -> (Box<R>, Look) {
    let verdict = match review.look(&text, is_end).await {
        Verdict::Release(bytes) => Ok(bytes),
        Verdict::Refuse(details) => Err(Box::new(Ok(details))),
        Verdict::Fail(error) => Err(Box::new(Err(error.of_policy()))),
    };
    (review, Look { text, verdict })
}
