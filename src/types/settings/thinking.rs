//! Thinking: whether the model reasons before it writes, and how much of it the caller sees.

use crate::wire::{wire_string, wire_struct, wire_union};

wire_union! {
    /// Whether, and for how many tokens, the model thinks before it writes.
    ///
    /// The value of `thinking` in a request. The thinking appears in the message as
    /// [`ThinkingBlock`](crate::types::ThinkingBlock)s, which the caller must send back unchanged in the next
    /// request. Which types of thinking a model supports is listed in its
    /// [`ThinkingTypes`](crate::types::models::ThinkingTypes).
    ///
    /// The constructors cover the usual cases. To set an option, such as the amount of thinking to show,
    /// start from the struct of the variant:
    ///
    /// ```
    /// use messages_api::types::settings::{ThinkingConfig, ThinkingConfigAdaptive, ThinkingDisplay};
    ///
    /// let thinking = ThinkingConfig::enabled(2048);
    /// assert_eq!(serde_json::to_string(&thinking)?, r#"{"type":"enabled","budget_tokens":2048}"#);
    ///
    /// let thinking = ThinkingConfig::from(ThinkingConfigAdaptive::new().display(ThinkingDisplay::Omitted));
    /// assert_eq!(serde_json::to_string(&thinking)?, r#"{"type":"adaptive","display":"omitted"}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub enum ThinkingConfig {
        /// Makes the model think within a fixed budget of tokens.
        Enabled(ThinkingConfigEnabled) = "enabled",
        /// Makes the model write without thinking.
        Disabled(ThinkingConfigDisabled) = "disabled",
        /// Lets the model decide whether and how much to think.
        Adaptive(ThinkingConfigAdaptive) = "adaptive",
        /// Lets the model think only between tool calls. Requires API version `2026-10-21`.
        BetweenTools(ThinkingConfigBetweenTools) = "between_tools",
    }
}

impl ThinkingConfig {
    /// Creates a configuration under which the model thinks for at most `budget_tokens` tokens.
    ///
    /// The API requires at least 1024 tokens and, unless the request has tools, fewer than its
    /// `max_tokens`. Only
    /// [`CreateMessageRequest::validate`](crate::types::CreateMessageRequest::validate) checks this.
    pub fn enabled(budget_tokens: u64) -> Self {
        ThinkingConfigEnabled::new(budget_tokens).into()
    }

    /// Creates a configuration under which the model decides whether and how much to think.
    pub fn adaptive() -> Self {
        ThinkingConfigAdaptive::new().into()
    }

    /// Creates a configuration under which the model does not think.
    pub fn disabled() -> Self {
        ThinkingConfigDisabled::new().into()
    }

    /// Creates a configuration under which the model thinks only between tool calls.
    ///
    /// Requires API version `2026-10-21`.
    pub fn between_tools() -> Self {
        ThinkingConfigBetweenTools::new().into()
    }
}

wire_struct! {
    /// Thinking within a fixed budget of tokens.
    ///
    /// Variant of [`ThinkingConfig`]. It cannot be combined with a `tool_choice` that forces a
    /// tool call. If no option is needed, [`ThinkingConfig::enabled`] is shorter.
    pub struct ThinkingConfigEnabled = "enabled",
        /// Creates a setting with a budget of `budget_tokens` tokens.
        pub fn new;
    required {
        /// The maximum number of thinking tokens, at least 1024. It must be less than the
        /// `max_tokens` of the request, except with tools and interleaved thinking (beta).
        budget_tokens: u64,
    }
    optional {
        /// The amount of thinking that the message shows; the API's default if absent.
        display: ThinkingDisplay,
        /// The treatment of earlier thinking blocks that no longer match the conversation (beta).
        block_binding: BlockBinding,
    }
}

wire_struct! {
    /// A setting under which the model does not think.
    ///
    /// Variant of [`ThinkingConfig`], usually built with [`ThinkingConfig::disabled`].
    pub struct ThinkingConfigDisabled = "disabled",
        /// Creates a setting that turns thinking off.
        pub fn new;
    required {}
    optional {}
}

wire_struct! {
    /// Thinking in an amount that the model chooses.
    ///
    /// Variant of [`ThinkingConfig`]. If no option is needed, [`ThinkingConfig::adaptive`] is
    /// shorter.
    pub struct ThinkingConfigAdaptive = "adaptive",
        /// Creates a setting with the API's defaults.
        pub fn new;
    required {}
    optional {
        /// The amount of thinking that the message shows; the API's default if absent.
        display: ThinkingDisplay,
        /// The treatment of earlier thinking blocks that no longer match the conversation (beta).
        block_binding: BlockBinding,
    }
}

wire_struct! {
    /// Thinking only between tool calls.
    ///
    /// Variant of [`ThinkingConfig`], usually built with [`ThinkingConfig::between_tools`].
    /// Requires API version `2026-10-21`.
    pub struct ThinkingConfigBetweenTools = "between_tools",
        /// Creates a setting that restricts thinking to the time between tool calls.
        pub fn new;
    required {}
    optional {}
}

wire_string! {
    /// The amount of thinking that a message shows.
    ///
    /// Thinking blocks carry their signature in every case, so that they can be sent back in the next
    /// request.
    pub enum ThinkingDisplay {
        /// Shows a summary of the thinking.
        Summarized = "summarized",
        /// Leaves the text of thinking blocks empty.
        Omitted = "omitted",
        /// Shows short updates on what the model is doing (beta).
        Updates = "updates",
    }
}

wire_struct! {
    /// The treatment of thinking blocks that no longer match the conversation (beta).
    ///
    /// A thinking block is bound to the messages before it. If these have changed by the time the caller
    /// sends the block back, the API rejects the request or drops the block, as configured here. The message
    /// reports a dropped block as an [`InputTransformation`](crate::types::diagnostics::InputTransformation).
    pub struct BlockBinding,
        /// Creates a setting with the API's defaults.
        pub fn new;
    required {}
    optional {
        /// The treatment of a thinking block if the conversation before it has changed.
        prefix_mismatch_behavior: PrefixMismatchBehavior,
    }
}

wire_string! {
    /// The treatment of a thinking block if the conversation before it has changed.
    pub enum PrefixMismatchBehavior {
        /// The API rejects the request.
        Error = "error",
        /// The API drops the block and serves the request without it.
        DropBlock = "drop_block",
    }
}
