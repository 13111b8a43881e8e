//! TODO.

use crate::wire::{wire_string, wire_struct, wire_union};

wire_union! {
    /// Whether the model thinks before it answers.
    ///
    /// ```
    /// use messages_api::types::settings::{ThinkingConfig, ThinkingConfigEnabled};
    ///
    /// let thinking = ThinkingConfig::from(ThinkingConfigEnabled::new(1024));
    /// assert_eq!(thinking.type_name(), "enabled");
    /// ```
    pub enum ThinkingConfig {
        /// It does, up to a budget.
        Enabled(ThinkingConfigEnabled) = "enabled",
        /// It does not.
        Disabled(ThinkingConfigDisabled) = "disabled",
        /// It decides.
        Adaptive(ThinkingConfigAdaptive) = "adaptive",
        /// It thinks only between tools; version `2026-10-21`.
        BetweenTools(ThinkingConfigBetweenTools) = "between_tools",
    }
}

wire_struct! {
    /// The model thinks, up to a budget.
    ///
    /// ```
    /// let thinking = messages_api::types::settings::ThinkingConfigEnabled::new(1024);
    /// ```
    pub struct ThinkingConfigEnabled = "enabled",
        /// Up to `budget_tokens`.
        pub fn new;
    required {
        /// The most tokens to think, from 1024 to below `max_tokens`.
        budget_tokens: u64,
    }
    optional {
        /// How much of the thinking is shown.
        display: ThinkingDisplay,
        /// What to do with thinking that does not fit the conversation (beta).
        block_binding: BlockBinding,
    }
}

wire_struct! {
    /// The model does not think.
    ///
    /// ```
    /// let thinking = messages_api::types::settings::ThinkingConfigDisabled::new();
    /// ```
    pub struct ThinkingConfigDisabled = "disabled",
        /// No thinking.
        pub fn new;
    required {}
    optional {}
}

wire_struct! {
    /// The model decides how much to think.
    ///
    /// ```
    /// let thinking = messages_api::types::settings::ThinkingConfigAdaptive::new();
    /// ```
    pub struct ThinkingConfigAdaptive = "adaptive",
        /// As much as it takes.
        pub fn new;
    required {}
    optional {
        /// How much of the thinking is shown.
        display: ThinkingDisplay,
        /// What to do with thinking that does not fit the conversation (beta).
        block_binding: BlockBinding,
    }
}

wire_string! {
    /// How much of the thinking is shown.
    ///
    /// ```
    /// assert_eq!(messages_api::types::settings::ThinkingDisplay::Omitted.as_str(), "omitted");
    /// ```
    pub enum ThinkingDisplay {
        /// A summary.
        Summarized = "summarized",
        /// Nothing; blocks still carry a signature.
        Omitted = "omitted",
        /// Short updates (beta).
        Updates = "updates",
    }
}

wire_struct! {
    /// The model thinks only between tools.
    ///
    /// ```
    /// let thinking = messages_api::types::settings::ThinkingConfigBetweenTools::new();
    /// ```
    pub struct ThinkingConfigBetweenTools = "between_tools",
        /// Only there.
        pub fn new;
    required {}
    optional {}
}

wire_struct! {
    /// What to do with thinking that does not fit the conversation (beta).
    ///
    /// ```
    /// use messages_api::types::settings::{BlockBinding, PrefixMismatchBehavior};
    ///
    /// let binding = BlockBinding::new().prefix_mismatch_behavior(PrefixMismatchBehavior::DropBlock);
    /// ```
    pub struct BlockBinding,
        /// The API's default.
        pub fn new;
    required {}
    optional {
        /// What to do where the conversation before it changed.
        prefix_mismatch_behavior: PrefixMismatchBehavior,
    }
}

wire_string! {
    /// What to do where the conversation before a thinking block changed.
    ///
    /// ```
    /// assert_eq!(messages_api::types::settings::PrefixMismatchBehavior::Error.as_str(), "error");
    /// ```
    pub enum PrefixMismatchBehavior {
        /// Refuse the request.
        Error = "error",
        /// Drop the block.
        DropBlock = "drop_block",
    }
}
