//! The models that a server offers, and pages of things.

use crate::json::Json;
use crate::wire::{wire_string, wire_struct};

wire_struct! {
    /// A model that a server offers.
    ///
    /// ```
    /// let model = messages_api::ModelInfo::new("local-1", "Local", "1970-01-01T00:00:00Z");
    /// ```
    pub struct ModelInfo = "model", fn from_parts;
    required {
        /// What requests call it.
        id: String,
        /// What people call it.
        display_name: String,
        /// When it was released, RFC 3339; the epoch where unknown.
        created_at: String,
    }
    optional {
        /// The most tokens it reads.
        max_input_tokens: u64,
        /// The most tokens it writes.
        max_tokens: u64,
        /// What it can do.
        capabilities: ModelCapabilities,
        /// The models it may fall back to (beta).
        allowed_fallback_models: Json,
        /// Where it is in its life; version `2026-10-21`.
        lifecycle: ModelLifecycle,
        /// When it was deprecated, RFC 3339; version `2026-10-21`.
        deprecated_at: String,
        /// When it retires, RFC 3339; version `2026-10-21`.
        retires_at: String,
        /// The line it belongs to, such as `sonnet`; version `2026-10-21`.
        line: String,
    }
}

impl ModelInfo {
    /// A model of which no more is known.
    pub fn new(
        id: impl Into<String>,
        display_name: impl Into<String>,
        created_at: impl Into<String>,
    ) -> Self {
        Self::from_parts(id, display_name, created_at).with_nulls(&[
            "max_input_tokens",
            "max_tokens",
            "capabilities",
        ])
    }
}

wire_string! {
    /// Where a model is in its life.
    ///
    /// ```
    /// assert_eq!(messages_api::ModelLifecycle::Active.as_str(), "active");
    /// ```
    pub enum ModelLifecycle {
        /// In use.
        Active = "active",
        /// Still there, to be replaced.
        Deprecated = "deprecated",
        /// Gone.
        Retired = "retired",
    }
}

wire_struct! {
    /// What a model can do.
    ///
    /// ```
    /// use messages_api::{CapabilitySupport, ModelCapabilities};
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
    /// let support = messages_api::CapabilitySupport::new(true);
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
    /// let capability = messages_api::ContextManagementCapability::new(true);
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
    /// let capability = messages_api::EffortCapability::new(true);
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
    /// let capability = messages_api::ThinkingCapability::new(true);
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
    /// let types = messages_api::ThinkingTypes::new();
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
    /// let capability = messages_api::ServerToolsCapability::new(true);
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
    /// let capability = messages_api::CompactionCapability::new(true);
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

/// Declares a page of a list.
macro_rules! page {
    ($($(#[$meta:meta])* $name:ident of $item:ident;)*) => {$(
        wire_struct! {
            $(#[$meta])*
            ///
            /// The next page is asked for with `after_id` set to `last_id`.
            ///
            /// ```
            #[doc = concat!("let page = messages_api::", stringify!($name), "::new(vec![], false);")]
            /// ```
            pub struct $name, fn from_parts;
            required {
                /// The items.
                data: [$item],
                /// Whether there are more.
                has_more: bool,
            }
            optional {
                /// The first item's id; `null` on an empty page.
                first_id: String,
                /// The last item's id; `null` on an empty page.
                last_id: String,
            }
        }

        impl $name {
            /// A page of `data`.
            pub fn new(data: Vec<$item>, has_more: bool) -> Self {
                let mut page = Self::from_parts(data, has_more).with_nulls(&["first_id", "last_id"]);
                page.first_id = page.data.first().map(|item| item.id.clone());
                page.last_id = page.data.last().map(|item| item.id.clone());
                page
            }
        }
    )*};
}

pub(super) use page;

page! {
    /// A page of models, newest first.
    ModelPage of ModelInfo;
}
