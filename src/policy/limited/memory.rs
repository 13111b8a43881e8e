//! Limits within one process.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::fmt;
use std::future::{Future, ready};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::bucket::Bucket;
use super::store::{LimitCharge, LimitKind, LimitLevel, LimitStore};

/// The number of principals up to which nothing is swept.
const FIRST_SWEEP: usize = 1024;

/// A [`LimitStore`] in the memory of this process, and the one that [`Limited`](super::Limited) uses by
/// default.
///
/// It is exact however many requests there are at once. A principal that has used nothing for a minute is
/// like one that was never seen, and is forgotten, so the store holds no more than about twice as many as there
/// are in a minute. Clones share what is stored, so that several services can share their limits.
#[derive(Clone)]
pub struct MemoryLimits(Arc<Shared>);

struct Shared {
    /// The start of the time in which the buckets count.
    start: Instant,
    principals: Mutex<Principals>,
}

struct Principals {
    entries: HashMap<Box<str>, Entry>,
    /// The number of entries at which those are removed that equal fresh ones.
    sweep_at: usize,
}

#[derive(Default)]
struct Entry {
    buckets: [Bucket; LimitKind::COUNT],
    /// The time at which all buckets are empty.
    empty_at: u64,
}

impl MemoryLimits {
    /// Creates a store in which nobody has used anything.
    pub fn new() -> Self {
        let principals = Principals { entries: HashMap::new(), sweep_at: FIRST_SWEEP };
        Self(Arc::new(Shared { start: Instant::now(), principals: Mutex::new(principals) }))
    }

    /// Returns the number of principals that are held at present.
    pub fn principals(&self) -> usize {
        self.lock().entries.len()
    }

    /// Calls `work` with what a principal has used, and the time in milliseconds. It is read while the lock is
    /// held, so that it never runs backwards.
    fn with_entry<T>(&self, principal: &str, work: impl FnOnce(&mut Entry, u64) -> T) -> T {
        let mut principals = self.lock();
        let now = u64::try_from(self.0.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        if let Some(entry) = principals.entries.get_mut(principal) {
            return work(entry, now);
        }
        let mut entry = Entry::default();
        let result = work(&mut entry, now);
        principals.add(principal, entry, now);
        result
    }

    fn lock(&self) -> MutexGuard<'_, Principals> {
        self.0.principals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LimitStore for MemoryLimits {
    fn take(
        &self,
        principal: &str,
        charges: &[LimitCharge],
    ) -> impl Future<Output = Result<Vec<LimitLevel>, Box<dyn StdError + Send + Sync>>> + Send {
        ready(Ok(self.with_entry(principal, |entry, now| entry.take(charges, now))))
    }

    fn correct(&self, principal: &str, charges: &[LimitCharge]) {
        self.with_entry(principal, |entry, now| {
            for LimitCharge { kind, limit, amount } in charges {
                entry.buckets[*kind as usize].drain(*limit, now);
                entry.add(*kind, *limit, *amount);
            }
        });
    }
}

impl Default for MemoryLimits {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryLimits").field("principals", &self.principals()).finish()
    }
}

impl Principals {
    /// Adds a principal that is not there.
    fn add(&mut self, principal: &str, entry: Entry, now: u64) {
        if self.entries.len() >= self.sweep_at {
            self.entries.retain(|_, entry| entry.empty_at > now);
            // As many again have to come before the next sweep, so that it costs each of them a constant.
            self.sweep_at = (self.entries.len() * 2).max(FIRST_SWEEP);
            self.entries.shrink_to(self.sweep_at);
        }
        self.entries.insert(principal.into(), entry);
    }
}

impl Entry {
    fn take(&mut self, charges: &[LimitCharge], now: u64) -> Vec<LimitLevel> {
        let mut fits = true;
        for LimitCharge { kind, limit, amount } in charges {
            let bucket = &mut self.buckets[*kind as usize];
            bucket.drain(*limit, now);
            fits &= bucket.check(*limit, *amount).is_zero();
        }
        let level = |LimitCharge { kind, limit, amount }: &LimitCharge| {
            if fits {
                return self.add(*kind, *limit, *amount);
            }
            let bucket = &self.buckets[*kind as usize];
            bucket.level(*limit, bucket.check(*limit, *amount))
        };
        charges.iter().map(level).collect()
    }

    fn add(&mut self, kind: LimitKind, limit: u64, amount: i64) -> LimitLevel {
        let bucket = &mut self.buckets[kind as usize];
        bucket.add(amount);
        self.empty_at = self.empty_at.max(bucket.empty_at(limit));
        bucket.level(limit, Duration::ZERO)
    }
}
