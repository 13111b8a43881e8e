//! A model and its place in the list of models.

use crate::json::Json;
use crate::types::models::ModelCapabilities;
use crate::types::page::page;
use crate::wire::{wire_string, wire_struct};

wire_struct! {
    /// A model that a server offers: its names, limits and capabilities.
    ///
    /// All timestamps are in RFC 3339 format.
    ///
    /// ```
    /// use messages_api::types::models::{ModelInfo, ModelPage};
    ///
    /// let model = ModelInfo::new("local-1", "Local", "1970-01-01T00:00:00Z").max_tokens(4096);
    /// let page = ModelPage::new(vec![model], false);
    /// assert_eq!(page.first_id.as_deref(), Some("local-1"));
    /// ```
    pub struct ModelInfo = "model" or absent, fn from_parts;
    required {
        /// The id by which requests name the model.
        id: String,
    }
    defaulted {
        /// The human-readable name of the model.
        display_name: String,
        /// The time at which the model was released; the Unix epoch if unknown.
        created_at: String,
    }
    optional {
        /// The maximum number of input tokens; `null` if unknown.
        max_input_tokens: u64,
        /// The maximum number of tokens that the model writes in one message; `null` if unknown.
        max_tokens: u64,
        /// The capabilities of the model; `null` if unknown.
        capabilities: ModelCapabilities,
        /// The models that may take over from this one after a refusal (beta).
        allowed_fallback_models: Json,
        /// The stage of the model's life; only under API version `2026-10-21`.
        lifecycle: ModelLifecycle,
        /// The time at which the model was deprecated; only under API version `2026-10-21`.
        deprecated_at: String,
        /// The time at which the model retires; only under API version `2026-10-21`.
        retires_at: String,
        /// The product line of the model, such as `sonnet`; only under API version `2026-10-21`.
        line: String,
    }
}

impl ModelInfo {
    /// Creates a model whose limits and capabilities are unknown.
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
    /// The stage of a model's life, from its release to its retirement.
    pub enum ModelLifecycle {
        /// The model is in regular use.
        Active = "active",
        /// The model is still available, but will be retired.
        Deprecated = "deprecated",
        /// The model is no longer available.
        Retired = "retired",
    }
}

page! {
    /// A page of models, newest first, as `GET /v1/models` returns it.
    ModelPage of ModelInfo in "models";
}
