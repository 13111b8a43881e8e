//! TODO.

use crate::wire::{wire_struct, wire_union};

wire_struct! {
    /// What was removed from the conversation.
    ///
    /// ```
    /// let response = messages_api::types::context::ContextManagementResponse::new(vec![]);
    /// ```
    pub struct ContextManagementResponse,
        /// What was removed.
        pub fn new;
    required {
        /// What was removed, in order.
        applied_edits: [AppliedEdit],
    }
    optional {}
}

wire_union! {
    /// One thing that was removed from the conversation.
    ///
    /// ```
    /// use messages_api::types::context::{AppliedClearToolUses20250919, AppliedEdit};
    ///
    /// let edit = AppliedEdit::from(AppliedClearToolUses20250919::new(3, 5000));
    /// ```
    pub enum AppliedEdit {
        /// Old tool calls and their results.
        ClearToolUses20250919(AppliedClearToolUses20250919) = "clear_tool_uses_20250919",
        /// Old thinking.
        ClearThinking20251015(AppliedClearThinking20251015) = "clear_thinking_20251015",
    }
}

wire_struct! {
    /// Tool calls that were removed.
    ///
    /// ```
    /// let edit = messages_api::types::context::AppliedClearToolUses20250919::new(3, 5000);
    /// ```
    pub struct AppliedClearToolUses20250919 = "clear_tool_uses_20250919",
        /// So many calls, of so many tokens.
        pub fn new;
    required {
        /// Calls.
        cleared_tool_uses: u64,
        /// Tokens.
        cleared_input_tokens: u64,
    }
    optional {}
}

wire_struct! {
    /// Thinking that was removed.
    ///
    /// ```
    /// let edit = messages_api::types::context::AppliedClearThinking20251015::new(2, 800);
    /// ```
    pub struct AppliedClearThinking20251015 = "clear_thinking_20251015",
        /// That of so many turns, of so many tokens.
        pub fn new;
    required {
        /// Turns.
        cleared_thinking_turns: u64,
        /// Tokens.
        cleared_input_tokens: u64,
    }
    optional {}
}

wire_struct! {
    /// How many tokens there were before anything was removed (beta).
    ///
    /// ```
    /// let response = messages_api::types::context::CountTokensContextManagement::new(40);
    /// ```
    pub struct CountTokensContextManagement,
        /// So many.
        pub fn new;
    required {
        /// Tokens.
        original_input_tokens: u64,
    }
    optional {}
}
