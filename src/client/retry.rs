//! Retrying calls that failed.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::budget::Balance;

/// How often, and after which delays, a client repeats a call that failed.
///
/// By default a call is retried twice, as the official SDKs do it. An error is retried if
/// [it is retryable](crate::error::Error::is_retryable); for a stream, that includes an error that
/// comes as its first event, but nothing after the first event. A whole message is not requested again
/// once the head of a successful HTTP response has arrived.
///
/// Before a retry, the client waits for as long as the server asks in `retry-after-ms` or
/// `retry-after`. If the server does not ask, the client waits 0.5 s, and twice as long for each
/// further retry, up to [`max_delay`](Self::max_delay); at random, up to a quarter of that is taken
/// off. If the server asks for more than 60 s, or if a delay would exceed the total timeout of the
/// call, the client returns the error at once.
///
/// Retries draw on a [`RetryBudget`], so that many calls to a server that fails do not triple its
/// load. [`Error::attempts`](crate::error::Error::attempts) says how often a call was tried.
///
/// ```
/// use std::time::Duration;
///
/// use messages_api::Client;
/// use messages_api::client::RetryPolicy;
///
/// # #[cfg(any(feature = "rustls", feature = "native-tls"))] {
/// let policy = RetryPolicy::new(4).max_delay(Duration::from_secs(20));
/// let client = Client::builder().retry(policy).build()?;
/// // Calls of this clone are not retried. It shares the connections.
/// let once = client.clone().with_retry(RetryPolicy::none());
/// # }
/// # Ok::<(), messages_api::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct RetryPolicy {
    pub(super) max_retries: u32,
    max_delay: Duration,
    pub(super) budget: Option<RetryBudget>,
}

/// The delay before the first retry.
const FIRST_DELAY: Duration = Duration::from_millis(500);

impl RetryPolicy {
    /// Creates a policy that retries a call up to `max_retries` times.
    pub fn new(max_retries: u32) -> Self {
        Self { max_retries, max_delay: Duration::from_secs(8), budget: None }
    }

    /// Creates a policy that never retries.
    pub fn none() -> Self {
        Self::new(0)
    }

    /// Limits the delay before a retry if the server asks for none; 8 s by default.
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// Sets the budget on which retries draw, to share one among several clients or to have a larger
    /// one.
    ///
    /// By default, a client and its clones have a budget of their own.
    pub fn budget(mut self, budget: RetryBudget) -> Self {
        self.budget = Some(budget);
        self
    }

    /// Returns the delay before the retry of the given number, counted from 0, if the server asks
    /// for none.
    pub(super) fn delay(&self, retry: u32) -> Duration {
        let factor = 1_u32.checked_shl(retry).unwrap_or(u32::MAX);
        let delay = FIRST_DELAY.saturating_mul(factor).min(self.max_delay);
        delay.mul_f64(1.0 - 0.25 * fastrand::f64())
    }
}

impl Default for RetryPolicy {
    /// Returns a policy of 2 retries.
    fn default() -> Self {
        Self::new(2)
    }
}

/// How many retries the calls of a client, and of its clones, can make in a short time.
///
/// The budget holds 100 retries. Each costs one. The budget gains a tenth of a retry with every call
/// and one every 10 s, up to the number that it held at first. So a server that fails for a long time
/// receives about a tenth more requests than there are calls, and a short failure is bridged as if
/// there were no budget. A retry is free if the server has responded with the status 429 and a
/// `retry-after`, which then sets the time itself.
///
/// Once the budget is used up, calls return the error of their last attempt, and its text says so.
///
/// Clones share the budget.
#[derive(Clone)]
pub struct RetryBudget(Arc<Balance>);

impl RetryBudget {
    /// Creates a budget of the given number of retries.
    ///
    /// ```
    /// use messages_api::client::{RetryBudget, RetryPolicy};
    ///
    /// // For a program that makes thousands of calls at once.
    /// let policy = RetryPolicy::default().budget(RetryBudget::new(2_000));
    /// ```
    pub fn new(retries: u32) -> Self {
        Self(Arc::new(Balance::new(retries)))
    }

    /// Adds what a call earns.
    pub(super) fn earn(&self) {
        self.0.earn();
    }

    /// Takes one retry out, and returns `false` if there is none.
    pub(super) fn spend(&self) -> bool {
        self.0.spend()
    }
}

impl Default for RetryBudget {
    /// Returns a budget of 100 retries.
    fn default() -> Self {
        Self::new(100)
    }
}

impl fmt::Debug for RetryBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryBudget").field("retries", &self.0.whole()).finish()
    }
}
