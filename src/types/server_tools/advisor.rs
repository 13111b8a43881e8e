//! TODO.

use crate::types::server_tools::ServerToolErrorCode;
use crate::types::{CacheControl, StopReason};
use crate::wire::{wire_struct, wire_union};

wire_struct! {
    /// What the advisor model said.
    ///
    /// ```
    /// use messages_api::types::server_tools::{AdvisorResult, AdvisorToolResultBlock};
    ///
    /// let block = AdvisorToolResultBlock::new("srvtoolu_1", AdvisorResult::new("try again"));
    /// ```
    pub struct AdvisorToolResultBlock = "advisor_tool_result",
        /// The answer to the call `tool_use_id`.
        pub fn new;
    required {
        /// The `id` of the `server_tool_use` block that this answers.
        tool_use_id: String,
        /// The advice, or why there is none.
        content: AdvisorToolResultContent,
    }
    optional {
        /// Marks the end of a prefix to cache; requests only.
        cache_control: CacheControl,
    }
}

wire_union! {
    /// What the advisor model said, or why it said nothing.
    ///
    /// ```
    /// use messages_api::types::server_tools::{AdvisorResult, AdvisorToolResultContent};
    ///
    /// let content = AdvisorToolResultContent::from(AdvisorResult::new("try again"));
    /// ```
    pub enum AdvisorToolResultContent {
        /// The advice.
        Result(Box AdvisorResult) = "advisor_result",
        /// The advice, encrypted.
        RedactedResult(Box AdvisorRedactedResult) = "advisor_redacted_result",
        /// Why there is none.
        Error(AdvisorToolResultError) = "advisor_tool_result_error",
    }
}

wire_struct! {
    /// Advice.
    ///
    /// ```
    /// let result = messages_api::types::server_tools::AdvisorResult::new("try again");
    /// ```
    pub struct AdvisorResult = "advisor_result",
        /// The advice `text`.
        pub fn new;
    required {
        /// The advice.
        text: String,
    }
    optional {
        /// Why the advisor stopped.
        stop_reason: StopReason,
    }
}

wire_struct! {
    /// Advice that only the model can read.
    ///
    /// ```
    /// let result = messages_api::types::server_tools::AdvisorRedactedResult::new("RW5j");
    /// ```
    pub struct AdvisorRedactedResult = "advisor_redacted_result",
        /// Encrypted advice.
        pub fn new;
    required {
        /// The encrypted advice.
        encrypted_content: String,
    }
    optional {
        /// Why the advisor stopped.
        stop_reason: StopReason,
    }
}

wire_struct! {
    /// Why the advisor said nothing.
    ///
    /// ```
    /// let error = messages_api::types::server_tools::AdvisorToolResultError::new("overloaded");
    /// ```
    pub struct AdvisorToolResultError = "advisor_tool_result_error",
        /// The failure `error_code`.
        pub fn new;
    required {
        /// Why.
        error_code: ServerToolErrorCode,
    }
    optional {}
}

wire_struct! {
    /// Asks another model for advice (beta).
    ///
    /// ```
    /// let tool = messages_api::types::server_tools::AdvisorTool20260301::new("claude-opus-5-5").max_uses(3);
    /// ```
    pub struct AdvisorTool20260301 = "advisor_20260301", fn named;
    required {
        /// `advisor`.
        name: String,
        /// The model to ask.
        model: String,
    }
    optional {
        /// How often it may be asked.
        max_uses: u64,
        /// How long its answer may be, in tokens.
        max_tokens: u64,
        /// Whether its prompt is cached.
        caching: CacheControl,
        /// Marks the end of a prefix to cache.
        cache_control: CacheControl,
        /// Whether the tool is left out until a tool search finds it.
        defer_loading: bool,
        /// Whether the input must fit the schema exactly.
        strict: bool,
        /// Who may call it: `direct`, or a version of code execution.
        allowed_callers: [String],
    }
}

impl AdvisorTool20260301 {
    /// Asks `model`.
    pub fn new(model: impl Into<String>) -> Self {
        Self::named("advisor", model)
    }
}
