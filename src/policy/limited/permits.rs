//! Permits for requests at once.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::handler::Principal;

/// How many requests of each principal are being served. Principals without any are not held.
#[derive(Clone, Default)]
pub(super) struct Permits(Arc<Mutex<HashMap<Box<str>, u64>>>);

/// One request that is being served, until it is dropped.
pub(super) struct Permit {
    permits: Permits,
    principal: Principal,
}

impl Permits {
    /// Returns a permit, unless `principal` has `limit` of them already.
    pub(super) fn acquire(&self, principal: &Principal, limit: u64) -> Option<Permit> {
        let mut counts = self.lock();
        match counts.get_mut(principal.id()) {
            Some(count) if *count >= limit => return None,
            None if limit == 0 => return None,
            Some(count) => *count += 1,
            None => drop(counts.insert(principal.id().into(), 1)),
        }
        Some(Permit { permits: self.clone(), principal: principal.clone() })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Box<str>, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut counts = self.permits.lock();
        if let Some(count) = counts.get_mut(self.principal.id()) {
            *count -= 1;
            if *count == 0 {
                counts.remove(self.principal.id());
            }
        }
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
    fn principals_without_a_request_are_not_held() {
        let permits = Permits::default();
        let named = |at: usize| Principal::new(at.to_string());
        let busy = permits.acquire(&named(0), 1).unwrap();
        for at in 1..10_000 {
            assert!(permits.acquire(&named(at), 1).is_some());
        }
        assert_eq!(permits.lock().len(), 1);
        // Those that have one are.
        assert!(permits.acquire(&named(0), 1).is_none());
        drop(busy);
        assert!(permits.acquire(&named(0), 1).is_some());
        assert!(permits.acquire(&named(1), 0).is_none());
    }
}
