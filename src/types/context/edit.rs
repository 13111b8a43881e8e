//! What the API removes from a long conversation, and what it tells of it.

use crate::wire::{wire_shape, wire_struct, wire_union};

wire_struct! {
    /// What to remove from a long conversation (beta).
    ///
    /// ```
    /// use messages_api::types::context::{ClearToolUses20250919Edit, ContextManagementConfig};
    ///
    /// let config = ContextManagementConfig::new().edits(vec![ClearToolUses20250919Edit::new().into()]);
    /// ```
    pub struct ContextManagementConfig,
        /// Nothing.
        pub fn new;
    required {}
    optional {
        /// What to remove, in order.
        edits: [ContextManagementEdit],
    }
}

wire_union! {
    /// One thing to remove from a long conversation.
    ///
    /// ```
    /// use messages_api::types::context::{ClearThinking20251015Edit, ContextManagementEdit};
    ///
    /// let edit = ContextManagementEdit::from(ClearThinking20251015Edit::new().keep("all"));
    /// ```
    pub enum ContextManagementEdit {
        /// Old tool calls and their results.
        ClearToolUses20250919(Box ClearToolUses20250919Edit) = "clear_tool_uses_20250919",
        /// Old thinking.
        ClearThinking20251015(Box ClearThinking20251015Edit) = "clear_thinking_20251015",
        /// All of it, for a summary.
        Compact20260112(Box Compact20260112Edit) = "compact_20260112",
    }
}

wire_struct! {
    /// Removes old tool calls and their results.
    ///
    /// ```
    /// use messages_api::types::context::{ClearToolUses20250919Edit, InputTokensThreshold};
    ///
    /// let edit = ClearToolUses20250919Edit::new().trigger(InputTokensThreshold::new(30_000));
    /// ```
    pub struct ClearToolUses20250919Edit = "clear_tool_uses_20250919",
        /// With the API's defaults.
        pub fn new;
    required {}
    optional {
        /// From when on.
        trigger: ContextThreshold,
        /// How many calls stay.
        keep: ToolUsesThreshold,
        /// Do nothing unless this much would go.
        clear_at_least: InputTokensThreshold,
        /// Whether the calls' inputs go too: yes or no, or for which tools.
        clear_tool_inputs: ClearToolInputs,
        /// Tools whose calls stay.
        exclude_tools: [String],
    }
}

wire_union! {
    /// A number of tokens or of tool calls.
    ///
    /// ```
    /// use messages_api::types::context::{ContextThreshold, ToolUsesThreshold};
    ///
    /// let threshold = ContextThreshold::from(ToolUsesThreshold::new(10));
    /// ```
    pub enum ContextThreshold {
        /// Tokens of the request.
        InputTokens(InputTokensThreshold) = "input_tokens",
        /// Tool calls.
        ToolUses(ToolUsesThreshold) = "tool_uses",
    }
}

wire_struct! {
    /// A number of tokens of the request.
    ///
    /// ```
    /// let threshold = messages_api::types::context::InputTokensThreshold::new(30_000);
    /// ```
    pub struct InputTokensThreshold = "input_tokens",
        /// `value` tokens.
        pub fn new;
    required {
        /// Tokens.
        value: u64,
    }
    optional {}
}

wire_struct! {
    /// A number of tool calls.
    ///
    /// ```
    /// let threshold = messages_api::types::context::ToolUsesThreshold::new(10);
    /// ```
    pub struct ToolUsesThreshold = "tool_uses",
        /// `value` calls.
        pub fn new;
    required {
        /// Calls.
        value: u64,
    }
    optional {}
}

wire_shape! {
    /// Whether the inputs of removed tool calls go too.
    ///
    /// ```
    /// let inputs = messages_api::types::context::ClearToolInputs::from(true);
    /// ```
    pub enum ClearToolInputs, "a boolean or an array" {
        /// All or none.
        All = flag(bool),
        /// Those of these tools.
        Tools = list([String]),
    }
}

wire_struct! {
    /// Removes old thinking.
    ///
    /// ```
    /// let edit = messages_api::types::context::ClearThinking20251015Edit::new().keep("all");
    /// ```
    pub struct ClearThinking20251015Edit = "clear_thinking_20251015",
        /// With the API's defaults.
        pub fn new;
    required {}
    optional {
        /// Which turns keep theirs.
        keep: KeepThinking,
    }
}

wire_shape! {
    /// Which turns keep their thinking.
    ///
    /// ```
    /// use messages_api::types::context::{KeepThinking, ThinkingTurns, ThinkingTurnsThreshold};
    ///
    /// let keep = KeepThinking::from(ThinkingTurns::from(ThinkingTurnsThreshold::new(2)));
    /// ```
    pub enum KeepThinking, "a string or an object" {
        /// The bare string `all`.
        Text = text(String),
        /// The last turns, or all.
        Turns = object(ThinkingTurns),
    }
}

wire_union! {
    /// Turns that keep their thinking.
    ///
    /// ```
    /// use messages_api::types::context::{AllThinkingTurns, ThinkingTurns};
    ///
    /// let turns = ThinkingTurns::from(AllThinkingTurns::new());
    /// ```
    pub enum ThinkingTurns {
        /// The last ones.
        Last(ThinkingTurnsThreshold) = "thinking_turns",
        /// All.
        All(AllThinkingTurns) = "all",
    }
}

wire_struct! {
    /// A number of turns with thinking.
    ///
    /// ```
    /// let turns = messages_api::types::context::ThinkingTurnsThreshold::new(2);
    /// ```
    pub struct ThinkingTurnsThreshold = "thinking_turns",
        /// `value` turns.
        pub fn new;
    required {
        /// Turns.
        value: u64,
    }
    optional {}
}

wire_struct! {
    /// All turns with thinking.
    ///
    /// ```
    /// let turns = messages_api::types::context::AllThinkingTurns::new();
    /// ```
    pub struct AllThinkingTurns = "all",
        /// All of them.
        pub fn new;
    required {}
    optional {}
}

wire_struct! {
    /// Puts a summary in place of the conversation.
    ///
    /// ```
    /// let edit = messages_api::types::context::Compact20260112Edit::new().instructions("keep the names");
    /// ```
    pub struct Compact20260112Edit = "compact_20260112",
        /// With the API's defaults.
        pub fn new;
    required {}
    optional {
        /// From when on; 150,000 tokens where absent.
        trigger: InputTokensThreshold,
        /// Whether to stop after it.
        pause_after_compaction: bool,
        /// What the summary must hold.
        instructions: String,
    }
}
