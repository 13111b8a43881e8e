//! The capabilities of a model.

use crate::wire::wire_struct;

wire_struct! {
    /// The features that a model supports.
    ///
    /// Part of a [`ModelInfo`](crate::types::models::ModelInfo). An absent field means that the
    /// server does not report the feature, not that the model lacks it.
    ///
    /// ```
    /// use messages_api::types::models::{
    ///     CapabilitySupport, ModelCapabilities, ThinkingCapability, ThinkingTypes,
    /// };
    ///
    /// let types = ThinkingTypes::new().adaptive(CapabilitySupport::new(true));
    /// let capabilities = ModelCapabilities::new()
    ///     .image_input(CapabilitySupport::new(true))
    ///     .thinking(ThinkingCapability::new(true).types(types));
    /// assert_eq!(
    ///     serde_json::to_value(&capabilities)?,
    ///     serde_json::json!({
    ///         "image_input": {"supported": true},
    ///         "thinking": {"supported": true, "types": {"adaptive": {"supported": true}}},
    ///     }),
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct ModelCapabilities,
        /// Creates capabilities in which every feature is unknown.
        pub fn new;
    required {}
    optional {
        /// Support for message batches.
        batch: CapabilitySupport,
        /// Support for citations.
        citations: CapabilitySupport,
        /// Support for code execution.
        code_execution: CapabilitySupport,
        /// Support for images in requests.
        image_input: CapabilitySupport,
        /// Support for PDF documents in requests.
        pdf_input: CapabilitySupport,
        /// Support for structured outputs.
        structured_outputs: CapabilitySupport,
        /// Support for context management, by type of edit.
        context_management: ContextManagementCapability,
        /// Support for effort, by level.
        effort: EffortCapability,
        /// Support for thinking, by type.
        thinking: ThinkingCapability,
        /// Support for server tools; only under API version `2026-10-21`.
        server_tools: ServerToolsCapability,
        /// Support for compaction (beta).
        compaction: CompactionCapability,
    }
}

wire_struct! {
    /// Whether a model supports a feature. Part of [`ModelCapabilities`].
    pub struct CapabilitySupport,
        /// Creates the support status of a feature.
        pub fn new;
    required {}
    defaulted {
        /// Whether the model supports the feature.
        supported: bool,
    }
    optional {}
}

wire_struct! {
    /// The edits of long conversations that a model supports.
    ///
    /// The edits are those of a
    /// [`ContextManagementEdit`](crate::types::context::ContextManagementEdit).
    pub struct ContextManagementCapability,
        /// Creates the support status of context management as a whole.
        pub fn new;
    required {}
    defaulted {
        /// Whether the model supports any edit.
        supported: bool,
    }
    optional {
        /// Support for
        /// [`ClearToolUses20250919Edit`](crate::types::context::ClearToolUses20250919Edit).
        clear_tool_uses_20250919: CapabilitySupport,
        /// Support for
        /// [`ClearThinking20251015Edit`](crate::types::context::ClearThinking20251015Edit).
        clear_thinking_20251015: CapabilitySupport,
        /// Support for [`Compact20260112Edit`](crate::types::context::Compact20260112Edit).
        compact_20260112: CapabilitySupport,
    }
}

wire_struct! {
    /// The levels of effort that a model supports.
    ///
    /// The levels are those of [`Effort`](crate::types::settings::Effort).
    pub struct EffortCapability,
        /// Creates the support status of effort as a whole.
        pub fn new;
    required {}
    defaulted {
        /// Whether the model supports any level.
        supported: bool,
    }
    optional {
        /// Support for the level `low`.
        low: CapabilitySupport,
        /// Support for the level `medium`.
        medium: CapabilitySupport,
        /// Support for the level `high`.
        high: CapabilitySupport,
        /// Support for the level `xhigh`.
        xhigh: CapabilitySupport,
        /// Support for the level `max`.
        max: CapabilitySupport,
    }
}

wire_struct! {
    /// Whether, and in which ways, a model can think.
    pub struct ThinkingCapability,
        /// Creates the support status of thinking as a whole.
        pub fn new;
    required {}
    defaulted {
        /// Whether the model can think.
        supported: bool,
    }
    optional {
        /// Support for each type of thinking.
        types: ThinkingTypes,
    }
}

wire_struct! {
    /// The types of thinking that a model supports. Part of a [`ThinkingCapability`].
    ///
    /// The types are those of [`ThinkingConfig`](crate::types::settings::ThinkingConfig).
    pub struct ThinkingTypes,
        /// Creates a list in which every type is unknown.
        pub fn new;
    required {}
    optional {
        /// Support for the type `adaptive`.
        adaptive: CapabilitySupport,
        /// Support for the type `enabled`.
        enabled: CapabilitySupport,
        /// Support for the type `disabled`; only under API version `2026-10-21`.
        disabled: CapabilitySupport,
        /// Support for the type `between_tools`; only under API version `2026-10-21`.
        between_tools: CapabilitySupport,
    }
}

wire_struct! {
    /// The server tools that a model can call.
    pub struct ServerToolsCapability,
        /// Creates the support status of server tools as a whole.
        pub fn new;
    required {}
    defaulted {
        /// Whether the model can call any server tool.
        supported: bool,
    }
    optional {
        /// Support for web search.
        web_search: CapabilitySupport,
        /// Support for code execution.
        code_execution: CapabilitySupport,
    }
}

wire_struct! {
    /// The kinds of compaction that a model supports.
    ///
    /// The kinds are those of [`CompactionConfig`](crate::types::context::CompactionConfig).
    pub struct CompactionCapability,
        /// Creates the support status of compaction as a whole.
        pub fn new;
    required {}
    defaulted {
        /// Whether the model supports any kind of compaction.
        supported: bool,
    }
    optional {
        /// Support for compaction into a summary.
        summarize: CapabilitySupport,
    }
}
