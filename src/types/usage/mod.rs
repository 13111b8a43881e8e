//! Token counts.
//!
//! Every [`Message`](crate::types::Message) carries a [`Usage`]: the tokens of the request that the model
//! read and the tokens that it wrote. In a stream, `message_start` carries a `Usage` with the counts of the
//! input, and `message_delta` completes it with a [`MessageDeltaUsage`]; the types in
//! [`stream`](crate::stream) combine the two.
//!
//! `input_tokens` excludes the tokens that were written to or read from the prompt cache. For the size of the
//! whole input, use [`Usage::total_input_tokens`].
//!
//! ```
//! use messages_api::Usage;
//!
//! let json = r#"{"input_tokens":12,"output_tokens":3,"cache_creation_input_tokens":0,
//!     "cache_read_input_tokens":1500,"service_tier":"standard"}"#;
//! let usage: Usage = serde_json::from_str(json)?;
//! assert_eq!(usage.total_input_tokens(), 1512);
//! # Ok::<(), serde_json::Error>(())
//! ```

mod iteration;
mod total;

pub use iteration::{
    AdvisorMessageIterationUsage, CompactionIterationUsage, FallbackMessageIterationUsage,
    MessageIterationUsage, UsageIteration,
};
pub(crate) use total::set_if_some;
pub use total::{
    CacheCreation, MessageDeltaUsage, OutputTokensDetails, ServerToolUsage, Usage, UsageServiceTier,
};
