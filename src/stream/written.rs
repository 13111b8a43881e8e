//! What an [`EventWriter`] wrote, as a stream.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use futures::Stream;
use pin_project::{pin_project, pinned_drop};

use super::writer::{EventWriter, Finished};
use crate::error::{ApiError, Error};
use crate::types::Message;
use crate::types::events::StreamEvent;

/// What a writer and the stream of its events share.
#[derive(Default)]
pub(super) struct Shared {
    queue: VecDeque<StreamEvent>,
    failed: Option<Error>,
    /// Whether nobody reads any more.
    closed: bool,
    /// Whether the reader is just polling the author.
    is_polling: bool,
    /// The writer, waiting for the reader. Most often the reader polls it,
    /// but it may belong to another task, or to something between the two.
    writer: Option<Waiting>,
    reader: Option<Waker>,
}

struct Waiting {
    waker: Waker,
    /// Whether the reader polled it then.
    is_below_reader: bool,
}

impl Shared {
    /// Hands over what `events` makes, if it will be read.
    pub(super) fn push<I: IntoIterator<Item = StreamEvent>>(&mut self, events: impl FnOnce() -> I) {
        if !self.closed && self.failed.is_none() {
            self.queue.extend(events());
        }
    }

    /// Ends the stream with an error.
    pub(super) fn fail(&mut self, error: Error) {
        self.failed.get_or_insert(error);
    }

    /// Is ready when all that was written is taken.
    pub(super) fn poll_taken(&mut self, cx: &Context<'_>) -> Poll<()> {
        if self.closed || self.queue.is_empty() && self.failed.is_none() {
            return Poll::Ready(());
        }
        let is_below_reader = self.is_polling;
        self.writer = Some(Waiting { waker: cx.waker().clone(), is_below_reader });
        if !is_below_reader {
            if let Some(reader) = self.reader.take() {
                reader.wake();
            }
        }
        Poll::Pending
    }
}

pub(super) fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    // Each change is whole, so a panic elsewhere leaves nothing half done.
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The events of a writer, whose future this polls.
#[pin_project(PinnedDrop)]
pub(super) struct Written<F> {
    shared: Arc<Mutex<Shared>>,
    /// None once it returned.
    #[pin]
    author: Option<F>,
    error: Option<Error>,
}

impl<F: Future<Output = Result<Finished, ApiError>>> Written<F> {
    /// `write` gets a writer of an answer that begins as `message`.
    pub(super) fn new(message: Message, write: impl FnOnce(EventWriter) -> F) -> Self {
        let shared = Arc::<Mutex<Shared>>::default();
        let writer = EventWriter::new(message, Arc::clone(&shared));
        Self { shared, author: Some(write(writer)), error: None }
    }
}

impl<F: Future<Output = Result<Finished, ApiError>>> Stream for Written<F> {
    type Item = Result<StreamEvent, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        loop {
            let mut shared = lock(this.shared);
            if let Some(event) = shared.queue.pop_front() {
                return Poll::Ready(Some(Ok(event)));
            }
            if let Some(error) = shared.failed.take() {
                drop(shared);
                this.author.set(None);
                return Poll::Ready(Some(Err(error)));
            }
            let Some(author) = this.author.as_mut().as_pin_mut() else {
                return Poll::Ready(this.error.take().map(Err));
            };
            let writer = shared.writer.take();
            shared.reader = Some(cx.waker().clone());
            shared.is_polling = true;
            drop(shared);

            // One that has this task's waker and was polled from here is
            // polled again just now.
            let is_reached = |writer: &Waiting| writer.is_below_reader && writer.waker.will_wake(cx.waker());
            if let Some(writer) = writer.filter(|writer| !is_reached(writer)) {
                writer.waker.wake();
            }
            let result = author.poll(cx);
            let mut shared = lock(this.shared);
            shared.is_polling = false;
            match result {
                Poll::Ready(result) => {
                    drop(shared);
                    this.author.set(None);
                    *this.error = result.err().map(Error::from);
                }
                Poll::Pending if shared.queue.is_empty() && shared.failed.is_none() => return Poll::Pending,
                Poll::Pending => {}
            }
        }
    }
}

#[pinned_drop]
impl<F> PinnedDrop for Written<F> {
    fn drop(self: Pin<&mut Self>) {
        let mut shared = lock(&self.shared);
        shared.closed = true;
        shared.queue.clear();
        let writer = shared.writer.take();
        drop(shared);
        if let Some(writer) = writer {
            writer.waker.wake();
        }
    }
}
