//! What a connection is doing.

use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::task::Context;

use futures::task::AtomicWaker;

/// The number of bytes of a body that may wait to be written before its next chunk is asked for. Single events are
/// smaller, so that a stream whose reader keeps up is never held back.
pub(super) const MAX_UNSENT: usize = 4 * 1024;

/// What a connection is doing. Its transport and its requests report it, and its time limits depend on it.
#[derive(Default)]
pub(super) struct Activity {
    /// The number of requests whose HTTP response has not ended.
    in_flight: AtomicUsize,
    /// The number of requests so far.
    requests: AtomicUsize,
    has_read: AtomicBool,
    has_written: AtomicBool,
    /// The number of bytes of a body that HTTP/1.1 has taken and not yet written; at least, that is, because what
    /// frames them counts as written as well.
    unsent: AtomicUsize,
    is_held_back: AtomicBool,
    /// Whether the body was not ready when the current turn of the task polled it.
    is_awaited: AtomicBool,
    /// The task of the connection, if its requests have tasks of their own.
    task: AtomicWaker,
    room: Arc<Room>,
}

/// Tells the accept loop that a connection could be closed to make room for a new one.
#[derive(Default)]
pub(super) struct Room {
    is_sought: AtomicBool,
    task: AtomicWaker,
}

/// A request whose HTTP response has not ended.
pub(super) struct InFlight(Arc<Activity>);

impl Activity {
    pub(super) fn new(room: Arc<Room>) -> Self {
        Self { room, ..Self::default() }
    }

    /// Returns `true` while there is a request whose HTTP response has not ended.
    pub(super) fn is_busy(&self) -> bool {
        self.in_flight.load(SeqCst) > 0
    }

    /// Returns the number of requests so far.
    pub(super) fn requests(&self) -> usize {
        self.requests.load(Relaxed)
    }

    /// Wakes the task of `cx` once the connection is not busy any more.
    pub(super) fn wake_when_idle(&self, cx: &Context<'_>) {
        self.task.register(cx.waker());
    }

    /// Returns whether anything has been read, and whether anything has been written, since the last call.
    pub(super) fn take_moves(&self) -> (bool, bool) {
        (self.has_read.swap(false, Relaxed), self.has_written.swap(false, Relaxed))
    }

    pub(super) fn read(&self) {
        self.has_read.store(true, Relaxed);
    }

    pub(super) fn wrote(&self, bytes: usize, cx: &Context<'_>) {
        self.has_written.store(true, Relaxed);
        let unsent = self.unsent.load(Relaxed).saturating_sub(bytes);
        self.unsent.store(unsent, Relaxed);
        if unsent < MAX_UNSENT && self.is_held_back.load(Relaxed) {
            self.is_held_back.store(false, Relaxed);
            cx.waker().wake_by_ref(); // the body is to be polled again
        }
    }

    /// Begins a turn of the task that polls the body.
    pub(super) fn begin_turn(&self) {
        self.is_awaited.store(false, Relaxed);
    }

    /// Says that the body is not ready. It wakes the task, and until then need not be polled again: hyper does that
    /// once more after it has written, and for a gateway each such poll goes through to the upstream's connection.
    pub(super) fn awaits(&self) {
        self.is_awaited.store(true, Relaxed);
    }

    /// Counts `bytes` of a body as not yet written.
    pub(super) fn took(&self, bytes: usize) {
        self.unsent.store(self.unsent.load(Relaxed) + bytes, Relaxed);
    }

    /// Returns `false` if the body is not to be polled: in this turn it was not ready, or so much of it waits to be
    /// written that its next chunk has to wait. The task is woken once that is over.
    pub(super) fn may_poll_body(&self) -> bool {
        if self.is_awaited.load(Relaxed) {
            return false;
        }
        let holds_back = self.unsent.load(Relaxed) >= MAX_UNSENT;
        if holds_back {
            self.is_held_back.store(true, Relaxed);
        }
        !holds_back
    }
}

impl Room {
    /// Wakes the task of `cx` whenever a connection becomes idle.
    pub(super) fn seek(&self, cx: &Context<'_>) {
        self.task.register(cx.waker());
        self.is_sought.store(true, SeqCst);
    }

    pub(super) fn found(&self) {
        self.is_sought.store(false, SeqCst);
    }
}

impl InFlight {
    pub(super) fn new(activity: Arc<Activity>) -> Self {
        activity.in_flight.fetch_add(1, SeqCst);
        activity.requests.fetch_add(1, Relaxed);
        Self(activity)
    }

    pub(super) fn activity(&self) -> &Activity {
        &self.0
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if self.0.in_flight.fetch_sub(1, SeqCst) > 1 {
            return;
        }
        self.0.task.wake();
        if self.0.room.is_sought.load(SeqCst) {
            self.0.room.task.wake();
        }
    }
}
