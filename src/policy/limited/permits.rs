//! Permits for requests at once.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many requests of each principal are being served. Principals without any are not held.
#[derive(Clone, Default)]
pub(super) struct Permits(Arc<Mutex<HashMap<Arc<str>, u64>>>);

/// One request that is being served, until it is dropped.
pub(super) struct Permit {
    permits: Permits,
    principal: Arc<str>,
}

impl Permits {
    /// Returns a permit, unless `principal` has `limit` of them already.
    pub(super) fn acquire(&self, principal: &str, limit: u64) -> Option<Permit> {
        let mut counts = self.lock();
        let principal = match counts.get_key_value(principal) {
            Some((_, count)) if *count >= limit => return None,
            None if limit == 0 => return None,
            Some((principal, _)) => Arc::clone(principal),
            None => Arc::from(principal),
        };
        *counts.entry(Arc::clone(&principal)).or_default() += 1;
        Some(Permit { permits: self.clone(), principal })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut counts = self.permits.lock();
        if let Some(count) = counts.get_mut(&self.principal) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.principal);
            }
        }
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").finish_non_exhaustive()
    }
}
