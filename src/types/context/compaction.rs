//! TODO.

use crate::types::CacheControl;
use crate::types::tools::ToolChange;
use crate::wire::{wire_struct, wire_union};

wire_struct! {
    /// A conversation's summary, in place of what came before it.
    ///
    /// ```
    /// let block = messages_api::types::context::CompactionBlock::new().content("they talked about the weather");
    /// ```
    pub struct CompactionBlock = "compaction",
        /// A compaction that failed: it has no content.
        pub fn new;
    required {}
    optional {
        /// The summary; `null` where the compaction failed, never empty.
        content: String,
        /// The summary, which only the API can read.
        encrypted_content: String,
        /// Proves that the summary is the API's.
        signature: String,
        /// The tools that were added and removed so far.
        tool_changes: [ToolChange],
        /// Marks the end of a prefix to cache; requests only.
        cache_control: CacheControl,
    }
}

wire_union! {
    /// Makes the whole request a compaction (beta).
    ///
    /// ```
    /// use messages_api::types::context::{CompactionConfig, SummarizeCompaction};
    ///
    /// let compaction = CompactionConfig::from(SummarizeCompaction::new().instructions("keep the names"));
    /// ```
    pub enum CompactionConfig {
        /// Into a summary.
        Summarize(SummarizeCompaction) = "summarize",
    }
}

wire_struct! {
    /// Puts the conversation into a summary.
    ///
    /// ```
    /// let compaction = messages_api::types::context::SummarizeCompaction::new();
    /// ```
    pub struct SummarizeCompaction = "summarize",
        /// As the API does it.
        pub fn new;
    required {}
    optional {
        /// What the summary must hold.
        instructions: String,
    }
}
