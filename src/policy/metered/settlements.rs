//! The worker that enters settlements.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::Instant;

use super::outbox::{Envelope, Inbox};
use crate::timer::Timer;

/// The maximum number of attempts at a time.
const MAX_AT_ONCE: usize = 16;

/// The wait after the first attempt that has failed, which doubles with each other one.
const FIRST_WAIT: Duration = Duration::from_millis(100);

/// The longest wait between two attempts.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// The longest time that settling takes once no call is open or can begin.
const GRACE: Duration = Duration::from_secs(30);

/// The worker of a [`Metered`](super::Metered) handler: it enters the settlements of calls into the ledger.
///
/// [`MeteredBuilder::build`](super::MeteredBuilder::build) returns it. Spawn its [`run`](Self::run) beside
/// the server, and await it at the end.
#[must_use = "nothing is settled unless `run` is awaited or spawned"]
pub struct Settlements {
    inbox: Inbox,
    max_attempts: u32,
    time_limit: Duration,
    /// The attempts under way.
    attempts: Vec<Attempt>,
    /// What is to be attempted again, by the time of the next attempt and the order of their failures.
    waiting: BTreeMap<(Instant, u64), Envelope>,
    failures: u64,
    timer: Timer,
    /// When what is not settled is left to the host; `None` while calls are open or can begin.
    deadline: Option<Instant>,
    deadline_timer: Timer,
}

/// An attempt to settle a call. If it is dropped, the settlement is left to the host.
type Attempt = Pin<Box<dyn Future<Output = (Envelope, Result<(), Box<dyn StdError + Send + Sync>>)> + Send>>;

impl Settlements {
    pub(super) fn new(inbox: Inbox, max_attempts: u32, time_limit: Duration) -> Self {
        Self {
            inbox,
            max_attempts,
            time_limit,
            attempts: Vec::new(),
            waiting: BTreeMap::new(),
            failures: 0,
            timer: Timer::default(),
            deadline: None,
            deadline_timer: Timer::default(),
        }
    }

    /// Settles calls until the last handler and the last layer are dropped, the last call has ended, and each
    /// is settled or left to [`Ledger::unsettled`](super::Ledger::unsettled).
    ///
    /// Up to 16 calls are settled at a time. An attempt that fails is repeated after 100 ms, then after 200
    /// ms, and so on up to 30 s, each shortened at random by up to a half.
    ///
    /// Once no call is open or can begin, this ends after 30 s at the latest, and leaves to `unsettled` what is
    /// not settled by then.
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
            if self.poll_deadline(cx).is_ready() {
                return Poll::Ready(());
            }
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
            match attempt.as_mut().poll(cx) {
                Poll::Pending => at += 1,
                Poll::Ready((envelope, result)) => {
                    drop(self.attempts.swap_remove(at));
                    if let Err(error) = result {
                        self.failed(envelope, &*error);
                    }
                }
            }
        }
    }

    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.inbox.receiver.is_closed() {
            return Poll::Pending;
        }
        let deadline = *self.deadline.get_or_insert_with(|| Instant::now() + GRACE);
        self.deadline_timer.poll(deadline, cx)
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

    fn begin(&mut self, mut envelope: Envelope) {
        let time_limit = self.time_limit;
        self.attempts.push(Box::pin(async move {
            let result = envelope.attempt(time_limit).await;
            (envelope, result)
        }));
    }

    fn failed(&mut self, mut envelope: Envelope, _error: &(dyn StdError + Send + Sync)) {
        envelope.failures += 1;
        #[cfg(feature = "tracing")]
        tracing::warn!(
            call = envelope.call_id(),
            attempts = envelope.failures,
            cause = %_error,
            "an attempt to settle a call failed"
        );
        if envelope.failures >= self.max_attempts {
            return; // and leave the settlement to the host
        }
        let wait = FIRST_WAIT.saturating_mul(1 << (envelope.failures - 1).min(16)).min(MAX_WAIT);
        let wait = wait.mul_f64(1.0 - fastrand::f64() / 2.0);
        self.failures += 1;
        self.waiting.insert((Instant::now() + wait, self.failures), envelope);
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
