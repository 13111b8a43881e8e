//! What a host implements.

use std::future::Future;
use std::mem;
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
    /// Goes on with the look that is under way, or begins one. `text` moves into the look, and back at its end.
    fn poll_look(
        self: Pin<&mut Self>,
        text: &mut String,
        is_end: bool,
        cx: &mut Context<'_>,
    ) -> Poll<Decision>;
}

/// How many bytes may leave.
pub(super) type Decision = Result<usize, Box<Ending>>;

/// The refusal or the error with which a message ends.
pub(super) type Ending = Result<RefusalStopDetails, ApiError>;

pub(super) fn boxed<R: Review>(review: R) -> BoxReview {
    let reviewed = Box::new(Reviewed { review, text: String::new() });
    Box::pin(Looking { reviewed: Some(reviewed), look, future: None })
}

/// A review, and the text that it looks at.
struct Reviewed<R> {
    review: R,
    text: String,
}

/// A review and its look. All looks of a message have the same place in memory, one after another.
#[pin_project]
struct Looking<R, L, F> {
    /// `None` while the look has it.
    reviewed: Option<Box<Reviewed<R>>>,
    look: L,
    /// The last look, which may be over.
    #[pin]
    future: Option<F>,
}

impl<R, L, F> DynReview for Looking<R, L, F>
where
    R: Review,
    L: Fn(Box<Reviewed<R>>, bool) -> F + Send,
    F: Future<Output = (Box<Reviewed<R>>, Decision)> + Send,
{
    fn poll_look(
        self: Pin<&mut Self>,
        text: &mut String,
        is_end: bool,
        cx: &mut Context<'_>,
    ) -> Poll<Decision> {
        let mut this = self.project();
        if let Some(mut reviewed) = this.reviewed.take() {
            mem::swap(&mut reviewed.text, text);
            this.future.set(Some((this.look)(reviewed, is_end)));
        }
        let Some(future) = this.future.as_mut().as_pin_mut() else { return Poll::Pending };
        let (mut reviewed, decision) = ready!(future.poll(cx));
        mem::swap(&mut reviewed.text, text);
        *this.reviewed = Some(reviewed);
        Poll::Ready(decision)
    }
}

async fn look<R: Review>(mut reviewed: Box<Reviewed<R>>, is_end: bool) -> (Box<Reviewed<R>>, Decision) {
    let Reviewed { review, text } = &mut *reviewed;
    let decision = match review.look(text, is_end).await {
        Verdict::Release(bytes) => Ok(bytes),
        Verdict::Refuse(details) => Err(Box::new(Ok(details))),
        Verdict::Fail(error) => Err(Box::new(Err(error.of_policy()))),
    };
    (reviewed, decision)
}
