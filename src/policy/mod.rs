//! Policies of a host: decorators that wrap any [`Handler`](crate::handler::Handler) and are handlers
//! themselves.

mod moderated;
mod routed;

pub use moderated::{Moderated, ModeratedLayer, Moderator, Review, Verdict};
pub use routed::{Route, Routed, RoutedModel, Upstream};
mod ledger;
mod memory_ledger;
mod metered;

pub use ledger::{Call, CallEnd, Estimate, Hold, Ledger, Settlement, Used};
pub use memory_ledger::{Account, MemoryLedger};
pub use metered::{Metered, MeteredBuilder, MeteredLayer, Settlements};
