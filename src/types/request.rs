//! The request.

use crate::types::context::{CompactionConfig, ContextManagementConfig};
use crate::types::diagnostics::DiagnosticsConfig;
use crate::types::fallback::{FallbackCreditToken, Fallbacks};
use crate::types::mcp::McpServerUrl;
use crate::types::server_tools::ContainerConfig;
use crate::types::settings::{
    BillingPolicy, Metadata, OutputConfig, OutputFormat, ServiceTier, Speed, ThinkingConfig, ThreadConfig,
};
use crate::types::tools::{Tool, ToolChoice};
use crate::types::{CacheControl, InputMessage, MessageContent, Role, SystemPrompt};
use crate::wire::wire_struct;

wire_struct! {
    /// The body of `POST /v1/messages`.
    ///
    /// ```
    /// use messages_api::CreateMessageRequest;
    ///
    /// let request = CreateMessageRequest::new("claude-sonnet-5", 512)
    ///     .system("Be brief.")
    ///     .user("What is the capital of Norway?");
    /// assert_eq!(request.messages.len(), 1);
    /// ```
    pub struct CreateMessageRequest, fn from_parts;
    required {
        /// The model, 1 to 256 characters.
        model: String,
        /// The most tokens to write, from 1 on; 0 only warms the cache.
        max_tokens: u64,
        /// The conversation; at most 100,000 messages.
        messages: [InputMessage],
    }
    optional {
        /// Instructions that stand before the conversation.
        system: SystemPrompt,
        /// Whether to stream the answer. A client sets it by the method called.
        stream: bool,
        /// Randomness from 0 to 1; only under version `2023-06-01`.
        temperature: f64,
        /// Nucleus sampling from 0 to 1; only under version `2023-06-01`.
        top_p: f64,
        /// How many of the likeliest tokens to sample from; only under version `2023-06-01`.
        top_k: u64,
        /// Texts that end the answer.
        stop_sequences: [String],
        /// The tools that the model may call.
        tools: [Tool],
        /// Whether it must call one.
        tool_choice: ToolChoice,
        /// Whether the model thinks before it answers.
        thinking: ThinkingConfig,
        /// How much effort to make, and the shape of the answer.
        output_config: OutputConfig,
        /// Who asks.
        metadata: Metadata,
        /// The tier that may serve the request.
        service_tier: ServiceTier,
        /// Marks the last block that can be cached.
        cache_control: CacheControl,
        /// A conversation that the server keeps (beta).
        thread: ThreadConfig,
        /// The container that server tools shall run in.
        container: ContainerConfig,
        /// Where the model runs; the workspace's default where absent.
        inference_geo: String,
        /// Asks why the cache was missed.
        diagnostics: DiagnosticsConfig,
        /// How fast the model writes.
        speed: Speed,
        /// What to remove from a long conversation (beta).
        context_management: ContextManagementConfig,
        /// MCP servers that the API talks to, at most 20 (beta).
        mcp_servers: [McpServerUrl],
        /// The shape of the answer; deprecated for that of `output_config` (beta).
        output_format: OutputFormat,
        /// Models to turn to when the first one refuses (beta).
        fallbacks: Fallbacks,
        /// A credit for an answer that was refused; not with `fallbacks` (beta).
        fallback_credit_token: (secret FallbackCreditToken),
        /// Makes the whole request a compaction; not with `context_management` (beta).
        compaction: CompactionConfig,
        /// Who pays (beta).
        billing_policy: BillingPolicy,
    }
}

impl CreateMessageRequest {
    /// A request without messages.
    pub fn new(model: impl Into<String>, max_tokens: u64) -> Self {
        Self::from_parts(model, max_tokens, Vec::new())
    }

    /// Adds a message.
    #[must_use]
    pub fn message(mut self, message: impl Into<InputMessage>) -> Self {
        self.messages.push(message.into());
        self
    }

    /// Adds a message of the user.
    #[must_use]
    pub fn user(self, content: impl Into<MessageContent>) -> Self {
        self.message(InputMessage::new(Role::User, content))
    }

    /// Adds a message of the assistant.
    #[must_use]
    pub fn assistant(self, content: impl Into<MessageContent>) -> Self {
        self.message(InputMessage::new(Role::Assistant, content))
    }

    /// Adds a tool.
    #[must_use]
    pub fn tool(mut self, tool: impl Into<Tool>) -> Self {
        self.tools.get_or_insert_default().push(tool.into());
        self
    }
}
