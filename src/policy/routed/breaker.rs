//! When an upstream is left out.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::error::ApiError;

/// The longest time that an upstream is left out because it said `retry-after`.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(300);

/// The longest pause: 30 years, so that its end is a time on every platform.
const MAX_PAUSE: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

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
    /// The time from which a request may be sent again, to find out whether the upstream has recovered; `None`
    /// while the breaker is closed.
    open_until: Option<Instant>,
    /// How often the breaker has opened or closed. What a request says counts only if it began since.
    turns: u64,
}

/// A request on its way to an upstream.
///
/// If it is dropped without a word of how it ended, it counts as neither a success nor a failure.
pub(super) struct Attempt {
    breaker: Arc<Breaker>,
    turns: u64,
    /// Whether the others wait for this one.
    is_probe: bool,
}

impl Breaker {
    pub(super) fn new(limit: u32, pause: Duration) -> Self {
        Self { limit, pause: pause.min(MAX_PAUSE), state: Mutex::default() }
    }

    /// Begins a request, unless the upstream is left out.
    ///
    /// After a pause, the first request finds out whether the upstream has recovered. The others wait until it
    /// has ended, or for another pause.
    pub(super) fn begin(self: &Arc<Self>) -> Option<Attempt> {
        let mut state = self.lock();
        let is_probe = state.open_until.is_some();
        if let Some(end) = state.open_until {
            let now = Instant::now();
            if end > now {
                return None;
            }
            state.open_until = now.checked_add(self.pause);
        }
        Some(Attempt { breaker: Arc::clone(self), turns: state.turns, is_probe })
    }

    /// Begins a request although the upstream is left out.
    pub(super) fn begin_anyway(self: &Arc<Self>) -> Attempt {
        Attempt { breaker: Arc::clone(self), turns: self.lock().turns, is_probe: false }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempt {
    /// Notes that the upstream has replied.
    pub(super) fn succeed(self) {
        let mut state = self.breaker.lock();
        if state.turns != self.turns {
            return;
        }
        state.failures = 0;
        if state.open_until.take().is_some() {
            state.turns += 1;
        }
    }

    /// Notes that the upstream has failed.
    pub(super) fn fail(self, error: &ApiError) {
        let Breaker { limit, pause, .. } = *self.breaker;
        if limit == 0 {
            return;
        }
        let mut state = self.breaker.lock();
        let mut wait = error.retry_after().map(|time| time.min(MAX_RETRY_AFTER));
        if state.turns == self.turns {
            state.failures = state.failures.saturating_add(1);
            if state.failures >= limit {
                wait = wait.max(Some(pause));
            }
        }
        if let Some(wait) = wait {
            state.open_until = state.open_until.max(Instant::now().checked_add(wait));
            state.turns += 1;
        }
    }
}

/// The next request finds out what a request did not that was to find out whether the upstream has recovered.
impl Drop for Attempt {
    fn drop(&mut self) {
        if self.is_probe {
            let mut state = self.breaker.lock();
            if state.turns == self.turns && state.open_until.is_some() {
                state.open_until = Some(Instant::now());
            }
        }
    }
}
