//! The request.

use crate::json::Json;
use crate::model::block::text_of;
use crate::model::{CacheControl, ContentBlock, Message, Tool, ToolChoice};
use crate::wire::{wire_shape, wire_string, wire_struct, wire_union};

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

wire_struct! {
    /// A message of the conversation.
    ///
    /// ```
    /// use messages_api::{InputMessage, Role};
    ///
    /// let message = InputMessage::new(Role::User, "hi");
    /// assert_eq!(message.content.to_text(), "hi");
    /// ```
    pub struct InputMessage,
        /// A message by `role`.
        pub fn new;
    required {
        /// Who wrote it.
        role: Role,
        /// A string or blocks.
        content: MessageContent,
    }
    optional {
        /// What to change from here on; only on messages of the role `system`.
        output_config: OutputConfig,
    }
}

impl From<Message> for InputMessage {
    /// The answer as the next turn of the conversation. Its content is kept
    /// whole; what only an answer has (id, usage, …) has no place in a request.
    fn from(message: Message) -> Self {
        Self::new(message.role, message.content)
    }
}

wire_string! {
    /// Who wrote a message.
    ///
    /// ```
    /// assert_eq!(messages_api::Role::from("user"), messages_api::Role::User);
    /// ```
    pub enum Role {
        /// The caller.
        User = "user",
        /// The model.
        Assistant = "assistant",
        /// Instructions in the middle of a conversation.
        System = "system",
    }
}

wire_shape! {
    /// The content of a message: a string, which equals one text block, or
    /// blocks.
    ///
    /// ```
    /// use messages_api::{ContentBlock, MessageContent};
    ///
    /// let content = MessageContent::from(vec![ContentBlock::text("a"), ContentBlock::text("b")]);
    /// assert_eq!(content.to_text(), "ab");
    /// ```
    pub enum MessageContent, "a string or an array" {
        /// A plain string.
        Text = text(String),
        /// Blocks.
        Blocks = list([ContentBlock]),
    }
}

impl MessageContent {
    /// The text in it, blocks that hold none left out.
    pub fn to_text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Blocks(blocks) => text_of(blocks),
        }
    }

    /// The blocks; none for a plain string.
    pub fn blocks(&self) -> &[ContentBlock] {
        match self {
            Self::Text(_) => &[],
            Self::Blocks(blocks) => blocks,
        }
    }
}

wire_shape! {
    /// Instructions that stand before the conversation: a string or text
    /// blocks.
    ///
    /// ```
    /// use messages_api::SystemPrompt;
    ///
    /// assert_eq!(SystemPrompt::from("Be brief.").to_text(), "Be brief.");
    /// ```
    pub enum SystemPrompt, "a string or an array" {
        /// A plain string.
        Text = text(String),
        /// Text blocks.
        Blocks = list([ContentBlock]),
    }
}

impl SystemPrompt {
    /// The text in it.
    pub fn to_text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Blocks(blocks) => text_of(blocks),
        }
    }
}

wire_union! {
    /// Whether the model thinks before it answers.
    ///
    /// ```
    /// use messages_api::{ThinkingConfig, ThinkingConfigEnabled};
    ///
    /// let thinking = ThinkingConfig::from(ThinkingConfigEnabled::new(1024));
    /// assert_eq!(thinking.type_name(), "enabled");
    /// ```
    pub enum ThinkingConfig {
        /// It does, up to a budget.
        Enabled(ThinkingConfigEnabled) = "enabled",
        /// It does not.
        Disabled(ThinkingConfigDisabled) = "disabled",
        /// It decides.
        Adaptive(ThinkingConfigAdaptive) = "adaptive",
    }
}

wire_struct! {
    /// The model thinks, up to a budget.
    ///
    /// ```
    /// let thinking = messages_api::ThinkingConfigEnabled::new(1024);
    /// ```
    pub struct ThinkingConfigEnabled = "enabled",
        /// Up to `budget_tokens`.
        pub fn new;
    required {
        /// The most tokens to think, from 1024 to below `max_tokens`.
        budget_tokens: u64,
    }
    optional {
        /// How much of the thinking is shown.
        display: ThinkingDisplay,
    }
}

wire_struct! {
    /// The model does not think.
    ///
    /// ```
    /// let thinking = messages_api::ThinkingConfigDisabled::new();
    /// ```
    pub struct ThinkingConfigDisabled = "disabled",
        /// No thinking.
        pub fn new;
    required {}
    optional {}
}

wire_struct! {
    /// The model decides how much to think.
    ///
    /// ```
    /// let thinking = messages_api::ThinkingConfigAdaptive::new();
    /// ```
    pub struct ThinkingConfigAdaptive = "adaptive",
        /// As much as it takes.
        pub fn new;
    required {}
    optional {
        /// How much of the thinking is shown.
        display: ThinkingDisplay,
    }
}

wire_string! {
    /// How much of the thinking is shown.
    ///
    /// ```
    /// assert_eq!(messages_api::ThinkingDisplay::Omitted.as_str(), "omitted");
    /// ```
    pub enum ThinkingDisplay {
        /// A summary.
        Summarized = "summarized",
        /// Nothing; blocks still carry a signature.
        Omitted = "omitted",
        /// Short updates (beta).
        Updates = "updates",
    }
}

wire_struct! {
    /// How much effort to make, and the shape of the answer.
    ///
    /// ```
    /// use messages_api::{Effort, OutputConfig};
    ///
    /// let config = OutputConfig::new().effort(Effort::High);
    /// ```
    pub struct OutputConfig,
        /// The API's defaults.
        pub fn new;
    required {}
    optional {
        /// How much effort to make.
        effort: Effort,
        /// The shape of the answer.
        format: OutputFormat,
    }
}

wire_string! {
    /// How much effort the model makes.
    ///
    /// ```
    /// assert_eq!(messages_api::Effort::from("xhigh"), messages_api::Effort::ExtraHigh);
    /// ```
    pub enum Effort {
        /// Little.
        Low = "low",
        /// Some.
        Medium = "medium",
        /// Much.
        High = "high",
        /// Very much.
        ExtraHigh = "xhigh",
        /// The most it can.
        Max = "max",
    }
}

wire_union! {
    /// The shape of the answer.
    ///
    /// ```
    /// use messages_api::{Json, JsonOutputFormat, OutputFormat};
    ///
    /// let format = OutputFormat::from(JsonOutputFormat::new(Json::parse(r#"{"type":"object"}"#)?));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub enum OutputFormat {
        /// JSON that fits a schema.
        JsonSchema(JsonOutputFormat) = "json_schema",
    }
}

wire_struct! {
    /// The answer is JSON that fits a schema.
    ///
    /// ```
    /// use messages_api::{Json, JsonOutputFormat};
    ///
    /// let format = JsonOutputFormat::new(Json::parse(r#"{"type":"object"}"#)?);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct JsonOutputFormat = "json_schema",
        /// JSON that fits `schema`.
        pub fn new;
    required {
        /// A JSON schema; its key order is kept.
        schema: Json,
    }
    optional {}
}

wire_struct! {
    /// Who asks.
    ///
    /// ```
    /// let metadata = messages_api::Metadata::new().user_id("u-7f3a");
    /// ```
    pub struct Metadata,
        /// Nothing known.
        pub fn new;
    required {}
    optional {
        /// An opaque name of the end user, at most 256 characters.
        user_id: String,
    }
}

wire_string! {
    /// The tier that may serve a request.
    ///
    /// ```
    /// assert_eq!(messages_api::ServiceTier::StandardOnly.as_str(), "standard_only");
    /// ```
    pub enum ServiceTier {
        /// Reserved capacity where there is some.
        Auto = "auto",
        /// Never reserved capacity.
        StandardOnly = "standard_only",
    }
}

wire_union! {
    /// A conversation that the server keeps, so that only the new turn is
    /// sent (beta).
    ///
    /// ```
    /// use messages_api::{ThreadConfig, ThreadContinue};
    ///
    /// let thread = ThreadConfig::from(ThreadContinue::new("msg_01"));
    /// ```
    pub enum ThreadConfig {
        /// Begin one.
        Create(ThreadCreate) = "create",
        /// Go on with one.
        Continue(ThreadContinue) = "continue",
    }
}

wire_struct! {
    /// Begin a conversation that the server keeps.
    ///
    /// ```
    /// let thread = messages_api::ThreadCreate::new();
    /// ```
    pub struct ThreadCreate = "create",
        /// A new thread.
        pub fn new;
    required {}
    optional {}
}

wire_struct! {
    /// Go on with a conversation that the server keeps.
    ///
    /// ```
    /// let thread = messages_api::ThreadContinue::new("msg_01");
    /// ```
    pub struct ThreadContinue = "continue",
        /// After the message `previous_message_id`.
        pub fn new;
    required {
        /// The last message of the thread.
        previous_message_id: String,
    }
    optional {}
}
