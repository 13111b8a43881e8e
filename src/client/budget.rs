//! The balance of a budget that refills over time.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::time::Instant;

/// The time in which a retry is gained, in milliseconds.
const MS_PER_RETRY: u64 = 10_000;

/// What a call earns, in the same unit: a tenth of a retry.
const MS_PER_CALL: u64 = MS_PER_RETRY / 10;

/// A balance of retries.
///
/// As it refills at a constant rate, the moment at which it will be full again says everything:
/// a retry moves that moment into the future, and a call moves it back. So one number is enough,
/// and there is no lock.
#[derive(Debug)]
pub(super) struct Balance {
    /// The first time that a retry was wanted: a client that makes none needs no clock.
    start: OnceLock<Instant>,
    /// When the balance is full, in milliseconds after the start.
    full_at: AtomicU64,
    /// How far that may be in the future.
    capacity: u64,
}

impl Balance {
    pub(super) fn new(retries: u32) -> Self {
        let capacity = u64::from(retries) * MS_PER_RETRY;
        Self { start: OnceLock::new(), full_at: AtomicU64::new(0), capacity }
    }

    /// Adds what a call earns.
    pub(super) fn earn(&self) {
        // In the usual case there is nothing to add, and no clock to read.
        if self.full_at.load(Ordering::Relaxed) != 0 {
            self.update(|missing| Some(missing.saturating_sub(MS_PER_CALL)));
        }
    }

    /// Takes one retry out, and returns `false` if there is none.
    pub(super) fn spend(&self) -> bool {
        self.update(|missing| Some(missing + MS_PER_RETRY).filter(|missing| *missing <= self.capacity))
    }

    /// Returns the number of retries that are left.
    pub(super) fn whole(&self) -> u64 {
        let missing = self.full_at.load(Ordering::Relaxed).saturating_sub(self.now());
        (self.capacity - missing.min(self.capacity)) / MS_PER_RETRY
    }

    /// Replaces what is missing from the full balance by what `change` returns, unless that is `None`.
    fn update(&self, change: impl Fn(u64) -> Option<u64>) -> bool {
        let now = self.now();
        let update = |full_at: u64| change(full_at.saturating_sub(now)).map(|missing| now + missing);
        self.full_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, update).is_ok()
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.get_or_init(Instant::now).elapsed().as_millis()).unwrap_or(u64::MAX / 2)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn spent(balance: &Balance) -> usize {
        (0..10_000).take_while(|_| balance.spend()).count()
    }

    #[tokio::test(start_paused = true)]
    async fn the_balance_refills_with_time_and_with_calls() {
        let balance = Balance::new(100);
        assert_eq!((balance.whole(), spent(&balance), balance.whole()), (100, 100, 0));
        tokio::time::advance(Duration::from_millis(9_999)).await;
        assert!(!balance.spend());
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(spent(&balance), 1);

        (0..35).for_each(|_| balance.earn());
        assert_eq!(spent(&balance), 3);
        (0..5).for_each(|_| balance.earn());
        assert_eq!(spent(&balance), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn the_balance_never_exceeds_its_capacity() {
        let balance = Balance::new(3);
        (0..1_000).for_each(|_| balance.earn());
        assert!(balance.spend());
        tokio::time::advance(Duration::from_secs(1_000_000)).await;
        (0..1_000).for_each(|_| balance.earn());
        assert_eq!(spent(&balance), 3);
        assert_eq!(spent(&Balance::new(0)), 0);
    }
}
