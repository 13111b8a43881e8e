//! Permits for requests at once.

use std::collections::HashMap;
use std::fmt;
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
    counts: HashMap<Box<str>, u64>,
    /// The number of principals at which those are removed that have no request.
    sweep_at: usize,
}

/// One request that is being served, until it is dropped.
pub(super) struct Permit {
    permits: Permits,
    principal: Principal,
}

impl Permits {
    /// Returns a permit, unless `principal` has `limit` of them already.
    pub(super) fn acquire(&self, principal: &Principal, limit: u64) -> Option<Permit> {
        let mut counts = self.lock();
        match counts.counts.get_mut(principal.id()) {
            Some(count) if *count >= limit => return None,
            None if limit == 0 => return None,
            Some(count) => *count += 1,
            None => counts.add(principal.id()),
        }
        Some(Permit { permits: self.clone(), principal: principal.clone() })
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    /// Adds a principal that is not there, with one request.
    fn add(&mut self, principal: &str) {
        if self.counts.len() >= self.sweep_at.max(FIRST_SWEEP) {
            self.counts.retain(|_, count| *count > 0);
            self.sweep_at = self.counts.len() * 2;
            self.counts.shrink_to(self.sweep_at.max(FIRST_SWEEP));
        }
        self.counts.insert(principal.into(), 1);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut counts = self.permits.lock();
        if let Some(count) = counts.counts.get_mut(self.principal.id()) {
            *count -= 1;
        }
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").finish_non_exhaustive()
    }
}
