//! One call, from the hold to its settlement.

use std::collections::hash_map::RandomState;
use std::error::Error as StdError;
use std::future::Future;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::timeout;

use super::dyn_ledger::{DynLedger, LedgerFuture};
use super::outbox::{Outbox, Slot};
use super::watched::Watched;
use crate::ends::{Delivered, End, Outcome};
use crate::error::{ApiError, Mark};
use crate::handler::{OnEnd, Reply, RequestContext};
use crate::policy::ledger::{Call, Estimate, Hold, Settlement, Used};
use crate::types::{CreateMessageRequest, ErrorType};

/// What all calls share.
pub(super) struct Meter {
    pub(super) ledger: Arc<dyn DynLedger>,
    pub(super) outbox: Outbox,
    pub(super) ids: Ids,
    pub(super) estimate: Box<EstimateFn>,
    /// The tokens of output by which a hold is extended.
    pub(super) step: u64,
    pub(super) time_limit: Duration,
    pub(super) forwards_batches: bool,
}

pub(super) type EstimateFn = dyn Fn(&CreateMessageRequest) -> Estimate + Send + Sync;

/// What is known of a call until it is settled.
pub(super) struct Tab {
    call: Call,
    input_tokens: u64,
    /// The tokens of output that are held.
    held: AtomicU64,
    /// Whether the ledger may hold something: from before it is asked until it has refused.
    is_open: AtomicBool,
}

/// A call under way.
pub(super) struct MeteredCall {
    meter: Arc<Meter>,
    tab: Arc<Tab>,
    max_tokens: u64,
    is_streamed: bool,
    end: OnEnd,
}

impl Meter {
    /// Begins a call, for which nothing is held yet.
    pub(super) fn begin(
        self: &Arc<Self>,
        request: &CreateMessageRequest,
        context: &RequestContext,
    ) -> Result<MeteredCall, ApiError> {
        let slot = self.outbox.slot().ok_or_else(|| unavailable("too many calls are not settled"))?;
        let estimate = (self.estimate)(request);
        let mut call = Call::new(self.ids.next(), context.principal().id(), request.model.as_str());
        context.request_id().clone_into(&mut call.request_id);
        let tab = Arc::new(Tab {
            call,
            input_tokens: estimate.input_tokens,
            held: AtomicU64::new(estimate.output_tokens.min(request.max_tokens)),
            is_open: AtomicBool::new(false),
        });
        let (meter, settled) = (Arc::clone(self), Arc::clone(&tab));
        let end = OnEnd::new(request, context, move |outcome| meter.settle(slot, &settled, outcome));
        let is_streamed = request.stream == Some(true);
        Ok(MeteredCall { meter: Arc::clone(self), tab, max_tokens: request.max_tokens, is_streamed, end })
    }

    /// Raises what is held to this many tokens of output. If that is refused, returns the error with which
    /// the stream ends.
    pub(super) async fn extend(self: Arc<Self>, tab: Arc<Tab>, output_tokens: u64) -> Result<(), ApiError> {
        match self.ask(self.ledger.extend(&tab.call, tab.estimate(output_tokens))).await {
            Ok(Hold::Granted) => {
                tab.held.store(output_tokens, Ordering::Relaxed);
                Ok(())
            }
            Ok(refusal) => Err(refused(refusal)),
            // What is used will be settled all the same.
            Err(_error) => {
                #[cfg(feature = "tracing")]
                tracing::warn!(call = tab.call.id, cause = %_error, "the hold of a call could not be extended");
                Ok(())
            }
        }
    }

    async fn ask(&self, asked: LedgerFuture<'_, Hold>) -> Result<Hold, Box<dyn StdError + Send + Sync>> {
        timeout(self.time_limit, asked).await?
    }

    /// The hook of a call.
    fn settle(&self, slot: Slot, tab: &Tab, outcome: &Outcome) {
        if !tab.is_open.load(Ordering::Relaxed) {
            return;
        }
        let mut settlement = Settlement::new(tab.call.clone(), used(outcome), (&outcome.end).into());
        settlement.held = Some(tab.estimate(tab.held()));
        settlement.upstream_model = outcome.upstream_model.as_deref().map(str::to_owned);
        self.outbox.send(slot, settlement, &*self.ledger);
    }
}

impl MeteredCall {
    /// Holds credit.
    pub(super) fn reserve(&self) -> impl Future<Output = Result<(), ApiError>> + Send + use<> {
        let (meter, tab) = (Arc::clone(&self.meter), Arc::clone(&self.tab));
        async move {
            tab.is_open.store(true, Ordering::Relaxed);
            match meter.ask(meter.ledger.reserve(&tab.call, tab.estimate(tab.held()))).await {
                Ok(Hold::Granted) => Ok(()),
                Ok(refusal) => {
                    tab.is_open.store(false, Ordering::Relaxed);
                    Err(refused(refusal))
                }
                Err(error) => Err(unavailable(error)),
            }
        }
    }

    /// Leaves the settlement to the reply, or settles the call if it has failed.
    pub(super) fn attach(self, result: Result<Reply, ApiError>) -> Result<Reply, ApiError> {
        let reply = self.end.attach(result)?;
        // Of a message that the caller receives as a whole, nothing has been handed over before its end.
        if self.tab.held() >= self.max_tokens || !self.is_streamed {
            return Ok(reply);
        }
        Ok(reply.map_stream(|mut stream| {
            let mut delivered = Delivered::default();
            stream.held_events().for_each(|event| {
                delivered.add(event);
            });
            stream.wrap_events(|events| {
                Box::pin(Watched::new(events, self.meter, self.tab, delivered, self.max_tokens))
            });
            stream
        }))
    }
}

impl Tab {
    /// Returns the tokens of output that are held.
    pub(super) fn held(&self) -> u64 {
        self.held.load(Ordering::Relaxed)
    }

    fn estimate(&self, output_tokens: u64) -> Estimate {
        Estimate::new(self.input_tokens, output_tokens)
    }
}

/// Returns what is to be paid for.
fn used(outcome: &Outcome) -> Used {
    let Some(usage) = &outcome.usage else { return Used::Nothing };
    let is_fault = match outcome.end {
        End::Completed => return Used::Reported(usage.clone()),
        End::Cancelled => false,
        End::Failed(_) | End::Panicked | End::Drained => true,
    };
    if is_fault && outcome.delivered.is_empty() {
        Used::Nothing
    } else if outcome.stop_reason.is_some() {
        Used::Reported(usage.clone())
    } else {
        let mut usage = usage.clone();
        usage.output_tokens = usage.output_tokens.max(output_tokens(&outcome.delivered));
        Used::Estimated(usage)
    }
}

/// Estimates the tokens of what was delivered: two for seven bytes. What the upstream says of its thinking
/// counts if it is more than was delivered.
pub(super) fn output_tokens(delivered: &Delivered) -> u64 {
    let tokens = |bytes: u64| bytes.saturating_mul(2).div_ceil(7);
    let thinking = tokens(delivered.thinking_bytes).max(delivered.thinking_tokens);
    thinking.saturating_add(tokens(delivered.text_bytes + delivered.tool_input_bytes))
}

fn refused(hold: Hold) -> ApiError {
    let error = match hold {
        Hold::Refused(error) => error,
        Hold::Granted | Hold::NoCredit => {
            ApiError::new(ErrorType::Billing, "The credit of this account does not suffice")
        }
    };
    let is_final = *error.error_type() == ErrorType::Billing && error.should_retry().is_none();
    let error = error.with_mark(Mark::Policy);
    if is_final { error.with_should_retry(false) } else { error }
}

fn unavailable(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> ApiError {
    ApiError::new(ErrorType::Overloaded, "Credit cannot be checked at the moment")
        .with_mark(Mark::Policy)
        .with_cause(cause)
}

/// Ids of calls: a random start, of this process alone, and a number.
pub(super) struct Ids {
    start: String,
    next: AtomicU64,
}

impl Ids {
    pub(super) fn new() -> Self {
        // The keys of a hasher are random bits of the operating system.
        let random = RandomState::new();
        let half = |number| {
            let mut hasher = random.build_hasher();
            hasher.write_u8(number);
            hasher.finish()
        };
        Self { start: format!("call_{:016x}{:016x}_", half(0), half(1)), next: AtomicU64::new(1) }
    }

    fn next(&self) -> String {
        format!("{}{}", self.start, self.next.fetch_add(1, Ordering::Relaxed))
    }
}
