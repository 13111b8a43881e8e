//! Policies of a host: decorators that wrap any [`Handler`](crate::handler::Handler) and are handlers
//! themselves.

mod ledger;
mod limited;
mod memory_ledger;
mod metered;
mod moderated;
mod recorded;
mod routed;

pub use ledger::{Call, CallEnd, Estimate, Hold, Ledger, Settlement, Used};
pub use limited::{
    LimitCharge, LimitKind, LimitLevel, LimitStore, Limited, LimitedLayer, Limits, MemoryLimits, StoreFailure,
};
#[cfg(feature = "redis")]
#[cfg_attr(docsrs, doc(cfg(feature = "redis")))]
pub use limited::{RedisLimits, RedisLimitsBuilder, RedisWorker};
pub use memory_ledger::{Account, MemoryLedger};
pub use metered::{Metered, MeteredBuilder, MeteredLayer, Settlements};
pub use moderated::{Moderated, ModeratedLayer, Moderator, Review, Verdict};
pub use recorded::{
    DroppedRecords, Record, RecordBatch, RecordContent, RecordQueue, Recorded, RecordedLayer, Records, Sink,
};
pub use routed::{Route, Routed, RoutedModel, Upstream};
