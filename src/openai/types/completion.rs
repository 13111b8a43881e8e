//! Whole completions.

use super::message::ChatMessage;
use super::usage::ChatUsage;
use crate::json::Json;
use crate::wire::wire_struct;

wire_struct! {
    /// A completion: the response to a [`ChatRequest`](super::ChatRequest) that does not ask for a stream.
    pub struct ChatCompletion,
        /// Creates a completion.
        pub fn new;
    required {}
    defaulted {
        /// The id of the completion.
        id: String,
        /// `chat.completion`.
        object: String,
        /// The time of the completion, in seconds since 1970.
        created: u64,
        /// The model that wrote the completion.
        model: String,
        /// The completions; one unless the request asks for more.
        choices: [ChatChoice],
    }
    optional {
        /// What the request used.
        usage: ChatUsage,
        /// The service tier that served the request.
        service_tier: String,
        /// The configuration of the server.
        system_fingerprint: Json,
        /// An error, which some servers send under a status of success.
        error: Json,
    }
}

wire_struct! {
    /// One of the completions of a request.
    pub struct ChatChoice,
        /// Creates a choice.
        pub fn new;
    required {}
    defaulted {
        /// The position of the choice.
        index: u64,
        /// The message that the model wrote.
        message: ChatMessage,
    }
    optional {
        /// Why the model stopped: `stop`, `length`, `tool_calls`, `content_filter`, or a word of the server's
        /// own.
        finish_reason: String,
        /// The stop sequence that vLLM reports, or the number of a token.
        stop_reason: Json,
        /// The stop sequence that SGLang reports, or the number of a token.
        matched_stop: Json,
        /// The probabilities of the tokens.
        logprobs: Json,
    }
}
