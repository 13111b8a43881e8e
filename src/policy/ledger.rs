//! The books of a host, and what is entered into them.

use std::error::Error as StdError;
use std::future::Future;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::ends::End;
use crate::error::ApiError;
use crate::types::usage::Usage;

/// The books in which a host keeps the credit of its callers.
///
/// [`Metered`](super::Metered) holds credit before each call and settles it afterwards. The amounts are
/// tokens; what they cost, the ledger decides, since prices depend on the model and on the kind of token. A
/// call has two phases, like a transfer in a bank:
///
/// 1. [`reserve`](Self::reserve) sets credit aside, so that calls at the same time cannot spend it twice.
///    [`extend`](Self::extend) sets more aside when a stream runs past the estimate.
/// 2. [`settle`](Self::settle) takes what was used, and frees the rest.
///
/// [`Call::id`] identifies the call in all of them. Every method may be called again with the same id, after
/// an error or a time limit, and must then have no further effect. And since a future can be dropped while
/// its query is on the way, `reserve` or `extend` may take effect *after* the call was settled: then they
/// must hold nothing.
///
/// A hold of a process that has died is never settled, so a ledger that outlives its processes lets holds
/// expire, after more than the longest call takes. A settlement that comes later all the same is charged as
/// any other.
///
/// [`MemoryLedger`](super::MemoryLedger) is a ledger for one process. The example `postgres-ledger` in the
/// repository keeps the books in PostgreSQL, each step in one statement.
///
/// # Ledgers that fail
///
/// The errors are those of the ledger itself, such as a lost connection; that there is no credit is a
/// [`Hold`]. If `reserve` fails, the call is rejected with 529 `overloaded_error`, so that the caller tries
/// again, and what it may have held is released. A host that would rather serve than know its books wraps its
/// ledger in one that returns [`Hold::Granted`] instead of errors. If `extend` fails, the stream goes on:
/// what it used is settled in any case. So one call can overdraw an account by its `max_tokens` and by what its
/// input has beyond the estimate, and no more. `settle` is attempted again.
pub trait Ledger: Send + Sync + 'static {
    /// Holds credit for a call: as much as the estimate costs.
    ///
    /// # Errors
    ///
    /// When the ledger fails. It does not matter whether the credit is held then.
    fn reserve(
        &self,
        call: &Call,
        estimate: Estimate,
    ) -> impl Future<Output = Result<Hold, Box<dyn StdError + Send + Sync>>> + Send;

    /// Raises what is held for a call to what `total` costs.
    ///
    /// If the hold has expired, it begins anew.
    ///
    /// # Errors
    ///
    /// When the ledger fails.
    fn extend(
        &self,
        call: &Call,
        total: Estimate,
    ) -> impl Future<Output = Result<Hold, Box<dyn StdError + Send + Sync>>> + Send;

    /// Ends a call: takes what was used, which may be nothing or more than was held, and frees what was held.
    ///
    /// The call is charged whether or not its hold still exists, but only once. If there never was a hold,
    /// this must be noted, for `reserve` may still be on the way.
    ///
    /// # Errors
    ///
    /// When the ledger fails. The settlement is then attempted again.
    fn settle(
        &self,
        settlement: &Settlement,
    ) -> impl Future<Output = Result<(), Box<dyn StdError + Send + Sync>>> + Send;

    /// Takes a settlement that could not be entered: all attempts have failed, or
    /// [`Settlements`](super::Settlements) has ended before.
    ///
    /// Write it down where it survives, a file or a queue, and pass it to [`settle`](Self::settle) later.
    /// This must not block for long, and may be called while a reply is being dropped.
    fn unsettled(&self, settlement: Settlement);
}

#[deny(clippy::missing_trait_methods)]
impl<L: Ledger> Ledger for Arc<L> {
    fn reserve(
        &self,
        call: &Call,
        estimate: Estimate,
    ) -> impl Future<Output = Result<Hold, Box<dyn StdError + Send + Sync>>> + Send {
        (**self).reserve(call, estimate)
    }

    fn extend(
        &self,
        call: &Call,
        total: Estimate,
    ) -> impl Future<Output = Result<Hold, Box<dyn StdError + Send + Sync>>> + Send {
        (**self).extend(call, total)
    }

    fn settle(
        &self,
        settlement: &Settlement,
    ) -> impl Future<Output = Result<(), Box<dyn StdError + Send + Sync>>> + Send {
        (**self).settle(settlement)
    }

    fn unsettled(&self, settlement: Settlement) {
        (**self).unsettled(settlement);
    }
}

/// What a ledger says to a call.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Hold {
    /// The credit is held.
    Granted,
    /// There is not enough credit. The caller receives 402 `billing_error` with `x-should-retry: false`, or,
    /// in the middle of a stream, the same error as an event.
    NoCredit,
    /// The caller receives this error instead. Nothing is held.
    Refused(ApiError),
}

/// A request on the books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Call {
    /// The id of the call. It is unique across processes, and unlike
    /// [`request_id`](Self::request_id) never chosen by the caller.
    pub id: String,
    /// The id of the [`Principal`](crate::handler::Principal) on whose account the call is.
    pub principal: String,
    /// The model that the request names, or the first 256 bytes of its name.
    pub model: String,
    /// The id of the request, for people who look for it in a log; empty without a server.
    pub request_id: String,
}

impl Call {
    /// Creates a call without a request id.
    pub fn new(id: impl Into<String>, principal: impl Into<String>, model: impl Into<String>) -> Self {
        Self { id: id.into(), principal: principal.into(), model: model.into(), request_id: String::new() }
    }
}

/// The tokens that a call is expected to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Estimate {
    /// The tokens of the request.
    pub input_tokens: u64,
    /// The tokens of the message.
    pub output_tokens: u64,
}

impl Estimate {
    /// Creates an estimate.
    pub fn new(input_tokens: u64, output_tokens: u64) -> Self {
        Self { input_tokens, output_tokens }
    }

    /// Returns the estimate as a usage, so that one function prices both.
    pub fn to_usage(self) -> Usage {
        Usage::new(self.input_tokens, self.output_tokens)
    }
}

/// The end of a call on the books.
///
/// It is serde data, to be stored and entered later: see [`Ledger::unsettled`].
///
/// ```
/// use messages_api::Usage;
/// use messages_api::policy::{Call, CallEnd, Settlement, Used};
///
/// let call = Call::new("call_1", "acme", "claude-sonnet-5");
/// let settlement = Settlement::new(call, Used::Reported(Usage::new(12, 3)), CallEnd::Completed);
/// let line = serde_json::to_string(&settlement)?;
/// assert_eq!(serde_json::from_str::<Settlement>(&line)?, settlement);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Settlement {
    /// The call that has ended.
    pub call: Call,
    /// The model that served it, by the name that its upstream knows; `None` if no [`Routed`](super::Routed) has
    /// chosen an upstream, or if none has replied.
    ///
    /// [`Call::model`] is whatever the caller wrote, which may be an alias.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream_model: Option<String>,
    /// What was held for it at last; `None` if that is not known.
    pub held: Option<Estimate>,
    /// What it used.
    pub used: Used,
    /// How it ended.
    pub end: CallEnd,
}

impl Settlement {
    /// Creates a settlement of a call for which it is not known what was held.
    pub fn new(call: Call, used: Used, end: CallEnd) -> Self {
        Self { call, upstream_model: None, held: None, used, end }
    }
}

/// What a call used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Used {
    /// Nothing that is to be paid for.
    Nothing,
    /// What the reply reported. Zero is a report.
    Reported(Usage),
    /// What was handed over of a stream that ended before it reported its output, or was written of one that
    /// [`Moderated`](super::Moderated) has cut off: the tokens of the input as reported, and of the output as
    /// estimated from its bytes.
    Estimated(Usage),
}

impl Used {
    /// Returns the token counts; `None` if nothing is to be paid for.
    pub fn usage(&self) -> Option<&Usage> {
        match self {
            Self::Nothing => None,
            Self::Reported(usage) | Self::Estimated(usage) => Some(usage),
        }
    }
}

/// How a call ended: an [`End`] without its details.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CallEnd {
    /// [`End::Completed`].
    Completed,
    /// [`End::Cancelled`].
    Cancelled,
    /// [`End::Failed`].
    Failed,
    /// [`End::Panicked`].
    Panicked,
    /// [`End::Drained`].
    Drained,
}

impl From<&End> for CallEnd {
    fn from(end: &End) -> Self {
        match end {
            End::Completed => Self::Completed,
            End::Cancelled => Self::Cancelled,
            End::Failed(_) => Self::Failed,
            End::Panicked => Self::Panicked,
            End::Drained => Self::Drained,
        }
    }
}
