//! One call, from the hold to its settlement.

use std::collections::hash_map::RandomState;
use std::error::Error as StdError;
use std::fmt::Write;
use std::future::Future;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use super::dyn_ledger::{DynLedger, LedgerFuture, within};
use super::outbox::{Outbox, Slot};
use super::watched::HoldWatch;
use crate::ends::{Cut, End, Outcome, model_name};
use crate::error::{ApiError, Mark};
use crate::handler::{OnEnd, Reply, RequestContext};
use crate::policy::ledger::{Call, Estimate, Hold, Settlement, Used};
use crate::types::{CreateMessageRequest, ErrorType, StopReason};

/// What all calls share.
pub(super) struct Meter {
    pub(super) ledger: Arc<dyn DynLedger>,
    pub(super) outbox: Outbox,
    pub(super) ids: Ids,
    /// The host's own estimate of a call.
    pub(super) estimate: Option<Box<EstimateFn>>,
    /// The tokens of output that are expected, and by which a hold is extended.
    pub(super) step: u64,
    pub(super) time_limit: Duration,
    pub(super) forwards_batches: bool,
}

pub(super) type EstimateFn = dyn Fn(&CreateMessageRequest) -> Estimate + Send + Sync;

/// What is known of a call until it is settled.
pub(super) struct Tab {
    call: Call,
    /// The tokens of input and of output that are held.
    input_tokens: AtomicU64,
    output_tokens: AtomicU64,
    /// Whether the ledger may hold something: from before it is asked until it has refused.
    is_open: AtomicBool,
    /// Whether the stream was cut off because the credit was used up.
    is_cut: AtomicBool,
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
        context: &mut RequestContext,
    ) -> Result<MeteredCall, ApiError> {
        let slot = self.outbox.slot().ok_or_else(|| unavailable("too many calls are not settled"))?;
        let estimate = match &self.estimate {
            Some(estimate) => estimate(request),
            None => Estimate::new(context.estimate_tokens(request), self.step),
        };
        let mut call = Call::new(self.ids.next(), context.principal().id(), model_name(&request.model));
        context.request_id().clone_into(&mut call.request_id);
        let tab = Arc::new(Tab {
            call,
            input_tokens: AtomicU64::new(estimate.input_tokens),
            output_tokens: AtomicU64::new(estimate.output_tokens.min(request.max_tokens)),
            is_open: AtomicBool::new(false),
            is_cut: AtomicBool::new(false),
        });
        let (meter, settled, fate) = (Arc::clone(self), Arc::clone(&tab), context.fate().charged());
        context.set_fate(fate.clone());
        let end = OnEnd::new(request, context, move |outcome| {
            let cut = fate.cut().filter(|_| may_be_cut(outcome));
            let cut = cut.as_deref();
            let model = outcome.upstream_model.as_ref().or(cut.and_then(|cut| cut.upstream_model.as_ref()));
            let model = model.map(|model| (**model).to_owned());
            let used = used(outcome, cut, settled.is_cut.load(Ordering::Relaxed));
            meter.settle(slot, settled, used, model, &outcome.end);
        });
        let is_streamed = request.stream == Some(true);
        Ok(MeteredCall { meter: Arc::clone(self), tab, max_tokens: request.max_tokens, is_streamed, end })
    }

    /// Raises what is held. If that is refused, returns the error with which the stream ends.
    pub(super) async fn extend(self: Arc<Self>, tab: Arc<Tab>, total: Estimate) -> Result<(), ApiError> {
        match self.ask(self.ledger.extend(&tab.call, total)).await {
            Ok(Hold::Granted) => {
                tab.input_tokens.store(total.input_tokens, Ordering::Relaxed);
                tab.output_tokens.store(total.output_tokens, Ordering::Relaxed);
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
        within(self.time_limit, asked).await?
    }

    /// The hook of a call.
    fn settle(&self, slot: Slot, tab: Arc<Tab>, used: Used, upstream_model: Option<String>, end: &End) {
        if !tab.is_open.load(Ordering::Relaxed) {
            return;
        }
        let held = tab.held();
        let call = Arc::try_unwrap(tab).map_or_else(|tab| tab.call.clone(), |tab| tab.call);
        let mut settlement = Settlement::new(call, used, end.into());
        settlement.held = Some(held);
        settlement.upstream_model = upstream_model;
        self.outbox.send(slot, settlement, &self.ledger);
    }
}

impl MeteredCall {
    /// Holds credit.
    pub(super) fn reserve(&self) -> impl Future<Output = Result<(), ApiError>> + Send + use<> {
        let (meter, tab) = (Arc::clone(&self.meter), Arc::clone(&self.tab));
        async move {
            tab.is_open.store(true, Ordering::Relaxed);
            match meter.ask(meter.ledger.reserve(&tab.call, tab.held())).await {
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
        if !self.is_streamed {
            return Ok(reply);
        }
        Ok(reply.map_stream(|mut stream| {
            let mut watch = HoldWatch::new(self.meter, self.tab, self.max_tokens);
            stream.held_events().for_each(|event| {
                watch.look(event);
            });
            stream.watch(watch);
            stream
        }))
    }
}

impl Tab {
    /// Returns what is held.
    pub(super) fn held(&self) -> Estimate {
        let load = |tokens: &AtomicU64| tokens.load(Ordering::Relaxed);
        Estimate::new(load(&self.input_tokens), load(&self.output_tokens))
    }

    /// Says that the stream is cut off because the credit is used up.
    pub(super) fn cut(&self) {
        self.is_cut.store(true, Ordering::Relaxed);
    }
}

/// Returns `true` if the message may be the one that a review has cut off, unless another upstream has taken
/// over.
fn may_be_cut(outcome: &Outcome) -> bool {
    matches!(outcome.stop_reason, None | Some(StopReason::Refusal)) || matches!(outcome.end, End::Failed(_))
}

/// Returns what is to be paid for, also if a review has cut the message off, or the lack of credit has.
fn used(outcome: &Outcome, cut: Option<&Cut>, lacks_credit: bool) -> Used {
    if let Some(Cut { usage, is_estimated, .. }) = cut {
        let usage = usage.clone();
        return if *is_estimated { Used::Estimated(usage) } else { Used::Reported(usage) };
    }
    let Some(usage) = &outcome.usage else { return Used::Nothing };
    let is_fault = match outcome.end {
        End::Completed => return Used::Reported(usage.clone()),
        End::Cancelled => false,
        End::Failed(_) => !lacks_credit,
        End::Panicked | End::Drained => true,
    };
    if is_fault && outcome.delivered.is_empty() {
        Used::Nothing
    } else if outcome.stop_reason.is_some() {
        Used::Reported(usage.clone())
    } else {
        let mut usage = usage.clone();
        usage.output_tokens = usage.output_tokens.max(outcome.delivered.estimate_tokens());
        Used::Estimated(usage)
    }
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
        let mut id = String::with_capacity(self.start.len() + 20);
        id.push_str(&self.start);
        let _ = write!(id, "{}", self.next.fetch_add(1, Ordering::Relaxed));
        id
    }
}
