//! What the API does with the context of a conversation: edits, containers,
//! fallbacks, compaction, and what it tells of them.

use crate::model::{OutputConfig, RefusalCategory, ThinkingConfig};
use crate::wire::{wire_shape, wire_string, wire_struct, wire_union};

wire_struct! {
    /// What to remove from a long conversation (beta).
    ///
    /// ```
    /// use messages_api::{ClearToolUses20250919Edit, ContextManagementConfig};
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
    /// use messages_api::{ClearThinking20251015Edit, ContextManagementEdit};
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
    /// use messages_api::{ClearToolUses20250919Edit, InputTokensThreshold};
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
    /// use messages_api::{ContextThreshold, ToolUsesThreshold};
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
    /// let threshold = messages_api::InputTokensThreshold::new(30_000);
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
    /// let threshold = messages_api::ToolUsesThreshold::new(10);
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
    /// let inputs = messages_api::ClearToolInputs::from(true);
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
    /// let edit = messages_api::ClearThinking20251015Edit::new().keep("all");
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
    /// use messages_api::{KeepThinking, ThinkingTurns, ThinkingTurnsThreshold};
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
    /// use messages_api::{AllThinkingTurns, ThinkingTurns};
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
    /// let turns = messages_api::ThinkingTurnsThreshold::new(2);
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
    /// let turns = messages_api::AllThinkingTurns::new();
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
    /// let edit = messages_api::Compact20260112Edit::new().instructions("keep the names");
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

wire_struct! {
    /// What was removed from the conversation.
    ///
    /// ```
    /// let response = messages_api::ContextManagementResponse::new(vec![]);
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
    /// use messages_api::{AppliedEdit, AppliedClearToolUses20250919};
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
    /// let edit = messages_api::AppliedClearToolUses20250919::new(3, 5000);
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
    /// let edit = messages_api::AppliedClearThinking20251015::new(2, 800);
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

wire_shape! {
    /// Models to turn to when the first one refuses (beta).
    ///
    /// ```
    /// use messages_api::{Fallback, Fallbacks};
    ///
    /// let fallbacks = Fallbacks::from(vec![Fallback::new("claude-opus-4-8")]);
    /// ```
    pub enum Fallbacks, "a string or an array" {
        /// `default`: those that the API chooses.
        Text = text(String),
        /// These, in order.
        Models = list([Fallback]),
    }
}

wire_struct! {
    /// A model to turn to, and what to change for it.
    ///
    /// ```
    /// let fallback = messages_api::Fallback::new("claude-opus-4-8").max_tokens(1024);
    /// ```
    pub struct Fallback,
        /// The model `model`.
        pub fn new;
    required {
        /// The model.
        model: String,
    }
    optional {
        /// As in the request.
        max_tokens: u64,
        /// As in the request.
        output_config: OutputConfig,
        /// As in the request.
        speed: Speed,
        /// As in the request.
        thinking: ThinkingConfig,
    }
}

wire_string! {
    /// How fast the model writes.
    ///
    /// ```
    /// assert_eq!(messages_api::Speed::Fast.as_str(), "fast");
    /// ```
    pub enum Speed {
        /// As usual.
        Standard = "standard",
        /// Faster, at a higher price.
        Fast = "fast",
    }
}

wire_shape! {
    /// A credit for an answer that was refused (beta).
    ///
    /// ```
    /// let token = messages_api::FallbackCreditToken::from("fct_x");
    /// ```
    pub enum FallbackCreditToken, "a string or an object" {
        /// The token.
        Token = text(String),
        /// The token and how to use it.
        Redeem = object(FallbackCreditRedemption),
    }
}

wire_struct! {
    /// A credit and how to use it.
    ///
    /// ```
    /// let credit = messages_api::FallbackCreditRedemption::new("fct_x").mode("best_effort");
    /// ```
    pub struct FallbackCreditRedemption,
        /// The credit `token`.
        pub fn new;
    required {
        /// The token.
        token: String,
    }
    optional {
        /// What to do when it cannot be used.
        mode: FallbackCreditMode,
    }
}

wire_string! {
    /// What to do when a credit cannot be used.
    ///
    /// ```
    /// assert_eq!(messages_api::FallbackCreditMode::Strict.as_str(), "strict");
    /// ```
    pub enum FallbackCreditMode {
        /// Fail.
        Strict = "strict",
        /// Go on without.
        BestEffort = "best_effort",
    }
}

wire_struct! {
    /// The model refused.
    ///
    /// ```
    /// let details = messages_api::RefusalStopDetails::new().category("cyber");
    /// ```
    pub struct RefusalStopDetails = "refusal", fn empty;
    required {}
    optional {
        /// What the refusal is about.
        category: RefusalCategory,
        /// Why, for people.
        explanation: String,
        /// A credit for asking another model; it lives 5 minutes (beta).
        fallback_credit_token: String,
        /// Whether the credit holds what was already written (beta).
        fallback_has_prefill_claim: bool,
        /// A model that may answer (beta).
        recommended_model: String,
    }
}

impl RefusalStopDetails {
    /// A refusal without a reason.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self::empty().with_nulls(&["category", "explanation"])
    }
}

wire_union! {
    /// Why the model stopped, where there is more to say.
    ///
    /// ```
    /// use messages_api::{RefusalStopDetails, StopDetails};
    ///
    /// let details = StopDetails::from(RefusalStopDetails::new());
    /// ```
    pub enum StopDetails {
        /// It refused.
        Refusal(Box RefusalStopDetails) = "refusal",
    }
}
