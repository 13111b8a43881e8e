//! When an upstream is left out.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::error::ApiError;

/// The longest time that an upstream is left out because it said `retry-after`.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(300);

/// A circuit breaker: it remembers the failures of an upstream, and leaves it out when there are too many.
pub(super) struct Breaker {
    /// The number of failures in a row that open it; 0 for never.
    limit: u32,
    pause: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    failures: u32,
    /// The time from which a request may be sent again, to find out whether the upstream has recovered.
    open_until: Option<Instant>,
}

impl Breaker {
    pub(super) fn new(limit: u32, pause: Duration) -> Self {
        Self { limit, pause, state: Mutex::default() }
    }

    /// Returns whether a request may be sent.
    pub(super) fn is_closed(&self) -> bool {
        self.lock().open_until.is_none_or(|end| end <= Instant::now())
    }

    /// Notes that a request is sent. After a pause, the others wait until it has succeeded, or for another
    /// pause.
    pub(super) fn begin(&self) {
        let mut state = self.lock();
        if state.open_until.is_some() {
            state.open_until = state.open_until.max(Instant::now().checked_add(self.pause));
        }
    }

    /// Notes that the upstream has replied.
    pub(super) fn succeed(&self) {
        *self.lock() = State::default();
    }

    /// Notes that the upstream has failed.
    pub(super) fn fail(&self, error: &ApiError) {
        if self.limit == 0 {
            return;
        }
        let mut state = self.lock();
        state.failures = state.failures.saturating_add(1);
        let pause = (state.failures >= self.limit).then_some(self.pause);
        let asked_for = error.retry_after().map(|time| time.min(MAX_RETRY_AFTER));
        if let Some(pause) = pause.max(asked_for) {
            state.open_until = state.open_until.max(Instant::now().checked_add(pause));
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
