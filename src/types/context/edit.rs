//! The edits that a request asks the API to apply to a long conversation.

use crate::types::context::{ContextThreshold, InputTokensThreshold, KeepThinking, ToolUsesThreshold};
use crate::wire::{wire_shape, wire_struct, wire_union};

wire_struct! {
    /// The edits that the API applies to a conversation before the model reads it (beta).
    ///
    /// The value of `context_management` in a request; it cannot be combined with `compaction`. The
    /// edits do not change the caller's copy of the conversation, which the next request sends in
    /// full again.
    ///
    /// ```
    /// use messages_api::types::context::{
    ///     ClearThinking20251015Edit, ClearToolUses20250919Edit, ContextManagementConfig,
    /// };
    ///
    /// let edits = vec![
    ///     ClearThinking20251015Edit::new().keep("all").into(),
    ///     ClearToolUses20250919Edit::new().clear_tool_inputs(true).into(),
    /// ];
    /// assert_eq!(
    ///     serde_json::to_value(ContextManagementConfig::new().edits(edits))?,
    ///     serde_json::json!({"edits": [
    ///         {"type": "clear_thinking_20251015", "keep": "all"},
    ///         {"type": "clear_tool_uses_20250919", "clear_tool_inputs": true},
    ///     ]}),
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct ContextManagementConfig,
        /// Creates a configuration without edits.
        pub fn new;
    required {}
    optional {
        /// The edits, in the order in which the API applies them.
        edits: [ContextManagementEdit],
    }
}

wire_union! {
    /// An edit that makes a long conversation shorter (beta).
    ///
    /// Part of a [`ContextManagementConfig`]. If the edit cleared something, the message reports that in an
    /// [`AppliedEdit`](crate::types::context::AppliedEdit); a summary appears as a
    /// [`CompactionBlock`](crate::types::context::CompactionBlock) instead.
    pub enum ContextManagementEdit {
        /// Clears old tool calls and their results.
        ClearToolUses20250919(Boxed ClearToolUses20250919Edit) = "clear_tool_uses_20250919",
        /// Clears the thinking of old turns.
        ClearThinking20251015(Boxed ClearThinking20251015Edit) = "clear_thinking_20251015",
        /// Replaces the conversation with a summary.
        Compact20260112(Boxed Compact20260112Edit) = "compact_20260112",
    }
}

wire_struct! {
    /// An edit that clears old tool calls and their results (beta).
    ///
    /// Variant of [`ContextManagementEdit`], for agents whose tools return a lot of data that is
    /// soon out of date.
    pub struct ClearToolUses20250919Edit = "clear_tool_uses_20250919",
        /// Creates an edit with the API's defaults.
        pub fn new;
    required {}
    optional {
        /// The size of the conversation at which clearing starts; the API's default if absent.
        trigger: ContextThreshold,
        /// The number of most recent tool calls to keep; the API's default if absent.
        keep: ToolUsesThreshold,
        /// The minimum number of tokens to clear; if fewer can be cleared, none are.
        clear_at_least: InputTokensThreshold,
        /// Whether the inputs of cleared tool calls are cleared along with their results.
        clear_tool_inputs: ClearToolInputs,
        /// The names of the tools whose calls are never cleared.
        exclude_tools: [String],
    }
}

wire_shape! {
    /// The tools whose inputs are cleared along with their results (beta).
    ///
    /// The value of `clear_tool_inputs` in a [`ClearToolUses20250919Edit`].
    pub enum ClearToolInputs, "a boolean or an array" {
        /// Clears the inputs of all tools or, if `false`, of none.
        All = flag(bool),
        /// Clears the inputs of the tools with these names.
        Tools = list([String]),
    }
}

wire_struct! {
    /// An edit that clears the thinking of old turns (beta). Variant of [`ContextManagementEdit`].
    pub struct ClearThinking20251015Edit = "clear_thinking_20251015",
        /// Creates an edit with the API's defaults.
        pub fn new;
    required {}
    optional {
        /// The turns that keep their thinking; the API's default if absent.
        keep: KeepThinking,
    }
}

wire_struct! {
    /// An edit that replaces the conversation with a summary (beta).
    ///
    /// Variant of [`ContextManagementEdit`]. The summary appears in the message as a
    /// [`CompactionBlock`](crate::types::context::CompactionBlock), which the caller must send back in the
    /// next request. To request a summary at a moment of the caller's choice, use a
    /// [`CompactionConfig`](crate::types::context::CompactionConfig).
    pub struct Compact20260112Edit = "compact_20260112",
        /// Creates an edit with the API's defaults.
        pub fn new;
    required {}
    optional {
        /// The number of input tokens at which compaction starts; 150,000 if absent.
        trigger: InputTokensThreshold,
        /// Whether the model stops once the summary is written, instead of continuing with the task.
        pause_after_compaction: bool,
        /// Instructions on what the summary must contain.
        instructions: String,
    }
}
