//! The advisor: a tool with which the model asks another model, and its results (beta).

use crate::types::server_tools::ServerToolErrorCode;
use crate::types::{CacheControl, StopReason};
use crate::wire::{wire_struct, wire_union};

wire_struct! {
    /// A tool with which the model asks another model for advice, in its March 2026 version (beta).
    ///
    /// Variant of [`Tool`](crate::types::tools::Tool), run by the API: a call appears as a
    /// [`ServerToolUseBlock`](crate::types::server_tools::ServerToolUseBlock) named `advisor`, and the advice
    /// in the same message as an [`AdvisorToolResultBlock`]. Requires the beta header
    /// `advisor-tool-2026-03-01`.
    ///
    /// ```
    /// use messages_api::types::server_tools::AdvisorTool20260301;
    ///
    /// let tool = AdvisorTool20260301::new("claude-opus-5").max_uses(3);
    /// assert_eq!(
    ///     serde_json::to_string(&tool)?,
    ///     r#"{"type":"advisor_20260301","name":"advisor","model":"claude-opus-5","max_uses":3}"#,
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct AdvisorTool20260301 = "advisor_20260301", fn named;
    required {
        /// The fixed name of the tool, `advisor`.
        name: String,
        /// The model that gives the advice.
        model: String,
    }
    optional {
        /// The maximum number of calls per request.
        max_uses: u64,
        /// The maximum length of the advice in tokens.
        max_tokens: u64,
        /// The caching of the prompt that the advisor model receives.
        caching: CacheControl,
        /// A cache marker, which caches the prompt up to and including this tool.
        cache_control: CacheControl,
        /// Whether the tool stays hidden from the model until a tool search finds it.
        defer_loading: bool,
        /// Whether the input of every call must match the schema exactly.
        strict: bool,
        /// The origins from which the tool may be called: `direct` for the model itself, or the `type` of a
        /// code execution tool such as `code_execution_20260120`.
        allowed_callers: [String],
    }
}

impl AdvisorTool20260301 {
    /// Creates the tool with its fixed name and `model` as the advisor.
    pub fn new(model: impl Into<String>) -> Self {
        Self::named("advisor", model)
    }
}

wire_struct! {
    /// The result of an [`AdvisorTool20260301`] call (beta).
    ///
    /// The API sends it; the caller sends it back unchanged.
    pub struct AdvisorToolResultBlock = "advisor_tool_result",
        /// Creates the result of the call `tool_use_id`.
        pub fn new;
    required {
        /// The `id` of the [`ServerToolUseBlock`](crate::types::server_tools::ServerToolUseBlock).
        tool_use_id: String,
        /// The advice, or the reason why there is none.
        content: AdvisorToolResultContent,
    }
    optional {
        /// A cache marker, which caches the prompt up to and including this block; only in requests.
        cache_control: CacheControl,
    }
}

wire_union! {
    /// The content of an [`AdvisorToolResultBlock`] (beta).
    ///
    /// ```
    /// use messages_api::types::server_tools::{AdvisorResult, AdvisorToolResultContent};
    ///
    /// let content = AdvisorToolResultContent::from(AdvisorResult::new("Check the radar, too."));
    /// assert_eq!(
    ///     serde_json::to_string(&content)?,
    ///     r#"{"type":"advisor_result","text":"Check the radar, too."}"#,
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub enum AdvisorToolResultContent {
        /// The advice in plain text.
        Result(Boxed AdvisorResult) = "advisor_result",
        /// The advice in encrypted form, which the caller cannot read.
        RedactedResult(Boxed AdvisorRedactedResult) = "advisor_redacted_result",
        /// The call failed, and there is no advice.
        Error(AdvisorToolResultError) = "advisor_tool_result_error",
    }
}

wire_struct! {
    /// Advice in plain text (beta).
    ///
    /// Variant of [`AdvisorToolResultContent`].
    pub struct AdvisorResult = "advisor_result",
        /// Creates the advice `text`.
        pub fn new;
    required {}
    defaulted {
        /// The advice.
        text: String,
    }
    optional {
        /// The reason why the advisor model stopped.
        stop_reason: StopReason,
    }
}

wire_struct! {
    /// Advice in encrypted form, which the caller cannot read and sends back unchanged (beta).
    ///
    /// Variant of [`AdvisorToolResultContent`].
    pub struct AdvisorRedactedResult = "advisor_redacted_result",
        /// Creates encrypted advice.
        pub fn new;
    required {}
    defaulted {
        /// The encrypted advice.
        encrypted_content: String,
    }
    optional {
        /// The reason why the advisor model stopped.
        stop_reason: StopReason,
    }
}

wire_struct! {
    /// The failure of an advisor call (beta).
    ///
    /// Variant of [`AdvisorToolResultContent`].
    pub struct AdvisorToolResultError = "advisor_tool_result_error",
        /// Creates the failure with the code `error_code`.
        pub fn new;
    required {
        /// The reason for the failure.
        error_code: ServerToolErrorCode,
    }
    optional {}
}
