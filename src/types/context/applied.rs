//! The report of what the API cleared from a conversation.

use crate::wire::{wire_struct, wire_union};

wire_struct! {
    /// The edits that the API applied to the conversation before the model read it (beta).
    ///
    /// The value of `context_management` in a [`Message`](crate::types::Message), if the request
    /// had a [`ContextManagementConfig`](crate::types::context::ContextManagementConfig).
    pub struct ContextManagementResponse,
        /// Creates a report of `applied_edits`.
        pub fn new;
    required {}
    defaulted {
        /// The edits, in the order in which they were applied.
        applied_edits: [AppliedEdit],
    }
    optional {}
}

wire_union! {
    /// An edit that the API applied to the conversation (beta).
    ///
    /// Part of a [`ContextManagementResponse`].
    pub enum AppliedEdit {
        /// Reports that old tool calls and their results were cleared.
        ClearToolUses20250919(AppliedClearToolUses20250919) = "clear_tool_uses_20250919",
        /// Reports that the thinking of old turns was cleared.
        ClearThinking20251015(AppliedClearThinking20251015) = "clear_thinking_20251015",
    }
}

wire_struct! {
    /// The extent to which old tool calls and their results were cleared (beta).
    ///
    /// Variant of [`AppliedEdit`]; requested with a
    /// [`ClearToolUses20250919Edit`](crate::types::context::ClearToolUses20250919Edit).
    pub struct AppliedClearToolUses20250919 = "clear_tool_uses_20250919",
        /// Creates a report from the numbers of cleared tool calls and tokens.
        pub fn new;
    required {}
    defaulted {
        /// The number of tool calls that were cleared.
        cleared_tool_uses: count,
        /// The number of input tokens that were cleared.
        cleared_input_tokens: count,
    }
    optional {}
}

wire_struct! {
    /// The extent to which the thinking of old turns was cleared (beta).
    ///
    /// Variant of [`AppliedEdit`]; requested with a
    /// [`ClearThinking20251015Edit`](crate::types::context::ClearThinking20251015Edit).
    pub struct AppliedClearThinking20251015 = "clear_thinking_20251015",
        /// Creates a report from the numbers of cleared turns and tokens.
        pub fn new;
    required {}
    defaulted {
        /// The number of turns whose thinking was cleared.
        cleared_thinking_turns: count,
        /// The number of input tokens that were cleared.
        cleared_input_tokens: count,
    }
    optional {}
}

wire_struct! {
    /// The size of a conversation before context management was applied (beta).
    ///
    /// Part of a [`MessageTokensCount`](crate::types::MessageTokensCount), whose `input_tokens` is
    /// the size afterwards.
    pub struct CountTokensContextManagement,
        /// Creates a report of the original size.
        pub fn new;
    required {}
    defaulted {
        /// The number of input tokens before any edit was applied.
        original_input_tokens: count,
    }
    optional {}
}
