//! The decisions of a limiter, apart from the handler that it protects.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::HeaderMap;

use super::limits::Limits;
use super::permits::{Permit, Permits};
use super::store::{DynLimitStore, LimitCharge, LimitKind, LimitLevel, StoreFailure};
use crate::error::{ApiError, Mark};
use crate::handler::{End, Outcome, Principal, RequestContext};
use crate::types::rate_limits::LimitHeaders;
use crate::types::{CreateMessageRequest, ErrorType};

/// How long a caller waits that has too many requests at once, or whose limits cannot be told.
const SHORT_WAIT: Duration = Duration::from_secs(1);

#[derive(Clone)]
pub(super) struct Limiter {
    pub(super) limits: Arc<dyn Fn(&RequestContext) -> Limits + Send + Sync>,
    pub(super) store: Arc<dyn DynLimitStore>,
    pub(super) on_failure: StoreFailure,
    pub(super) expected_output: u64,
    pub(super) permits: Permits,
}

/// What a request has been given.
pub(super) struct Admission {
    /// What the caller is told of its limits.
    pub(super) headers: HeaderMap,
    /// What remains to be done when the request has ended, if there is anything.
    pub(super) rest: Option<Rest>,
}

/// What remains to be done when a request has ended.
pub(super) struct Rest {
    store: Arc<dyn DynLimitStore>,
    principal: Principal,
    /// What was taken, the tokens by an estimate.
    charges: Vec<LimitCharge>,
    /// The levels after that.
    levels: Vec<LimitLevel>,
    _permit: Option<Permit>,
}

impl Limiter {
    /// Admits a request for a message.
    pub(super) async fn admit(
        &self,
        request: &CreateMessageRequest,
        context: &mut RequestContext,
    ) -> Result<Admission, ApiError> {
        let limits = (self.limits)(context);
        let permit = match limits.concurrent {
            None => None,
            Some(limit) => {
                Some(self.permits.acquire(context.principal(), limit).ok_or_else(|| too_many(limit))?)
            }
        };
        let mut charges = Vec::with_capacity(3);
        if let Some(limit) = limits.requests {
            charges.push(LimitCharge::new(LimitKind::Requests, limit, 1));
        }
        if let Some(limit) = limits.input_tokens {
            let input = signed(context.estimate_tokens(request));
            charges.push(LimitCharge::new(LimitKind::InputTokens, limit, input));
        }
        if let Some(limit) = limits.output_tokens {
            let output = request.max_tokens.min(self.expected_output);
            charges.push(LimitCharge::new(LimitKind::OutputTokens, limit, signed(output)));
        }
        let principal = context.principal();
        let levels = self.take(principal.id(), &charges).await?;
        let headers = headers(&charges, &levels);
        charges.truncate(levels.len());
        let rest = (permit.is_some() || !charges.is_empty()).then(|| Rest {
            store: Arc::clone(&self.store),
            principal: principal.clone(),
            charges,
            levels,
            _permit: permit,
        });
        Ok(Admission { headers, rest })
    }

    /// Admits a request that counts as one and has no tokens, and returns what the caller is told.
    pub(super) async fn admit_one(
        &self,
        kind: LimitKind,
        context: &RequestContext,
    ) -> Result<HeaderMap, ApiError> {
        let Some(limit) = (self.limits)(context).requests else { return Ok(HeaderMap::new()) };
        let charges = [LimitCharge::new(kind, limit, 1)];
        let levels = self.take(context.principal().id(), &charges).await?;
        Ok(headers(&charges, &levels))
    }

    /// Takes `charges`, and returns their levels. There are none if the store cannot tell and the host wants the
    /// request to be served then.
    async fn take(&self, principal: &str, charges: &[LimitCharge]) -> Result<Vec<LimitLevel>, ApiError> {
        if charges.is_empty() {
            return Ok(Vec::new());
        }
        let levels = match self.store.take(principal, charges).await {
            Ok(levels) => levels,
            Err(_error) if self.on_failure == StoreFailure::Serve => {
                #[cfg(feature = "tracing")]
                tracing::warn!(error = %_error, "the rate limits cannot be checked; the request is served");
                return Ok(Vec::new());
            }
            Err(error) => {
                let message = "The rate limits cannot be checked at present";
                return Err(ApiError::new(ErrorType::Overloaded, message)
                    .with_mark(Mark::Policy)
                    .with_cause(error)
                    .with_retry_after(SHORT_WAIT));
            }
        };
        let longest = charges.iter().zip(&levels).max_by_key(|(_, level)| level.wait);
        match longest {
            Some((charge, level)) if !level.wait.is_zero() => {
                let mut error = over_limit(charge, level.wait);
                *error.headers_mut() = headers(charges, &levels);
                Err(error)
            }
            _ => Ok(levels),
        }
    }
}

impl Rest {
    /// Replaces the estimates by what the request has used.
    ///
    /// What has come back of an estimate since cannot be given back once more, or else a principal could save up
    /// more than a minute's worth, with requests that take long and use little.
    pub(super) fn settle(mut self, outcome: &Outcome) {
        let elapsed = outcome.duration.unwrap_or_default();
        let input = self.charges.iter().find(|charge| charge.kind == LimitKind::InputTokens);
        let (input, output) = used(outcome, input.map_or(0, |charge| charge.amount));
        for (charge, level) in self.charges.iter_mut().zip(&self.levels) {
            let used = match charge.kind {
                LimitKind::InputTokens => input,
                LimitKind::OutputTokens => output,
                _ => charge.amount,
            };
            let left = tokens_in(level.reset.saturating_sub(elapsed), charge.limit);
            charge.amount = used.saturating_sub(charge.amount).max(-left);
        }
        self.charges.retain(|charge| charge.amount != 0);
        if !self.charges.is_empty() {
            self.store.correct(self.principal.id(), &self.charges);
        }
    }
}

impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limiter")
            .field("on_failure", &self.on_failure)
            .field("expected_output", &self.expected_output)
            .finish_non_exhaustive()
    }
}

/// Returns how many tokens of a limit come back within `time`.
fn tokens_in(time: Duration, limit: u64) -> i64 {
    let milliseconds = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    signed(milliseconds.saturating_mul(limit) / 60_000)
}

/// Returns the tokens of the input and the output that a request has used, as far as can be known.
fn used(outcome: &Outcome, estimated_input: i64) -> (i64, i64) {
    let delivered = signed(outcome.delivered.estimate_tokens());
    match (&outcome.usage, &outcome.end) {
        (Some(usage), _) => {
            let written = usage.cache_creation_input_tokens.unwrap_or(0);
            let input = signed(usage.input_tokens.saturating_add(written));
            let output = signed(usage.output_tokens);
            // The output is reported together with the stop reason; until then there is a small number.
            (input, if outcome.stop_reason.is_some() { output } else { output.max(delivered) })
        }
        // Whoever failed says so before the model has done anything.
        (None, End::Failed(_)) => (0, 0),
        // The model may have read the input, though the caller did not wait for it.
        (None, _) => (estimated_input, delivered),
    }
}

/// Returns the headers that tell a caller of its limits.
fn headers(charges: &[LimitCharge], levels: &[LimitLevel]) -> HeaderMap {
    let now = SystemTime::now();
    let mut limits = LimitHeaders::default();
    for (charge, level) in charges.iter().zip(levels) {
        let limit = match charge.kind {
            LimitKind::InputTokens => &mut limits.input_tokens,
            LimitKind::OutputTokens => &mut limits.output_tokens,
            LimitKind::Requests | LimitKind::TokenCounts | LimitKind::Batches => &mut limits.requests,
        };
        *limit = Some((charge.limit, level.remaining, now.checked_add(level.reset)));
    }
    limits.to_headers()
}

fn over_limit(charge: &LimitCharge, wait: Duration) -> ApiError {
    let (limit, what) = (charge.limit, charge.kind.description());
    let message = format!("This request would exceed the limit of {limit} {what} per minute");
    let error = ApiError::new(ErrorType::RateLimit, message).with_mark(Mark::Policy);
    if wait == Duration::MAX { error.with_should_retry(false) } else { error.with_retry_after(wait) }
}

fn too_many(limit: u64) -> ApiError {
    let message = format!("At most {limit} requests are served at once");
    let error = ApiError::new(ErrorType::RateLimit, message).with_mark(Mark::Policy);
    if limit == 0 { error.with_should_retry(false) } else { error.with_retry_after(SHORT_WAIT) }
}

fn signed(tokens: u64) -> i64 {
    i64::try_from(tokens).unwrap_or(i64::MAX)
}
