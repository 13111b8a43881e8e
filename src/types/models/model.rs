//! The models that a server offers, and pages of things.

use crate::json::Json;
use crate::types::models::ModelCapabilities;
use crate::types::page::page;
use crate::wire::{wire_string, wire_struct};

wire_struct! {
    /// A model that a server offers.
    ///
    /// ```
    /// let model = messages_api::types::models::ModelInfo::new("local-1", "Local", "1970-01-01T00:00:00Z");
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
        Self::from_parts(id, display_name, created_at)
            .with_nulls(const { Self::places(["max_input_tokens", "max_tokens", "capabilities"]) })
    }
}

wire_string! {
    /// Where a model is in its life.
    ///
    /// ```
    /// assert_eq!(messages_api::types::models::ModelLifecycle::Active.as_str(), "active");
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

page! {
    /// A page of models, newest first.
    ModelPage of ModelInfo in "models";
}
