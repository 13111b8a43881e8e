//! A stream that a review looks at while it passes.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::{Stream, stream};

use super::cut::Progress;
use super::held::{floor, text_of};
use super::review::{DynReview, Verdict};
use crate::error::Error;
use crate::stream::MessageStream;
use crate::types::events::StreamEvent;

/// Returns the events of `inner` until `review` objects.
pub(super) fn watched(
    inner: MessageStream,
    review: Box<dyn DynReview>,
) -> impl Stream<Item = Result<StreamEvent, Error>> + Send {
    let state = Box::new(Watched {
        inner: Some(inner),
        review: Some(review),
        looking: None,
        unseen: String::new(),
        has_new: false,
        leaving: VecDeque::new(),
        progress: Progress::default(),
    });
    stream::unfold(state, |mut state| async move {
        let event = poll_fn(|cx| state.poll_next(cx)).await?;
        Some((event, state))
    })
}

struct Watched {
    /// `None` once the message was cut off.
    inner: Option<MessageStream>,
    /// The review, while it looks at nothing.
    review: Option<Box<dyn DynReview>>,
    looking: Option<Looking>,
    /// The text that has left and that the review has not released.
    unseen: String,
    /// Whether some of it has not been looked at.
    has_new: bool,
    leaving: VecDeque<StreamEvent>,
    progress: Progress,
}

/// A look at a text, which owns the review and the text and returns them.
type Looking = Pin<Box<dyn Future<Output = (Box<dyn DynReview>, String, Verdict)> + Send>>;

impl Watched {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<StreamEvent, Error>>> {
        if let Some(event) = self.leaving.pop_front() {
            return Poll::Ready(Some(Ok(event)));
        }
        if let Some(error) = self.poll_look(cx) {
            return Poll::Ready(Some(Err(error)));
        }
        if let Some(event) = self.leaving.pop_front() {
            return Poll::Ready(Some(Ok(event)));
        }
        let Some(inner) = &mut self.inner else { return Poll::Ready(None) };
        let polled = Pin::new(inner).poll_next(cx);
        if let Poll::Ready(Some(Ok(event))) = &polled {
            self.progress.see(event);
            if let Some(text) = text_of(event) {
                self.progress.written += text.len() as u64;
                self.unseen += text;
                self.has_new = true;
            }
        }
        polled
    }

    /// Goes on with the look at what has left, or begins one. Returns the error that it ends the message with.
    fn poll_look(&mut self, cx: &mut Context<'_>) -> Option<Error> {
        loop {
            let looking = match &mut self.looking {
                Some(looking) => looking,
                None if !self.has_new => return None,
                None => {
                    let (mut review, text) = (self.review.take()?, std::mem::take(&mut self.unseen));
                    self.has_new = false;
                    self.looking.insert(Box::pin(async move {
                        let verdict = review.look(&text, false).await;
                        (review, text, verdict)
                    }))
                }
            };
            let Poll::Ready((review, text, verdict)) = looking.as_mut().poll(cx) else { return None };
            self.looking = None;
            match verdict {
                Verdict::Release(bytes) => {
                    self.review = Some(review);
                    self.unseen.insert_str(0, &text[floor(&text, bytes)..]);
                }
                Verdict::Refuse(details) => {
                    self.inner = None;
                    self.leaving = self.progress.refusal(details);
                    return None;
                }
                Verdict::Fail(error) => {
                    self.inner = None;
                    return Some(error.into());
                }
            }
        }
    }
}
