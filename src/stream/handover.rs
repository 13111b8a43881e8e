//! The queue between an `EventWriter` and the stream of its events.
//!
//! # Who waits for whom
//!
//! The *author* is the future that the user wrote; it has the writer. The *reader* is whoever polls the
//! stream `Written`, which owns the author. There is no task and no channel between them: the author makes
//! progress only when the reader polls it.
//!
//! 1. The reader takes events from the queue, one for each poll. When the queue is empty, it polls the
//!    author.
//! 2. The author calls a method of the writer, which pushes the events of this call into the queue and then
//!    waits until all of them are taken. So the author's poll returns `Pending`.
//! 3. Back in its poll, the reader looks at the queue again and finds the events.
//!
//! A writer is therefore never more than one call ahead of the reader, and the queue stays short.
//!
//! # Who wakes whom
//!
//! In these three steps nobody has to be woken. That changes when the writer is not polled directly by the
//! author: it may have been moved into another task, it may run beside the reader in the same task, or the
//! author may poll it by way of a combinator such as `FuturesUnordered`, which polls only those of its parts
//! that were woken. So both sides leave a waker:
//!
//! - The reader leaves its waker before it polls the author. A writer that has written wakes the reader,
//!   except while the reader is polling the author: the reader then looks at the queue right afterwards.
//! - A writer leaves its waker when it starts to wait. The reader wakes it before the next poll of the
//!   author, except if that poll will certainly reach the writer. This takes two conditions:
//!   - Both have the same waker, so they belong to the same task. This alone is not enough: the author does
//!     not poll a writer that runs beside the reader in the same task, as in
//!     `join(stream.final_message(), write)`.
//!   - The writer started to wait while the reader was polling the author (`is_below_reader`). This alone is
//!     not enough either: a writer on another thread may start to wait at the same moment by chance, and a
//!     combinator gives its parts wakers of their own.
//!
//! A needless wake costs one poll, but a missing one would stall the stream. So whenever the two conditions
//! do not both hold, the writer is woken.
//!
//! When the stream is dropped, it wakes the writer one last time. From then on, writing has no effect and
//! never waits.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::error::Error;
use crate::types::events::StreamEvent;

/// The queue, shared by the writer and the stream.
#[derive(Clone, Default)]
pub(super) struct Handover(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    queue: VecDeque<StreamEvent>,
    /// The error with which the stream ends after the queue.
    failure: Option<Error>,
    /// Whether the stream was dropped, so that nobody will read.
    is_closed: bool,
    /// Whether the reader is inside a poll of the author.
    is_polling: bool,
    /// The writer, if it waits for the reader.
    writer: Option<Waiting>,
    /// The reader, as of its last poll of the author.
    reader: Option<Waker>,
}

struct Waiting {
    waker: Waker,
    /// Whether the reader was inside a poll of the author when the writer started to wait.
    is_below_reader: bool,
}

/// The writer's side.
impl Handover {
    /// Adds events to the queue, unless the stream was dropped or has failed.
    pub(super) fn push(&self, events: Vec<StreamEvent>) {
        let mut state = self.lock();
        if !state.is_closed && state.failure.is_none() {
            state.queue.extend(events);
        }
    }

    /// Ends the stream with an error, after the events that are in the queue.
    pub(super) fn fail(&self, error: Error) {
        self.lock().failure.get_or_insert(error);
    }

    /// Waits until everything has been taken.
    pub(super) fn poll_taken(&self, cx: &Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if state.is_closed || state.is_drained() {
            return Poll::Ready(());
        }
        let is_below_reader = state.is_polling;
        state.writer = Some(Waiting { waker: cx.waker().clone(), is_below_reader });
        let reader = if is_below_reader { None } else { state.reader.take() };
        drop(state);
        if let Some(reader) = reader {
            reader.wake();
        }
        Poll::Pending
    }
}

/// The reader's side.
impl Handover {
    /// Takes the next event or, after the last one, the failure.
    pub(super) fn take(&self) -> Option<Result<StreamEvent, Error>> {
        let mut state = self.lock();
        match state.queue.pop_front() {
            Some(event) => Some(Ok(event)),
            None => state.failure.take().map(Err),
        }
    }

    /// Must be called before the author is polled with the waker `reader`.
    pub(super) fn before_poll(&self, reader: &Waker) {
        let mut state = self.lock();
        state.reader = Some(reader.clone());
        state.is_polling = true;
        let writer = state.writer.take();
        drop(state);
        let is_reached = |writer: &Waiting| writer.is_below_reader && writer.waker.will_wake(reader);
        if let Some(writer) = writer.filter(|writer| !is_reached(writer)) {
            writer.waker.wake();
        }
    }

    /// Must be called after the author was polled. Returns `true` if there is something to take.
    pub(super) fn after_poll(&self) -> bool {
        let mut state = self.lock();
        state.is_polling = false;
        !state.is_drained()
    }

    /// Drops what is in the queue and makes the writer write into nothing.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        state.queue.clear();
        let writer = state.writer.take();
        drop(state);
        if let Some(writer) = writer {
            writer.waker.wake();
        }
    }
}

impl Handover {
    fn lock(&self) -> MutexGuard<'_, State> {
        // No method leaves a change half done, so the state is valid even after a panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_drained(&self) -> bool {
        self.queue.is_empty() && self.failure.is_none()
    }
}
