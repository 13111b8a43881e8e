//! Counting tokens without an answer.

use crate::types::context::{CompactionConfig, ContextManagementConfig, CountTokensContextManagement};
use crate::types::mcp::McpServerUrl;
use crate::types::settings::{BillingPolicy, OutputConfig, OutputFormat, Speed, ThinkingConfig};
use crate::types::tools::{Tool, ToolChoice};
use crate::types::{CacheControl, InputMessage, SystemPrompt};
use crate::wire::wire_struct;

wire_struct! {
    /// The body of `POST /v1/messages/count_tokens`.
    ///
    /// ```
    /// use messages_api::{InputMessage, Role};
    /// use messages_api::types::CountTokensRequest;
    ///
    /// let request = CountTokensRequest::new("claude-sonnet-5", vec![InputMessage::new(Role::User, "hi")]);
    /// ```
    pub struct CountTokensRequest,
        /// A request that counts `messages`.
        pub fn new;
    required {
        /// The model whose tokens count.
        model: String,
        /// The conversation.
        messages: [InputMessage],
    }
    optional {
        /// Instructions that stand before the conversation.
        system: SystemPrompt,
        /// The tools that the model may call.
        tools: [Tool],
        /// Whether it must call one.
        tool_choice: ToolChoice,
        /// Whether the model thinks before it answers.
        thinking: ThinkingConfig,
        /// How much effort to make, and the shape of the answer.
        output_config: OutputConfig,
        /// Marks the last block that can be cached.
        cache_control: CacheControl,
        /// What to remove from a long conversation (beta).
        context_management: ContextManagementConfig,
        /// MCP servers that the API talks to (beta).
        mcp_servers: [McpServerUrl],
        /// The shape of the answer; deprecated for that of `output_config` (beta).
        output_format: OutputFormat,
        /// How fast the model writes.
        speed: Speed,
        /// Makes the whole request a compaction (beta).
        compaction: CompactionConfig,
        /// Who pays (beta).
        billing_policy: BillingPolicy,
    }
}

wire_struct! {
    /// How many tokens a request holds.
    ///
    /// ```
    /// let count = messages_api::types::MessageTokensCount::new(17);
    /// assert_eq!(serde_json::to_string(&count)?, r#"{"input_tokens":17}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct MessageTokensCount,
        /// `input_tokens` tokens.
        pub fn new;
    required {
        /// The tokens of messages, system and tools.
        input_tokens: u64,
    }
    optional {
        /// How many there were before anything was removed (beta).
        context_management: CountTokensContextManagement,
    }
}
