//! The chunks of a streamed completion.

use super::content::ChatContent;
use super::message::ChatRole;
use super::usage::ChatUsage;
use crate::json::Json;
use crate::wire::wire_struct;

wire_struct! {
    /// One chunk of a streamed completion.
    pub struct ChatChunk,
        /// Creates a chunk.
        pub fn new;
    required {}
    defaulted {
        /// The id of the completion, the same in all chunks.
        id: String,
        /// `chat.completion.chunk`.
        object: String,
        /// The time of the completion, in seconds since 1970.
        created: u64,
        /// The model that writes the completion.
        model: String,
        /// What is new in the completions; empty in a chunk that has only the usage.
        choices: [ChatChunkChoice],
    }
    optional {
        /// What the request has used.
        usage: ChatUsage,
        /// The service tier that serves the request.
        service_tier: String,
        /// The configuration of the server.
        system_fingerprint: Json,
        /// An error that ends the stream.
        error: Json,
    }
}

wire_struct! {
    /// What is new in one of the completions.
    pub struct ChatChunkChoice,
        /// Creates a choice.
        pub fn new;
    required {}
    defaulted {
        /// The position of the choice.
        index: u64,
    }
    optional {
        /// The new part of the message.
        delta: ChatDelta,
        /// Why the model stopped, in one of the last chunks.
        finish_reason: String,
        /// The stop sequence that vLLM reports, or the number of a token.
        stop_reason: Json,
        /// The stop sequence that SGLang reports, or the number of a token.
        matched_stop: Json,
        /// The probabilities of the tokens.
        logprobs: Json,
    }
}

wire_struct! {
    /// The new part of a message.
    pub struct ChatDelta,
        /// Creates a part that adds nothing.
        pub fn new;
    required {}
    optional {
        /// The author, in the first chunk.
        role: ChatRole,
        /// New text.
        content: ChatContent,
        /// New words of a refusal.
        refusal: String,
        /// New reasoning, in the field that DeepSeek introduced.
        reasoning_content: String,
        /// New reasoning, in the field of OpenRouter and newer servers.
        reasoning: String,
        /// New reasoning with what is needed to send it back, in the form of OpenRouter.
        reasoning_details: Json,
        /// New calls, and new parts of calls.
        tool_calls: [ChatToolCallDelta],
        /// A new part of a call, in an older form of the protocol.
        function_call: ChatFunctionDelta,
    }
}

wire_struct! {
    /// A call that begins, or the next part of one.
    pub struct ChatToolCallDelta,
        /// Creates a part that adds nothing.
        pub fn new;
    required {}
    optional {
        /// The number of the call in the message.
        index: u64,
        /// The id of the call, when it begins.
        id: String,
        /// The type of the tool, `function`.
        r#type: String,
        /// The name, and the next part of the arguments.
        function: ChatFunctionDelta,
    }
}

wire_struct! {
    /// The name of a function, and the next part of its arguments.
    pub struct ChatFunctionDelta,
        /// Creates a part that adds nothing.
        pub fn new;
    required {}
    optional {
        /// The name of the function, when the call begins.
        name: String,
        /// The next part of the arguments: a string that contains JSON. Some servers send the JSON itself.
        arguments: Json,
    }
}
