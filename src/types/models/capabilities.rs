//! TODO.

use crate::wire::wire_struct;

wire_struct! {
    /// What a model can do.
    ///
    /// ```
    /// use messages_api::types::models::{CapabilitySupport, ModelCapabilities};
    ///
    /// let capabilities = ModelCapabilities::new().image_input(CapabilitySupport::new(true));
    /// ```
    pub struct ModelCapabilities,
        /// Nothing known.
        pub fn new;
    required {}
    optional {
        /// Message batches.
        batch: CapabilitySupport,
        /// Citations.
        citations: CapabilitySupport,
        /// Code execution.
        code_execution: CapabilitySupport,
        /// Pictures.
        image_input: CapabilitySupport,
        /// PDFs.
        pdf_input: CapabilitySupport,
        /// Structured outputs.
        structured_outputs: CapabilitySupport,
        /// Context management, by kind of edit.
        context_management: ContextManagementCapability,
        /// Effort, by level.
        effort: EffortCapability,
        /// Thinking, by type.
        thinking: ThinkingCapability,
        /// Server tools; version `2026-10-21`.
        server_tools: ServerToolsCapability,
        /// Compaction (beta).
        compaction: CompactionCapability,
    }
}

wire_struct! {
    /// Whether a model can do something.
    ///
    /// ```
    /// let support = messages_api::types::models::CapabilitySupport::new(true);
    /// ```
    pub struct CapabilitySupport,
        /// Yes or no.
        pub fn new;
    required {
        /// Whether it can.
        supported: bool,
    }
    optional {}
}

wire_struct! {
    /// Which edits of the context a model supports.
    ///
    /// ```
    /// let capability = messages_api::types::models::ContextManagementCapability::new(true);
    /// ```
    pub struct ContextManagementCapability,
        /// Any or none.
        pub fn new;
    required {
        /// Whether any.
        supported: bool,
    }
    optional {
        /// `clear_tool_uses_20250919`.
        clear_tool_uses_20250919: CapabilitySupport,
        /// `clear_thinking_20251015`.
        clear_thinking_20251015: CapabilitySupport,
        /// `compact_20260112`.
        compact_20260112: CapabilitySupport,
    }
}

wire_struct! {
    /// Which efforts a model knows.
    ///
    /// ```
    /// let capability = messages_api::types::models::EffortCapability::new(true);
    /// ```
    pub struct EffortCapability,
        /// Any or none.
        pub fn new;
    required {
        /// Whether any.
        supported: bool,
    }
    optional {
        /// `low`.
        low: CapabilitySupport,
        /// `medium`.
        medium: CapabilitySupport,
        /// `high`.
        high: CapabilitySupport,
        /// `xhigh`.
        xhigh: CapabilitySupport,
        /// `max`.
        max: CapabilitySupport,
    }
}

wire_struct! {
    /// How a model thinks.
    ///
    /// ```
    /// let capability = messages_api::types::models::ThinkingCapability::new(true);
    /// ```
    pub struct ThinkingCapability,
        /// It does or does not.
        pub fn new;
    required {
        /// Whether it does.
        supported: bool,
    }
    optional {
        /// By type.
        types: ThinkingTypes,
    }
}

wire_struct! {
    /// Which types of thinking a model knows.
    ///
    /// ```
    /// let types = messages_api::types::models::ThinkingTypes::new();
    /// ```
    pub struct ThinkingTypes,
        /// Nothing known.
        pub fn new;
    required {}
    optional {
        /// `adaptive`.
        adaptive: CapabilitySupport,
        /// `enabled`.
        enabled: CapabilitySupport,
        /// `disabled`; version `2026-10-21`.
        disabled: CapabilitySupport,
        /// `between_tools`; version `2026-10-21`.
        between_tools: CapabilitySupport,
    }
}

wire_struct! {
    /// Which server tools a model knows.
    ///
    /// ```
    /// let capability = messages_api::types::models::ServerToolsCapability::new(true);
    /// ```
    pub struct ServerToolsCapability,
        /// Any or none.
        pub fn new;
    required {
        /// Whether any.
        supported: bool,
    }
    optional {
        /// Web search.
        web_search: CapabilitySupport,
        /// Code execution.
        code_execution: CapabilitySupport,
    }
}

wire_struct! {
    /// Which kinds of compaction a model knows.
    ///
    /// ```
    /// let capability = messages_api::types::models::CompactionCapability::new(true);
    /// ```
    pub struct CompactionCapability,
        /// Any or none.
        pub fn new;
    required {
        /// Whether any.
        supported: bool,
    }
    optional {
        /// `summarize`.
        summarize: CapabilitySupport,
    }
}
