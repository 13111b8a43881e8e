//! Confines a panic of foreign code, such as a handler, a hook or a tool, to the call that it serves.

use std::any::Any;
use std::future::{Future, poll_fn};
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

use crate::error::{ApiError, Mark};

/// A future, stream or body of foreign code, whose panics are caught: those of a call, and those of
/// the destructor, however the value comes to be dropped.
///
/// Both matter together. A value that panics in a call and is dropped by the unwinding that follows
/// aborts the process if it panics again, so each call is confined before any frame unwinds that
/// owns the value.
pub(crate) struct Guarded<T>(Option<T>);

impl<T> Guarded<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Some(value))
    }

    /// Returns `true` if the value was dropped, by [`clear`](Self::clear) or after a panic.
    #[cfg(feature = "server")]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Runs `call` on the value. A panic drops the value and becomes an error, as does a call after
    /// the value was dropped.
    pub(crate) fn call<R>(&mut self, call: impl FnOnce(&mut T) -> R) -> Result<R, ApiError> {
        let Some(value) = &mut self.0 else { return Err(ApiError::internal()) };
        let result = guard(|| call(value));
        if result.is_err() {
            self.clear();
        }
        result
    }

    /// Polls the value by `call`, and turns a panic into an error.
    pub(crate) fn poll<R>(&mut self, call: impl FnOnce(&mut T) -> Poll<R>) -> Poll<Result<R, ApiError>> {
        match self.call(call) {
            Ok(polled) => polled.map(Ok),
            Err(panicked) => Poll::Ready(Err(panicked)),
        }
    }

    /// Drops the value.
    pub(crate) fn clear(&mut self) {
        let value = self.0.take();
        contain(|| drop(value));
    }
}

impl<T> Drop for Guarded<T> {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Calls `start` at once and returns its future, which turns a panic of either into an error.
pub(crate) fn guarded<F>(start: impl FnOnce() -> F) -> impl Future<Output = Result<F::Output, ApiError>>
where
    F: Future + Unpin,
{
    let mut started = guard(start).map(Guarded::new);
    poll_fn(move |cx| match &mut started {
        Ok(future) => future.poll(|future| Pin::new(future).poll(cx)),
        Err(panicked) => Poll::Ready(Err(panicked.clone())),
    })
}

/// Runs `work` and turns a panic into an error. The payload of the panic may be secret, so the
/// error does not contain it.
///
/// Unwind safety may be asserted because every caller only drops what `work` was using when it
/// panicked, so a broken state is never observed.
pub(crate) fn guard<T>(work: impl FnOnce() -> T) -> Result<T, ApiError> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        discard(payload);
        ApiError::internal().with_mark(Mark::Panicked)
    })
}

/// Runs `work` that nobody waits for, so that nobody but the log learns of a panic.
pub(crate) fn contain(work: impl FnOnce()) {
    let _result = guard(work);
    #[cfg(feature = "tracing")]
    if _result.is_err() {
        tracing::error!("caught a panic of a hook or of a destructor");
    }
}

/// Drops the payload of a panic, which may panic as well.
fn discard(payload: Box<dyn Any + Send>) {
    if let Err(next) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        // This payload came from the destructor of the first, and its own could go on for ever.
        mem::forget(next);
    }
}
