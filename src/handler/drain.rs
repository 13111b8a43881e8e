//! Taking a server out of service.

use std::fmt;
use std::future::poll_fn;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::clock::Instant;

/// Takes a server out of service: no new requests, and a deadline for those in flight.
///
/// A `MessagesService` in the `server` module has one, and the function `serve` there gives one to each request
/// that it passes on, so that its `shutdown` drains every service behind it. Only a program that mounts the
/// service elsewhere starts one itself, next to the graceful shutdown of its HTTP server, which alone would wait
/// for open streams without end.
///
/// After [`start`](Self::start), requests are rejected with 529 `overloaded_error`, upon which clients try again.
/// At the deadline, requests that still wait for their message fail with the same error, and each open stream ends
/// with an `error` event, or with the error as the last of the results of a batch.
///
/// Clones share the state. A drain cannot be taken back.
///
/// ```
/// use std::time::Duration;
///
/// use messages_api::handler::Drain;
///
/// let drain = Drain::new();
/// assert!(!drain.is_started());
/// drain.clone().start(Duration::from_secs(30));
/// assert!(drain.is_started()); // what a readiness probe reports
/// ```
#[derive(Clone, Default)]
pub struct Drain(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// Set once the drain has started: when it ends, or `None` if that is beyond what an [`Instant`] can hold.
    deadline: OnceLock<Option<Instant>>,
    wakers: Mutex<Wakers>,
}

/// The wakers of all watches. A slot is used again after its watch was dropped.
#[derive(Default)]
struct Wakers {
    slots: Vec<Option<Waker>>,
    free: Vec<usize>,
}

impl Drain {
    /// Creates a drain that has not started.
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts the drain: new requests are rejected from now on, and those in flight are ended after `deadline`.
    ///
    /// With `Duration::MAX` they are never ended. Only the first call counts.
    pub fn start(&self, deadline: Duration) {
        if self.0.deadline.set(Instant::now().checked_add(deadline)).is_err() {
            return;
        }
        let wakers = mem::take(&mut self.wakers().slots);
        wakers.into_iter().flatten().for_each(Waker::wake);
    }

    /// Returns `true` once the drain has started.
    pub fn is_started(&self) -> bool {
        self.0.deadline.get().is_some()
    }

    /// Waits until the drain has started, to end work of a server that belongs to no request.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future has no effect.
    pub async fn started(&self) {
        let mut watch = self.watch();
        poll_fn(|cx| watch.poll_started(cx)).await;
    }

    fn wakers(&self) -> MutexGuard<'_, Wakers> {
        self.0.wakers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Drain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drain").field("is_started", &self.is_started()).finish_non_exhaustive()
    }
}

/// Waits for a drain to start.
///
/// Until then, a poll costs one atomic load and the comparison of two wakers, unless the task has changed.
pub(crate) struct DrainWatch {
    drain: Drain,
    /// The slot of this watch, and a copy of the waker in it.
    registered: Option<(usize, Waker)>,
}

impl Drain {
    pub(crate) fn watch(&self) -> DrainWatch {
        DrainWatch { drain: self.clone(), registered: None }
    }

    /// Returns `true` if `other` is a clone of this one.
    #[cfg(feature = "server")]
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl DrainWatch {
    /// Polls for the start of the drain, and returns its deadline.
    pub(crate) fn poll_started(&mut self, cx: &mut Context<'_>) -> Poll<Option<Instant>> {
        if let Some(deadline) = self.drain.0.deadline.get() {
            return Poll::Ready(*deadline);
        }
        if self.registered.as_ref().is_some_and(|(_, waker)| waker.will_wake(cx.waker())) {
            return Poll::Pending;
        }
        self.register(cx.waker());
        // If it has started in the meantime, the waker may have come too late.
        self.drain.0.deadline.get().map_or(Poll::Pending, |deadline| Poll::Ready(*deadline))
    }

    /// Returns the deadline, if the drain has started and has one.
    #[cfg(feature = "server")]
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.drain.0.deadline.get().copied().flatten()
    }

    fn register(&mut self, waker: &Waker) {
        let (kept, given) = (waker.clone(), waker.clone());
        let mut wakers = self.drain.wakers();
        let slot = match self.registered {
            Some((slot, _)) => slot,
            None => wakers.free.pop().unwrap_or(wakers.slots.len()),
        };
        if slot >= wakers.slots.len() {
            wakers.slots.resize(slot + 1, None);
        }
        let replaced = wakers.slots[slot].replace(given);
        // The destructor of a waker is foreign code, which must not run under the lock.
        drop(wakers);
        drop(replaced);
        self.registered = Some((slot, kept));
    }
}

impl Drop for DrainWatch {
    fn drop(&mut self) {
        let Some((slot, _)) = self.registered else { return };
        let mut wakers = self.drain.wakers();
        let removed = wakers.slots.get_mut(slot).and_then(Option::take);
        wakers.free.push(slot);
        drop(wakers);
        drop(removed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    impl Count {
        fn poll(self: &Arc<Self>, watch: &mut DrainWatch) -> Poll<Option<Instant>> {
            watch.poll_started(&mut Context::from_waker(&self.clone().into()))
        }

        fn wakes(&self) -> usize {
            self.0.load(Ordering::SeqCst)
        }
    }

    #[test]
    fn the_last_waker_of_each_watch_is_woken_once() {
        let (drain, early, late) = (Drain::new(), Arc::new(Count::default()), Arc::new(Count::default()));
        let (mut moved, mut dropped, mut other) = (drain.watch(), drain.watch(), drain.watch());
        assert!(early.poll(&mut moved).is_pending() && early.poll(&mut dropped).is_pending());
        assert!(late.poll(&mut moved).is_pending() && late.poll(&mut other).is_pending());
        drop(dropped);
        drain.start(Duration::from_secs(5));
        assert_eq!((early.wakes(), late.wakes()), (0, 2));
        assert!(matches!(early.poll(&mut moved), Poll::Ready(Some(_))));
        assert!(matches!(early.poll(&mut drain.watch()), Poll::Ready(Some(_))));
    }

    #[test]
    fn a_watch_that_is_polled_again_by_its_task_takes_no_lock() {
        let (drain, task) = (Drain::new(), Arc::new(Count::default()));
        let (waker, mut watch) = (Waker::from(task), drain.watch());
        let mut cx = Context::from_waker(&waker);
        assert!(watch.poll_started(&mut cx).is_pending());
        let _lock = drain.wakers();
        assert!(watch.poll_started(&mut cx).is_pending());
    }

    #[test]
    fn slots_are_used_again() {
        let (drain, task) = (Drain::new(), Arc::new(Count::default()));
        for _ in 0..100 {
            let mut watches = [drain.watch(), drain.watch(), drain.watch()];
            assert!(watches.iter_mut().all(|watch| task.poll(watch).is_pending()));
        }
        assert_eq!(drain.wakers().slots.len(), 3);
    }

    #[test]
    fn the_first_start_decides() {
        let (drain, task) = (Drain::new(), Arc::new(Count::default()));
        drain.start(Duration::MAX);
        drain.start(Duration::ZERO);
        assert!(matches!(task.poll(&mut drain.watch()), Poll::Ready(None)));
    }
}
