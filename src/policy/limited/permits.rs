//! Permits for requests at once.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::handler::Principal;

/// The number of principals up to which nothing is swept.
const FIRST_SWEEP: usize = 1024;

/// How many requests of each principal are being served.
#[derive(Clone, Default)]
pub(super) struct Permits(Arc<Mutex<Counts>>);

#[derive(Default)]
struct Counts {
    /// Those of principals without a request are held as well, until the next sweep.
    counts: HashMap<Box<str>, Arc<AtomicU64>>,
    /// The number of principals at which those are removed that have no request.
    sweep_at: usize,
}

/// One request that is being served, until it is dropped.
pub(super) struct Permit(Arc<AtomicU64>);

impl Permits {
    /// Returns a permit, unless `principal` has `limit` of them already.
    pub(super) fn acquire(&self, principal: &Principal, limit: u64) -> Option<Permit> {
        let mut counts = self.lock();
        let count = match counts.counts.get(principal.id()) {
            Some(count) => count,
            None if limit == 0 => return None,
            None => counts.add(principal.id()),
        };
        // It rises only while the lock is held, and falls at any time.
        if count.load(Ordering::Relaxed) >= limit {
            return None;
        }
        count.fetch_add(1, Ordering::Relaxed);
        Some(Permit(Arc::clone(count)))
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    /// Adds a principal that is not there, and returns its number.
    fn add(&mut self, principal: &str) -> &Arc<AtomicU64> {
        if self.counts.len() >= self.sweep_at.max(FIRST_SWEEP) {
            self.counts.retain(|_, count| count.load(Ordering::Relaxed) > 0);
            self.sweep_at = self.counts.len() * 2;
            self.counts.shrink_to(self.sweep_at.max(FIRST_SWEEP));
        }
        self.counts.entry(principal.into()).or_default()
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").finish_non_exhaustive()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn principals_without_a_request_are_swept() {
        let permits = Permits::default();
        let named = |at: usize| Principal::new(at.to_string());
        let busy = permits.acquire(&named(0), 1).unwrap();
        for at in 1..10 * FIRST_SWEEP {
            assert!(permits.acquire(&named(at), 1).is_some());
        }
        assert!(permits.lock().counts.len() <= FIRST_SWEEP);
        // Those that have one are not.
        assert!(permits.acquire(&named(0), 1).is_none());
        drop(busy);
        assert!(permits.acquire(&named(0), 1).is_some());
        assert!(permits.acquire(&named(1), 0).is_none());
    }
}
