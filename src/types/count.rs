//! Counting the tokens of a request before it is sent.

use crate::types::context::{CompactionConfig, ContextManagementConfig, CountTokensContextManagement};
use crate::types::mcp::McpServerUrl;
use crate::types::settings::{BillingPolicy, OutputConfig, OutputFormat, Speed, ThinkingConfig};
use crate::types::tools::{Tool, ToolChoice};
use crate::types::{CacheControl, CreateMessageRequest, InputMessage, SystemPrompt};
use crate::wire::{Gaps, wire_struct};

wire_struct! {
    /// The body of `POST /v1/messages/count_tokens`, which counts the input tokens of a request without
    /// running the model.
    ///
    /// It has the fields of a [`CreateMessageRequest`] that influence the count; `CountTokensRequest::from`
    /// converts such a request. The API returns a [`MessageTokensCount`].
    ///
    /// ```
    /// use messages_api::CreateMessageRequest;
    /// use messages_api::types::CountTokensRequest;
    ///
    /// let request = CreateMessageRequest::new("claude-sonnet-5", 512).system("Be brief.").user("hi");
    /// let count = CountTokensRequest::from(&request);
    /// assert_eq!(
    ///     serde_json::to_string(&count)?,
    ///     r#"{"model":"claude-sonnet-5","messages":[{"role":"user","content":"hi"}],"system":"Be brief."}"#,
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct CountTokensRequest,
        /// Creates a request that counts the tokens of `messages` for `model`.
        pub fn new;
    required {
        /// The model for which the tokens are counted.
        model: String,
        /// The conversation so far.
        messages: [InputMessage],
    }
    optional {
        /// Instructions for the whole conversation.
        system: SystemPrompt,
        /// The tools that the model may call.
        tools: [Tool],
        /// Whether the model must call a tool, and which one.
        tool_choice: ToolChoice,
        /// Whether and how the model thinks before it writes.
        thinking: ThinkingConfig,
        /// The effort that the model spends, and the format of its output.
        output_config: OutputConfig,
        /// A cache marker that the API puts on the last block that can be cached.
        cache_control: CacheControl,
        /// Edits that shorten a long conversation before the model reads it (beta).
        context_management: ContextManagementConfig,
        /// MCP servers that the API connects to (beta).
        mcp_servers: [McpServerUrl],
        /// The format of the output; deprecated in favor of `output_config.format` (beta).
        output_format: (OutputFormat),
        /// The speed at which the model writes.
        speed: Speed,
        /// A compaction that takes the place of the model's turn (beta).
        compaction: CompactionConfig,
        /// The party that is billed (beta).
        billing_policy: BillingPolicy,
    }
}

/// Copies the fields that both requests have, and the unknown ones in `extra`.
///
/// Fields without influence on the count, such as `max_tokens` and `stream`, are left out. An explicit
/// `null` becomes an absent field, which means the same.
impl From<CreateMessageRequest> for CountTokensRequest {
    fn from(request: CreateMessageRequest) -> Self {
        // Every field is named, so a field that is added to this type does not compile until it is copied
        // here.
        Self {
            model: request.model,
            messages: request.messages,
            system: request.system,
            tools: request.tools,
            tool_choice: request.tool_choice,
            thinking: request.thinking,
            output_config: request.output_config,
            cache_control: request.cache_control,
            context_management: request.context_management,
            mcp_servers: request.mcp_servers,
            output_format: request.output_format,
            speed: request.speed,
            compaction: request.compaction,
            billing_policy: request.billing_policy,
            extra: request.extra,
            // The bits are numbered by the fields of their own type.
            gaps: Gaps::default(),
        }
    }
}

/// Converts a clone, so that the original request can still be sent.
impl From<&CreateMessageRequest> for CountTokensRequest {
    fn from(request: &CreateMessageRequest) -> Self {
        request.clone().into()
    }
}

wire_struct! {
    /// The number of input tokens of a request, which the API returns for a [`CountTokensRequest`].
    pub struct MessageTokensCount,
        /// Creates a count of `input_tokens` tokens.
        pub fn new;
    required {}
    defaulted {
        /// The tokens of the messages, the system prompt and the tools together.
        input_tokens: count,
    }
    optional {
        /// The count before `context_management` shortened the conversation (beta).
        context_management: CountTokensContextManagement,
    }
}
