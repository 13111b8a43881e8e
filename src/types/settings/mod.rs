//! TODO.

mod output;
mod service;
mod thinking;
mod thread;

pub use output::{Effort, JsonOutputFormat, OutputConfig, OutputFormat, TaskBudget};
pub use service::{BillingPolicy, Metadata, ServiceTier, Speed};
pub use thinking::{
    BlockBinding, PrefixMismatchBehavior, ThinkingConfig, ThinkingConfigAdaptive, ThinkingConfigBetweenTools,
    ThinkingConfigDisabled, ThinkingConfigEnabled, ThinkingDisplay,
};
pub use thread::{ThreadConfig, ThreadContinue, ThreadCreate};
