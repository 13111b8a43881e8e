//! What the parts of an answer cost.

use crate::types::usage::CacheCreation;
use crate::wire::{wire_struct, wire_union};

wire_union! {
    /// What one part of an answer cost (beta).
    ///
    /// ```
    /// use messages_api::types::usage::{MessageIterationUsage, UsageIteration};
    ///
    /// let part = UsageIteration::from(MessageIterationUsage::new(10, 5).model("claude-sonnet-5"));
    /// ```
    pub enum UsageIteration {
        /// The model's own.
        Message(Box MessageIterationUsage) = "message",
        /// A compaction.
        Compaction(Box CompactionIterationUsage) = "compaction",
        /// The advisor's.
        AdvisorMessage(Box AdvisorMessageIterationUsage) = "advisor_message",
        /// That of a model that took over.
        FallbackMessage(Box FallbackMessageIterationUsage) = "fallback_message",
    }
}

macro_rules! iteration_usage {
    ($($(#[$meta:meta])* $name:ident = $tag:literal;)*) => {$(
        wire_struct! {
            $(#[$meta])*
            ///
            /// ```
            #[doc = concat!("let part = messages_api::types::usage::", stringify!($name), "::new(10, 5);")]
            /// ```
            pub struct $name = $tag,
                /// Tokens read and written.
                pub fn new;
            required {
                /// Tokens read, those from and to the cache not counted.
                input_tokens: u64,
                /// Tokens written.
                output_tokens: u64,
            }
            optional {
                /// The model; not on compactions.
                model: String,
                /// Tokens written to the cache.
                cache_creation_input_tokens: u64,
                /// Tokens read from the cache.
                cache_read_input_tokens: u64,
                /// The tokens written to the cache by how long they live.
                cache_creation: CacheCreation,
            }
        }
    )*};
}

iteration_usage! {
    /// What the model's own part of an answer cost.
    MessageIterationUsage = "message";
    /// What a compaction cost.
    CompactionIterationUsage = "compaction";
    /// What the advisor cost.
    AdvisorMessageIterationUsage = "advisor_message";
    /// What a model that took over cost.
    FallbackMessageIterationUsage = "fallback_message";
}
