//! The attempts of one call.

use std::time::Duration;

use http::StatusCode;
use tokio::time::{Instant, sleep};

use super::credentials::{Current, Source};
use super::retry::{RetryBudget, RetryPolicy};
use super::settings::Settings;
use crate::error::{Error, ErrorKind, GivenUp};

/// A longer `retry-after` is an error for the caller to deal with rather than a time to wait.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(60);

/// Decides after each failed attempt of a call whether there is another one.
pub(super) struct Retries<'a> {
    rule: Rule<'a>,
    source: &'a Source,
    call_deadline: Option<Instant>,
    /// The number of the current attempt, including those for which there was no credential.
    attempt: u32,
    /// The number of requests that have been sent.
    sent: u32,
    /// The credential of the current attempt.
    credential: Option<Current>,
    /// Whether a rejected credential has been replaced, which is no retry.
    is_refreshed: bool,
}

enum Rule<'a> {
    Policy(&'a RetryPolicy, &'a RetryBudget),
    /// The caller retries by itself. The request is sent again only if the connection broke before the head of
    /// the HTTP response was there, as it happens when the server closes one that was idle.
    Reconnect,
}

impl<'a> Retries<'a> {
    /// Starts a call, which is retried as the settings say, unless it is made on behalf of somebody
    /// else.
    pub(super) fn new(settings: &'a Settings, is_forwarded: bool) -> Self {
        let rule = if is_forwarded {
            Rule::Reconnect
        } else {
            let budget = settings.retry.budget.as_ref().unwrap_or(&settings.budget);
            budget.earn();
            Rule::Policy(&settings.retry, budget)
        };
        Self {
            rule,
            source: &settings.credential,
            call_deadline: settings.limits.call_deadline(),
            attempt: 1,
            sent: 0,
            credential: None,
            is_refreshed: false,
        }
    }

    /// Notes that a request is sent now, and with which credential.
    pub(super) fn sends(&mut self, credential: Option<Current>) {
        self.credential = credential;
        self.sent += 1;
    }

    /// Returns the number of requests that have been sent.
    pub(super) fn sent(&self) -> u32 {
        self.sent
    }

    /// Returns when the call must be over.
    pub(super) fn call_deadline(&self) -> Option<Instant> {
        self.call_deadline
    }

    /// Waits until the call may be attempted again after it failed with `error`, or returns the error
    /// if it may not.
    pub(super) async fn wait(&mut self, error: Error) -> Result<(), Error> {
        let delay = if self.refreshes(&error) { Ok(Duration::ZERO) } else { self.delay(&error) };
        let delay = match delay {
            Ok(delay) => delay,
            Err(given_up) => return Err(error.with_attempts(self.sent, given_up)),
        };
        #[cfg(feature = "tracing")]
        tracing::debug!(
            attempt = self.attempt,
            kind = ?error.kind(),
            status = error.status().map(|status| status.as_u16()),
            delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
            "the call is retried"
        );
        if !delay.is_zero() {
            sleep(delay).await;
        }
        self.attempt += 1;
        Ok(())
    }

    /// The same for an error that followed the head of a successful HTTP response.
    pub(super) async fn wait_after_head(&mut self, error: Error) -> Result<(), Error> {
        match self.rule {
            Rule::Reconnect if error.kind() == ErrorKind::Transport => {
                Err(error.with_attempts(self.sent, None))
            }
            _ => self.wait(error).await,
        }
    }

    /// Returns whether the credential was rejected and can be replaced by another one, once for each call.
    fn refreshes(&mut self, error: &Error) -> bool {
        let is_rejected = error.status() == Some(StatusCode::UNAUTHORIZED);
        let credential = self.credential.take().filter(|_| is_rejected);
        let may_refresh = credential.is_some_and(|rejected| self.source.reject(rejected));
        let refreshes = may_refresh && !self.is_refreshed;
        self.is_refreshed |= refreshes;
        refreshes
    }

    /// Returns how long to wait after `error`, or why there is no other attempt.
    fn delay(&self, error: &Error) -> Result<Duration, Option<GivenUp>> {
        let number = self.attempt - u32::from(self.is_refreshed);
        match self.rule {
            Rule::Reconnect if number == 1 && has_broken(error) => Ok(Duration::ZERO),
            Rule::Policy(policy, budget) if error.is_retryable() && number <= policy.max_retries => {
                let asked = error.retry_after().filter(|wait| !wait.is_zero());
                if let Some(wait) = asked.filter(|wait| *wait > MAX_RETRY_AFTER) {
                    return Err(Some(GivenUp::RetryAfter(wait)));
                }
                let delay = asked.unwrap_or_else(|| policy.delay(number - 1));
                if self.call_deadline.is_some_and(|deadline| Instant::now() + delay >= deadline) {
                    return Err(Some(GivenUp::Deadline));
                }
                let is_free = asked.is_some() && error.status() == Some(StatusCode::TOO_MANY_REQUESTS);
                if is_free || budget.spend() { Ok(delay) } else { Err(Some(GivenUp::Budget)) }
            }
            _ => Err(None),
        }
    }
}

/// Returns `true` if the connection broke. A connection that delivered something other than an HTTP response has
/// not broken.
fn has_broken(error: &Error) -> bool {
    #[cfg(feature = "reqwest")]
    let is_malformed = super::reqwest_error::is_malformed(error);
    #[cfg(not(feature = "reqwest"))]
    let is_malformed = false;
    error.kind() == ErrorKind::Transport && !is_malformed
}
