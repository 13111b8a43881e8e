//! Counting tokens without an answer.

use crate::model::{
    CacheControl, InputMessage, OutputConfig, SystemPrompt, ThinkingConfig, Tool, ToolChoice,
};
use crate::wire::wire_struct;

wire_struct! {
    /// The body of `POST /v1/messages/count_tokens`.
    ///
    /// ```
    /// use messages_api::{CountTokensRequest, InputMessage, Role};
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
    }
}

wire_struct! {
    /// How many tokens a request holds.
    ///
    /// ```
    /// let count = messages_api::MessageTokensCount::new(17);
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
    optional {}
}
