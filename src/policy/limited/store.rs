//! Where it is kept what principals have used up.

use std::error::Error as StdError;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// A store of what each principal has used up of its limits.
///
/// [`MemoryLimits`](super::MemoryLimits) is one for a single process, and `RedisLimits`, of the feature
/// `redis`, one that many processes share. A store of your own has two things to do: to take all of a
/// request's charges or none of them, in one step, and to correct them later.
pub trait LimitStore: Send + Sync + 'static {
    /// Takes all `charges` for a request of `principal` if each of them fits into its limit, and nothing
    /// otherwise. Returns a [`LimitLevel`] for each charge, in the same order.
    ///
    /// The charges were taken if no level has a [`wait`](LimitLevel::wait).
    ///
    /// # Errors
    ///
    /// When the store cannot tell. [`StoreFailure`] decides what becomes of the request.
    ///
    /// # Cancel safety
    ///
    /// The future is dropped if the caller leaves. It may then have taken the charges or not, but never a part
    /// of them.
    fn take(
        &self,
        principal: &str,
        charges: &[LimitCharge],
    ) -> impl Future<Output = Result<Vec<LimitLevel>, Box<dyn StdError + Send + Sync>>> + Send;

    /// Applies `charges` to `principal` whether they fit or not; a negative amount is given back.
    ///
    /// It is called where a reply ends, possibly in a destructor, so it must not block. A store that has to
    /// wait for a server puts the charges into a queue that has a bound.
    fn correct(&self, principal: &str, charges: &[LimitCharge]);
}

/// What is taken from one limit of a principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LimitCharge {
    /// Which of the limits of the principal this is.
    pub kind: LimitKind,
    /// How much the limit allows in a minute.
    pub limit: u64,
    /// How much is taken; never negative in [`LimitStore::take`].
    pub amount: i64,
}

impl LimitCharge {
    /// Creates a charge of `amount` to the limit `kind`, which allows `limit` in a minute.
    pub fn new(kind: LimitKind, limit: u64, amount: i64) -> Self {
        Self { kind, limit, amount }
    }
}

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LimitKind {
    /// Requests for a message.
    Requests,
    /// Tokens of the input.
    InputTokens,
    /// Tokens of the output.
    OutputTokens,
    /// Requests to count tokens.
    TokenCounts,
    /// Requests to create a batch.
    Batches,
}

impl LimitKind {
    pub(super) const COUNT: usize = 5;

    /// Returns the name of the limit, such as `input_tokens`, for the keys of a store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::InputTokens => "input_tokens",
            Self::OutputTokens => "output_tokens",
            Self::TokenCounts => "token_counts",
            Self::Batches => "batches",
        }
    }

    /// Says what is counted, for people.
    pub(super) fn description(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::InputTokens => "input tokens",
            Self::OutputTokens => "output tokens",
            Self::TokenCounts => "requests to count tokens",
            Self::Batches => "batches",
        }
    }
}

/// What is left of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LimitLevel {
    /// How much can be taken at once, after what has just been taken.
    pub remaining: u64,
    /// The time until the whole limit is available again.
    pub reset: Duration,
    /// The time until the charge fits: zero if it did, and [`Duration::MAX`] if it never will.
    pub wait: Duration,
}

impl LimitLevel {
    /// Creates the level of a limit that the charge fitted into.
    pub fn new(remaining: u64, reset: Duration) -> Self {
        Self { remaining, reset, wait: Duration::ZERO }
    }

    /// Sets the time until the charge fits.
    #[must_use]
    pub fn wait(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }
}

/// What becomes of a request when the [`LimitStore`] cannot tell whether it is within the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreFailure {
    /// It is served, and counts for nothing ("fail open").
    Serve,
    /// It is rejected with 529, after which clients try again ("fail closed").
    Reject,
}

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The object-safe twin of [`LimitStore`].
pub(super) trait DynLimitStore: Send + Sync + 'static {
    fn take<'a>(
        &'a self,
        principal: &'a str,
        charges: &'a [LimitCharge],
    ) -> BoxFuture<'a, Result<Vec<LimitLevel>, Box<dyn StdError + Send + Sync>>>;

    fn correct(&self, principal: &str, charges: &[LimitCharge]);
}

impl<S: LimitStore> DynLimitStore for S {
    fn take<'a>(
        &'a self,
        principal: &'a str,
        charges: &'a [LimitCharge],
    ) -> BoxFuture<'a, Result<Vec<LimitLevel>, Box<dyn StdError + Send + Sync>>> {
        Box::pin(LimitStore::take(self, principal, charges))
    }

    fn correct(&self, principal: &str, charges: &[LimitCharge]) {
        LimitStore::correct(self, principal, charges);
    }
}
