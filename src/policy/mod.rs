//! Policies of a host: decorators that wrap any [`Handler`](crate::handler::Handler) and are handlers
//! themselves.

mod ledger;
mod memory_ledger;
mod metered;

pub use ledger::{Call, CallEnd, Estimate, Hold, Ledger, Settlement, Used};
pub use memory_ledger::{Account, MemoryLedger};
pub use metered::{Metered, MeteredBuilder, MeteredLayer, Settlements};
