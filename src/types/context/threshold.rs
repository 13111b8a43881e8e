//! The amounts that edits are configured with: tokens, tool calls and turns.

use crate::wire::{wire_shape, wire_struct, wire_union};

wire_union! {
    /// A size of the conversation, in tokens or in tool calls (beta).
    ///
    /// The `trigger` of a
    /// [`ClearToolUses20250919Edit`](crate::types::context::ClearToolUses20250919Edit).
    pub enum ContextThreshold {
        /// A number of input tokens.
        InputTokens(InputTokensThreshold) = "input_tokens",
        /// A number of tool calls.
        ToolUses(ToolUsesThreshold) = "tool_uses",
    }
}

wire_struct! {
    /// A number of input tokens (beta). Variant of [`ContextThreshold`].
    pub struct InputTokensThreshold = "input_tokens",
        /// Creates a threshold of `value` tokens.
        pub fn new;
    required {
        /// The number of tokens.
        value: u64,
    }
    optional {}
}

wire_struct! {
    /// A number of tool calls (beta). Variant of [`ContextThreshold`].
    pub struct ToolUsesThreshold = "tool_uses",
        /// Creates a threshold of `value` tool calls.
        pub fn new;
    required {
        /// The number of tool calls.
        value: u64,
    }
    optional {}
}

wire_shape! {
    /// The turns that keep their thinking (beta).
    ///
    /// The value of `keep` in a
    /// [`ClearThinking20251015Edit`](crate::types::context::ClearThinking20251015Edit): an object,
    /// or the string `all`, which means the same as [`AllThinkingTurns`].
    ///
    /// ```
    /// use messages_api::types::context::{ClearThinking20251015Edit, ThinkingTurns, ThinkingTurnsThreshold};
    ///
    /// let last_two = ThinkingTurns::from(ThinkingTurnsThreshold::new(2));
    /// let edit = ClearThinking20251015Edit::new().keep(last_two);
    /// assert_eq!(
    ///     serde_json::to_string(&edit)?,
    ///     r#"{"type":"clear_thinking_20251015","keep":{"type":"thinking_turns","value":2}}"#,
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub enum KeepThinking, "a string or an object" {
        /// The string `all`: every turn keeps its thinking.
        Text = text(String),
        /// An object that names the turns.
        Turns = object(ThinkingTurns),
    }
}

wire_union! {
    /// The turns that keep their thinking, as an object (beta).
    ///
    /// Part of [`KeepThinking`].
    pub enum ThinkingTurns {
        /// Keeps the thinking of the most recent turns.
        Last(ThinkingTurnsThreshold) = "thinking_turns",
        /// Keeps the thinking of all turns.
        All(AllThinkingTurns) = "all",
    }
}

wire_struct! {
    /// A number of most recent turns with thinking (beta). Variant of [`ThinkingTurns`].
    pub struct ThinkingTurnsThreshold = "thinking_turns",
        /// Creates a threshold of `value` turns.
        pub fn new;
    required {
        /// The number of turns.
        value: u64,
    }
    optional {}
}

wire_struct! {
    /// All turns with thinking (beta). Variant of [`ThinkingTurns`].
    pub struct AllThinkingTurns = "all",
        /// Creates a selection of all turns.
        pub fn new;
    required {}
    optional {}
}
