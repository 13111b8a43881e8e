//! Requests for a completion.

use super::message::ChatMessage;
use super::tools::{ChatTool, ChatToolChoice};
use crate::json::Json;
use crate::wire::{wire_shape, wire_struct, wire_union};

wire_struct! {
    /// The body of `POST /v1/chat/completions`.
    pub struct ChatRequest,
        /// Creates a request for a completion of `messages` by `model`.
        pub fn new;
    required {
        /// The name of the model.
        model: String,
        /// The conversation so far.
        messages: [ChatMessage],
    }
    optional {
        /// Whether to return the completion as a stream of chunks.
        stream: bool,
        /// What the stream contains beside the completion.
        stream_options: ChatStreamOptions,
        /// The maximum number of tokens of the completion.
        max_tokens: u64,
        /// The same, under the name that reasoning models of OpenAI require.
        max_completion_tokens: u64,
        /// The randomness of the output, from 0 to 2.
        temperature: f64,
        /// The share of the probability mass to sample from.
        top_p: f64,
        /// The number of most likely tokens to sample from, which OpenAI does not know.
        top_k: u64,
        /// Texts that end the completion.
        stop: ChatStop,
        /// The tools that the model may call.
        tools: [ChatTool],
        /// Whether the model must call a tool, and which one.
        tool_choice: ChatToolChoice,
        /// Whether the model may call several tools at once.
        parallel_tool_calls: bool,
        /// The format of the output.
        response_format: ChatResponseFormat,
        /// How much the model reasons.
        reasoning_effort: String,
        /// The end user.
        user: String,
        /// A hash that identifies the end user.
        safety_identifier: String,
        /// What requests have in common that should be served from the same cache.
        prompt_cache_key: String,
        /// The service tier that may serve the request.
        service_tier: String,
    }
}

wire_struct! {
    /// What a stream contains beside the completion.
    pub struct ChatStreamOptions,
        /// Creates options that ask for nothing.
        pub fn new;
    required {}
    optional {
        /// Whether the last chunk has the usage.
        include_usage: bool,
    }
}

wire_shape! {
    /// Texts that end the completion.
    pub enum ChatStop, "a string or a list of strings" {
        /// One text.
        Text = text(String),
        /// Several texts.
        List = list([String]),
    }
}

wire_union! {
    /// The format of the output.
    pub enum ChatResponseFormat {
        /// Text.
        Text(ChatTextFormat) = "text",
        /// Any JSON object.
        JsonObject(ChatJsonObjectFormat) = "json_object",
        /// JSON that matches a schema.
        JsonSchema(ChatJsonSchemaFormat) = "json_schema",
    }
}

wire_struct! {
    /// Output that is text.
    pub struct ChatTextFormat = "text",
        /// Creates the format.
        pub fn new;
    required {}
    optional {}
}

wire_struct! {
    /// Output that is a JSON object.
    pub struct ChatJsonObjectFormat = "json_object",
        /// Creates the format.
        pub fn new;
    required {}
    optional {}
}

wire_struct! {
    /// Output that is JSON and matches a schema.
    pub struct ChatJsonSchemaFormat = "json_schema",
        /// Creates the format.
        pub fn new;
    required {
        /// The schema.
        json_schema: ChatJsonSchema,
    }
    optional {}
}

wire_struct! {
    /// A named JSON schema.
    pub struct ChatJsonSchema,
        /// Creates a schema with a name.
        pub fn new;
    required {
        /// The name of the schema.
        name: String,
    }
    optional {
        /// The schema.
        schema: Json,
        /// Whether the output always matches the schema.
        strict: bool,
        /// What the format is for.
        description: String,
    }
}
