//! Compaction: replacing the conversation so far with a summary.

use crate::types::CacheControl;
use crate::types::tools::ToolChange;
use crate::wire::{wire_struct, wire_union};

wire_struct! {
    /// A summary that takes the place of the conversation before it (beta).
    ///
    /// The API writes it if the request has a [`CompactionConfig`] or a
    /// [`Compact20260112Edit`](crate::types::context::Compact20260112Edit). Send the message that contains it
    /// back unchanged in the next request. If the compaction failed, `content` is `null`, and the API ignores
    /// the block.
    ///
    /// ```
    /// use messages_api::types::context::CompactionBlock;
    ///
    /// let json = r#"{"type":"compaction","content":null,"encrypted_content":null}"#;
    /// let failed: CompactionBlock = serde_json::from_str(json)?;
    /// assert_eq!(failed.content, None);
    /// assert_eq!(serde_json::to_string(&failed)?, json);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct CompactionBlock = "compaction",
        /// Creates a block without a summary, as after a failed compaction.
        pub fn new;
    required {}
    optional {
        /// The summary; `null` if the compaction failed. A request must not contain an empty one.
        content: String,
        /// The summary in a form that only the API can read.
        encrypted_content: String,
        /// The signature by which the API recognizes the summary as its own.
        signature: String,
        /// The tools that were added and removed in the part of the conversation that was
        /// summarized.
        tool_changes: [ToolChange],
        /// A cache marker, which caches the prompt up to and including this block; only in requests.
        cache_control: CacheControl,
    }
}

wire_union! {
    /// The way in which a request compacts its conversation (beta).
    ///
    /// The value of `compaction` in a request; it cannot be combined with `context_management`. The
    /// whole request becomes a compaction: the message contains nothing but a [`CompactionBlock`],
    /// and its stop reason is [`StopReason::Compaction`](crate::types::StopReason::Compaction). To
    /// compact a conversation whenever it grows too long, use a
    /// [`Compact20260112Edit`](crate::types::context::Compact20260112Edit).
    ///
    /// ```
    /// use messages_api::CreateMessageRequest;
    /// use messages_api::types::context::SummarizeCompaction;
    ///
    /// let request = CreateMessageRequest::new("claude-sonnet-5", 4096)
    ///     .user("Plan a trip to Norway in May.")
    ///     .compaction(SummarizeCompaction::new().instructions("Keep all dates."));
    /// assert_eq!(
    ///     serde_json::to_value(&request)?["compaction"],
    ///     serde_json::json!({"type": "summarize", "instructions": "Keep all dates."}),
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub enum CompactionConfig {
        /// Compacts the conversation into a summary.
        Summarize(SummarizeCompaction) = "summarize",
    }
}

wire_struct! {
    /// A compaction of the conversation into a summary (beta). Variant of [`CompactionConfig`].
    pub struct SummarizeCompaction = "summarize",
        /// Creates a compaction with the API's own instructions.
        pub fn new;
    required {}
    optional {
        /// Instructions on what the summary must contain.
        instructions: String,
    }
}
