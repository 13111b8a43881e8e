//! Requests for a message.

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
    /// The body of `POST /v1/messages`: a model, the conversation so far, and settings.
    ///
    /// A client sends it and a `Handler` receives it. The API returns a [`Message`](crate::types::Message),
    /// or its events if `stream` is true. `CountTokensRequest::from` turns it into a request that counts its
    /// tokens, and [`validate`](Self::validate) checks it against the rules of the API.
    ///
    /// ```
    /// use messages_api::CreateMessageRequest;
    ///
    /// let request = CreateMessageRequest::new("claude-sonnet-5", 512)
    ///     .system("Be brief.")
    ///     .user("What is the capital of Norway?")
    ///     .assistant("Oslo.")
    ///     .user("And of Sweden?");
    /// # assert_eq!(request.messages.len(), 3);
    /// ```
    pub struct CreateMessageRequest, fn from_parts;
    required {
        /// The name of the model, 1 to 256 characters.
        model: String,
        /// The maximum number of tokens that the model may write. With 0 it writes none, and the request
        /// only fills the prompt cache.
        max_tokens: u64,
        /// The conversation so far, at most 100,000 messages. The API merges consecutive messages with the
        /// same role.
        messages: [InputMessage],
    }
    optional {
        /// Instructions for the whole conversation.
        system: SystemPrompt,
        /// Whether to return the message as a stream of events; `false` if absent. `Client` sets it
        /// according to the method that is called.
        stream: bool,
        /// The randomness of the output, from 0 to 1; 1 if absent. Newer models accept only 1, and API
        /// version `2026-10-21` rejects the field.
        temperature: f64,
        /// The share of the probability mass to sample from, between 0 and 1. Newer models accept only 0.99
        /// or more, and API version `2026-10-21` rejects the field.
        top_p: f64,
        /// The number of most likely tokens to sample from. Newer models and API version `2026-10-21` reject
        /// the field.
        top_k: u64,
        /// Texts that end the message when the model writes one of them.
        stop_sequences: [String],
        /// The tools that the model may call.
        tools: [Tool],
        /// Whether the model must call a tool, and which one.
        tool_choice: ToolChoice,
        /// Whether and how the model thinks before it writes.
        thinking: ThinkingConfig,
        /// The effort that the model spends, and the format of its output.
        output_config: OutputConfig,
        /// Information about the end user.
        metadata: Metadata,
        /// The service tier that may serve the request; `auto` if absent.
        service_tier: ServiceTier,
        /// A cache marker that the API puts on the last block that can be cached.
        cache_control: CacheControl,
        /// A conversation that the API stores, so that a request sends only the new turn (beta).
        thread: ThreadConfig,
        /// The container that server tools run in, and its skills.
        container: ContainerConfig,
        /// The region that the model runs in; the default of the workspace if absent.
        inference_geo: String,
        /// Whether to report the reason for a prompt cache miss.
        diagnostics: DiagnosticsConfig,
        /// The speed at which the model writes.
        speed: Speed,
        /// Edits that shorten a long conversation before the model reads it (beta).
        context_management: ContextManagementConfig,
        /// MCP servers that the API connects to, at most 20 (beta).
        mcp_servers: [McpServerUrl],
        /// The format of the output; deprecated in favor of `output_config.format`, with which it cannot be
        /// combined (beta).
        output_format: (OutputFormat),
        /// Models that take over if the requested one refuses (beta).
        fallbacks: Fallbacks,
        /// A credit from an earlier refusal; cannot be combined with `fallbacks` (beta).
        fallback_credit_token: (secret FallbackCreditToken),
        /// A compaction that takes the place of the model's turn; cannot be combined with
        /// `context_management` (beta).
        compaction: CompactionConfig,
        /// The party that is billed (beta).
        billing_policy: BillingPolicy,
    }
}

impl CreateMessageRequest {
    /// Creates a request with an empty conversation.
    pub fn new(model: impl Into<String>, max_tokens: u64) -> Self {
        Self::from_parts(model, max_tokens, Vec::new())
    }

    /// Appends a message to the conversation.
    ///
    /// Pass a [`Message`](crate::types::Message) that the model returned to make it the next turn.
    #[must_use]
    pub fn message(mut self, message: impl Into<InputMessage>) -> Self {
        self.messages.push(message.into());
        self
    }

    /// Appends a message with the role `user`.
    ///
    /// The content may be a string, one block, or a list of blocks or of tool results; see
    /// [`MessageContent`].
    #[must_use]
    pub fn user(self, content: impl Into<MessageContent>) -> Self {
        self.message(InputMessage::new(Role::User, content))
    }

    /// Appends a message with the role `assistant`, for example from a conversation that was stored as text.
    ///
    /// At the end of the conversation it is a prefill, which the model continues. Newer models reject a
    /// prefill.
    #[must_use]
    pub fn assistant(self, content: impl Into<MessageContent>) -> Self {
        self.message(InputMessage::new(Role::Assistant, content))
    }

    /// Adds a tool to the list of [`tools`](Self::tools).
    #[must_use]
    pub fn tool(mut self, tool: impl Into<Tool>) -> Self {
        self.tools.get_or_insert_default().push(tool.into());
        self
    }
}
