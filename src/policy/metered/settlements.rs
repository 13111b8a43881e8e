//! The worker that enters settlements.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::dyn_ledger::{DynLedger, LedgerFuture};
use super::outbox::{Envelope, Inbox};
use crate::guard::guarded;
use crate::timer::Timer;

/// The maximum number of attempts at a time.
const MAX_AT_ONCE: usize = 16;

/// The wait after the first attempt that has failed, which doubles with each other one.
const FIRST_WAIT: Duration = Duration::from_millis(100);

/// The longest wait between two attempts.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// The worker of a [`Metered`](super::Metered) handler: it enters the settlements of calls into the ledger.
///
/// [`MeteredBuilder::build`](super::MeteredBuilder::build) returns it. Spawn its [`run`](Self::run) beside
/// the server, and await it at the end.
#[must_use = "nothing is settled unless `run` is awaited or spawned"]
pub struct Settlements {
    ledger: Arc<dyn DynLedger>,
    inbox: Inbox,
    max_attempts: u32,
    time_limit: Duration,
    /// The attempts under way.
    attempts: Vec<Attempt>,
    /// What is to be attempted again, by the time of the next attempt and the order of their failures.
    waiting: BTreeMap<(Instant, u64), Envelope>,
    failures: u64,
    timer: Timer,
}

struct Attempt {
    envelope: Envelope,
    future: LedgerFuture<'static, ()>,
}

impl Settlements {
    pub(super) fn new(
        ledger: Arc<dyn DynLedger>,
        inbox: Inbox,
        max_attempts: u32,
        time_limit: Duration,
    ) -> Self {
        let (attempts, waiting) = (Vec::new(), BTreeMap::new());
        let timer = Timer::default();
        Self { ledger, inbox, max_attempts, time_limit, attempts, waiting, failures: 0, timer }
    }

    /// Settles calls until the last handler and the last layer are dropped, the last call has ended, and each
    /// is settled or left to [`Ledger::unsettled`](super::Ledger::unsettled).
    ///
    /// Up to 16 calls are settled at a time. An attempt that fails is repeated after 100 ms, then after 200
    /// ms, and so on up to 30 s, each shortened at random by up to a half.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, or was never run, new calls are rejected with 529 `overloaded_error`, and
    /// the settlements of all others go to `unsettled`.
    pub async fn run(mut self) {
        poll_fn(|cx| self.poll(cx)).await;
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            self.poll_attempts(cx);
            let mut has_begun = false;
            while self.attempts.len() < MAX_AT_ONCE {
                match self.poll_next(cx) {
                    Poll::Ready(Some(envelope)) => self.begin(envelope),
                    Poll::Ready(None) if self.attempts.is_empty() && self.waiting.is_empty() => {
                        return Poll::Ready(());
                    }
                    _ => break,
                }
                has_begun = true;
            }
            if !has_begun {
                return Poll::Pending;
            }
        }
    }

    fn poll_attempts(&mut self, cx: &mut Context<'_>) {
        let mut at = 0;
        while let Some(attempt) = self.attempts.get_mut(at) {
            match attempt.future.as_mut().poll(cx) {
                Poll::Pending => at += 1,
                Poll::Ready(result) => {
                    let Attempt { envelope, future } = self.attempts.swap_remove(at);
                    drop(future);
                    if let Err(error) = result {
                        self.failed(envelope, &*error);
                    }
                }
            }
        }
    }

    /// Polls for what to attempt next: what has waited long enough, or else what is new.
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Envelope>> {
        if let Some(first) = self.waiting.first_entry() {
            if self.timer.poll(first.key().0, cx).is_ready() {
                return Poll::Ready(Some(first.remove()));
            }
        }
        self.inbox.receiver.poll_recv(cx)
    }

    fn begin(&mut self, envelope: Envelope) {
        let (ledger, settlement) = (Arc::clone(&self.ledger), Arc::clone(&envelope.settlement));
        let time_limit = self.time_limit;
        let future = Box::pin(async move {
            let settled = guarded(|| ledger.settle(&settlement));
            timeout(time_limit, settled).await??
        });
        self.attempts.push(Attempt { envelope, future });
    }

    fn failed(&mut self, mut envelope: Envelope, _error: &(dyn StdError + Send + Sync)) {
        envelope.failures += 1;
        #[cfg(feature = "tracing")]
        tracing::warn!(
            call = envelope.settlement.call.id,
            attempts = envelope.failures,
            cause = %_error,
            "an attempt to settle a call failed"
        );
        if envelope.failures >= self.max_attempts {
            envelope.give_up(&*self.ledger);
            return;
        }
        let wait = FIRST_WAIT.saturating_mul(1 << (envelope.failures - 1).min(16)).min(MAX_WAIT);
        let wait = wait.mul_f64(1.0 - fastrand::f64() / 2.0);
        self.failures += 1;
        self.waiting.insert((Instant::now() + wait, self.failures), envelope);
    }
}

impl Drop for Settlements {
    fn drop(&mut self) {
        let attempts = self.attempts.drain(..).map(|Attempt { envelope, future }| {
            drop(future);
            envelope
        });
        let waiting = std::mem::take(&mut self.waiting).into_values();
        for envelope in attempts.chain(waiting).chain(self.inbox.close()) {
            envelope.give_up(&*self.ledger);
        }
    }
}

impl fmt::Debug for Settlements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settlements")
            .field("attempts", &self.attempts.len())
            .field("waiting", &self.waiting.len())
            .finish_non_exhaustive()
    }
}
