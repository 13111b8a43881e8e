//! A ledger of any type.

use std::error::Error as StdError;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::error::Elapsed;
use tokio::time::timeout;

use crate::policy::ledger::{Call, Estimate, Hold, Ledger, Settlement};

pub(super) type LedgerFuture<'a, T> =
    Pin<Box<dyn Future<Output = Result<T, Box<dyn StdError + Send + Sync>>> + Send + 'a>>;

/// Awaits a step of a ledger for at most this long. A ledger in memory takes no time, and costs no timer.
pub(super) async fn within<F: Future + Unpin>(limit: Duration, mut step: F) -> Result<F::Output, Elapsed> {
    match poll_fn(|cx| Poll::Ready(Pin::new(&mut step).poll(cx))).await {
        Poll::Ready(result) => Ok(result),
        Poll::Pending => timeout(limit, step).await,
    }
}

/// The object-safe twin of [`Ledger`], so that all of the metering is compiled once.
pub(super) trait DynLedger: Send + Sync + 'static {
    fn reserve<'a>(&'a self, call: &'a Call, estimate: Estimate) -> LedgerFuture<'a, Hold>;
    fn extend<'a>(&'a self, call: &'a Call, total: Estimate) -> LedgerFuture<'a, Hold>;
    fn settle<'a>(&'a self, settlement: &'a Settlement) -> LedgerFuture<'a, ()>;
    fn unsettled(&self, settlement: Settlement);
}

impl<L: Ledger> DynLedger for L {
    fn reserve<'a>(&'a self, call: &'a Call, estimate: Estimate) -> LedgerFuture<'a, Hold> {
        Box::pin(Ledger::reserve(self, call, estimate))
    }

    fn extend<'a>(&'a self, call: &'a Call, total: Estimate) -> LedgerFuture<'a, Hold> {
        Box::pin(Ledger::extend(self, call, total))
    }

    fn settle<'a>(&'a self, settlement: &'a Settlement) -> LedgerFuture<'a, ()> {
        Box::pin(Ledger::settle(self, settlement))
    }

    fn unsettled(&self, settlement: Settlement) {
        Ledger::unsettled(self, settlement);
    }
}
