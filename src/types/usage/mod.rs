//! TODO.

mod iteration;
mod total;

pub use iteration::{
    AdvisorMessageIterationUsage, CompactionIterationUsage, FallbackMessageIterationUsage,
    MessageIterationUsage, UsageIteration,
};
pub use total::{
    CacheCreation, MessageDeltaUsage, OutputTokensDetails, ServerToolUsage, Usage, UsageServiceTier,
};
