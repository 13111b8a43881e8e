//! The stream of the events that an [`EventWriter`] writes.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::Stream;
use pin_project::{pin_project, pinned_drop};

use super::handover::Handover;
use super::writer::{EventWriter, Finished};
use crate::error::{ApiError, Error};
use crate::types::Message;
use crate::types::events::StreamEvent;

/// A stream that polls the author, which writes into an [`EventWriter`], and yields the events.
///
/// `handover.rs` explains how the two wait for each other.
#[pin_project(PinnedDrop)]
pub(super) struct Written<F> {
    handover: Handover,
    /// `None` once the author has returned or the stream has failed.
    #[pin]
    author: Option<F>,
    /// The error that the author returned.
    error: Option<Error>,
}

impl<F: Future<Output = Result<Finished, ApiError>>> Written<F> {
    /// Creates the stream of a message that begins as `message` and goes on with what `write` writes.
    pub(super) fn new(message: Message, write: impl FnOnce(EventWriter) -> F) -> Self {
        let handover = Handover::default();
        let writer = EventWriter::new(message, handover.clone());
        Self { handover, author: Some(write(writer)), error: None }
    }
}

impl<F: Future<Output = Result<Finished, ApiError>>> Stream for Written<F> {
    type Item = Result<StreamEvent, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        loop {
            if let Some(item) = this.handover.take() {
                if item.is_err() {
                    this.author.set(None);
                }
                return Poll::Ready(Some(item));
            }
            let Some(author) = this.author.as_mut().as_pin_mut() else {
                return Poll::Ready(this.error.take().map(Err));
            };
            this.handover.before_poll(cx.waker());
            let result = author.poll(cx);
            let has_written = this.handover.after_poll();
            match result {
                // Events that are still in the queue are yielded before the error.
                Poll::Ready(result) => {
                    this.author.set(None);
                    *this.error = result.err().map(Error::from);
                }
                Poll::Pending if has_written => {}
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

#[pinned_drop]
impl<F> PinnedDrop for Written<F> {
    fn drop(self: Pin<&mut Self>) {
        self.handover.close();
    }
}
