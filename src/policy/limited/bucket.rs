//! The arithmetic of a limit.

use std::time::Duration;

use super::store::LimitLevel;

/// What one request or token adds to a level, so that a level falls by the limit in each millisecond, and by
/// all of what a limit allows in a minute. All numbers are whole, so nothing is ever rounded away.
const UNIT: u64 = 60_000;

/// What a principal has used up of one limit.
///
/// This is the generic cell rate algorithm (GCRA) in the form of a continuous-state leaky bucket, which
/// ITU-T I.371 describes beside the one with a theoretical arrival time. Here the level may exceed the size
/// of the bucket, as a debt, and it may be corrected after the fact. It never falls below zero, so that nobody
/// can save up more than a minute's worth.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bucket {
    level: u64,
    /// The time of the level, in milliseconds.
    at: u64,
}

impl Bucket {
    /// Lets the level fall to what it is at the time `now`, under a limit of `limit` a minute.
    pub(super) fn drain(&mut self, limit: u64, now: u64) {
        let elapsed = now.saturating_sub(self.at);
        self.level = self.level.saturating_sub(elapsed.saturating_mul(limit));
        self.at = now;
    }

    /// Returns how long it is until `amount` fits; [`Duration::MAX`] if it never will.
    ///
    /// What is larger than the whole bucket fits once that is empty, since it would never fit otherwise.
    pub(super) fn check(&self, limit: u64, amount: i64) -> Duration {
        if limit == 0 {
            return Duration::MAX;
        }
        let size = limit.saturating_mul(UNIT);
        let amount = amount.max(0).unsigned_abs().saturating_mul(UNIT).min(size);
        let over = self.level.saturating_add(amount).saturating_sub(size);
        Duration::from_millis(over.div_ceil(limit))
    }

    /// Adds `amount` without asking whether it fits. A negative amount is given back.
    pub(super) fn add(&mut self, amount: i64) {
        let change = amount.unsigned_abs().saturating_mul(UNIT);
        self.level = match amount {
            0.. => self.level.saturating_add(change),
            _ => self.level.saturating_sub(change),
        };
    }

    /// Returns the time at which the bucket is empty, and so equals one that was never used.
    pub(super) fn empty_at(&self, limit: u64) -> u64 {
        self.at.saturating_add(self.level.checked_div(limit).map_or(0, |_| self.level.div_ceil(limit)))
    }

    /// Describes the bucket for headers.
    pub(super) fn level(&self, limit: u64, wait: Duration) -> LimitLevel {
        level(limit, self.level, wait)
    }
}

/// Describes a bucket whose level is `level`.
pub(super) fn level(limit: u64, level: u64, wait: Duration) -> LimitLevel {
    let remaining = limit.saturating_mul(UNIT).saturating_sub(level) / UNIT;
    let reset = if limit == 0 { Duration::ZERO } else { Duration::from_millis(level.div_ceil(limit)) };
    LimitLevel::new(remaining, reset).wait(wait)
}
