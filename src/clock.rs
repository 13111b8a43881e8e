//! The time, where there is a clock.

use std::time::Duration;

/// The clock: tokio's where the crate depends on tokio, so that it stands still in tests with paused time.
#[cfg(not(any(feature = "client", feature = "server", feature = "policy")))]
pub(crate) use std::time::Instant;
#[cfg(any(feature = "client", feature = "server", feature = "policy"))]
pub(crate) use tokio::time::Instant;

/// A point in time; nothing on `wasm32-unknown-unknown`, for which the standard library has no clock.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moment(Option<Instant>);

impl Moment {
    pub(crate) fn now() -> Self {
        let has_clock = !cfg!(all(target_family = "wasm", target_os = "unknown"));
        Self(has_clock.then(Instant::now))
    }

    /// Returns the time from `earlier` to this moment.
    pub(crate) fn since(self, earlier: Self) -> Option<Duration> {
        Some(self.0?.saturating_duration_since(earlier.0?))
    }
}
