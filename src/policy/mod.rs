//! Policies of a host: decorators that wrap any [`Handler`](crate::handler::Handler) and are handlers
//! themselves.

mod limited;
mod recorded;

pub use limited::{
    LimitCharge, LimitKind, LimitLevel, LimitStore, Limited, LimitedLayer, Limits, MemoryLimits, StoreFailure,
};
#[cfg(feature = "redis")]
#[cfg_attr(docsrs, doc(cfg(feature = "redis")))]
pub use limited::{RedisLimits, RedisLimitsBuilder, RedisWorker};
pub use recorded::{
    DroppedRecords, Record, RecordBatch, RecordContent, RecordQueue, Recorded, RecordedLayer, Records, Sink,
};
