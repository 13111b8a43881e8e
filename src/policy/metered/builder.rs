//! The settings of a metered handler.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::MeteredLayer;
use super::dyn_ledger::DynLedger;
use super::meter::{EstimateFn, Ids, Meter};
use super::outbox::outbox;
use super::settlements::Settlements;
use crate::policy::ledger::{Estimate, Ledger};
use crate::types::CreateMessageRequest;

/// A builder of a [`MeteredLayer`] and of its [`Settlements`]; [`Metered::builder`](super::Metered::builder)
/// creates one.
///
/// | setting | default |
/// |---|---|
/// | [`expect_output`](Self::expect_output) | 1,000 tokens |
/// | [`estimate`](Self::estimate) | what the request and `expect_output` say |
/// | [`max_unsettled`](Self::max_unsettled) | 10,000 calls |
/// | [`time_limit`](Self::time_limit) | 10 s |
/// | [`max_attempts`](Self::max_attempts) | 12 |
/// | [`forward_batches`](Self::forward_batches) | off |
#[must_use = "a builder does nothing until the layer is built"]
pub struct MeteredBuilder {
    ledger: Arc<dyn DynLedger>,
    expected: u64,
    estimate: Option<Box<EstimateFn>>,
    max_unsettled: usize,
    time_limit: Duration,
    max_attempts: u32,
    forwards_batches: bool,
}

impl MeteredBuilder {
    pub(super) fn new(ledger: impl Ledger) -> Self {
        Self {
            ledger: Arc::new(ledger),
            expected: 1000,
            estimate: None,
            max_unsettled: 10_000,
            time_limit: Duration::from_secs(10),
            max_attempts: 12,
            forwards_batches: false,
        }
    }

    /// Sets how many tokens of output are held at first, and by how many a hold is extended; at least 1, and
    /// 1,000 by default.
    ///
    /// No more than the `max_tokens` of a request are ever held. What most messages need is a good choice: a
    /// larger number leaves less for the other calls of an account, a smaller one asks the ledger more often.
    pub fn expect_output(mut self, tokens: u64) -> Self {
        self.expected = tokens.max(1);
        self
    }

    /// Sets what is held for a request at first, for hosts that know their models and callers better. Of the
    /// output, at most `max_tokens` are held.
    ///
    /// ```
    /// use messages_api::policy::{Estimate, MemoryLedger, Metered};
    ///
    /// let (metered, settlements) = Metered::builder(MemoryLedger::new())
    ///     .estimate(|request| {
    ///         let output = if request.tools.is_some() { 300 } else { 1500 };
    ///         Estimate::new(request.estimate_tokens(), output)
    ///     })
    ///     .build();
    /// ```
    pub fn estimate(
        mut self,
        estimate: impl Fn(&CreateMessageRequest) -> Estimate + Send + Sync + 'static,
    ) -> Self {
        self.estimate = Some(Box::new(estimate));
        self
    }

    /// Sets how many calls may be open or not settled yet; 10,000 by default. A call beyond them is rejected
    /// with 529 `overloaded_error`.
    pub fn max_unsettled(mut self, calls: usize) -> Self {
        self.max_unsettled = calls;
        self
    }

    /// Sets how long the ledger may take for a step, after which it counts as failed; 10 s by default.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// Sets how often a settlement is attempted before it goes to [`Ledger::unsettled`]; at least once, and
    /// 12 times by default. This takes about a minute and a half if the ledger fails at once, and two minutes
    /// more if each attempt takes all of its [time](Self::time_limit).
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts.max(1);
        self
    }

    /// Forwards requests to create batches, uncharged, instead of rejecting them.
    ///
    /// The handler behind, or whatever runs the batches, must then charge them.
    pub fn forward_batches(mut self) -> Self {
        self.forwards_batches = true;
        self
    }

    /// Builds the layer, and the worker that settles the calls of all of its handlers.
    pub fn build(self) -> (MeteredLayer, Settlements) {
        let Self { ledger, expected, estimate, max_unsettled, time_limit, max_attempts, forwards_batches } =
            self;
        let (outbox, inbox) = outbox(max_unsettled);
        let settlements = Settlements::new(inbox, max_attempts, time_limit);
        let ids = Ids::new();
        let meter = Meter { ledger, outbox, ids, estimate, step: expected, time_limit, forwards_batches };
        (MeteredLayer(Arc::new(meter)), settlements)
    }
}

impl fmt::Debug for MeteredBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MeteredBuilder")
            .field("expected", &self.expected)
            .field("max_unsettled", &self.max_unsettled)
            .field("time_limit", &self.time_limit)
            .field("max_attempts", &self.max_attempts)
            .field("forwards_batches", &self.forwards_batches)
            .finish_non_exhaustive()
    }
}
