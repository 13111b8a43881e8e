//! What a request used.

use crate::json::Json;
use crate::wire::wire_struct;

wire_struct! {
    /// The tokens that a request used.
    pub struct ChatUsage,
        /// Creates a usage of nothing.
        pub fn new;
    required {}
    optional {
        /// The tokens of the prompt, for most servers with those read from a cache.
        prompt_tokens: count,
        /// The tokens that the model wrote, for most servers with those of its reasoning.
        completion_tokens: count,
        /// The sum of both.
        total_tokens: count,
        /// The parts of `prompt_tokens`.
        prompt_tokens_details: ChatPromptTokensDetails,
        /// The parts of `completion_tokens`.
        completion_tokens_details: ChatCompletionTokensDetails,
        /// The tokens read from a cache, as DeepSeek reports them.
        prompt_cache_hit_tokens: count,
        /// What the request cost, as OpenRouter reports it.
        cost: Json,
    }
}

wire_struct! {
    /// The parts of the tokens of a prompt.
    pub struct ChatPromptTokensDetails,
        /// Creates details that say nothing.
        pub fn new;
    required {}
    optional {
        /// The tokens read from a cache.
        cached_tokens: count,
        /// The tokens written to a cache.
        cache_write_tokens: count,
    }
}

wire_struct! {
    /// The parts of the tokens that a model wrote.
    pub struct ChatCompletionTokensDetails,
        /// Creates details that say nothing.
        pub fn new;
    required {}
    optional {
        /// The tokens of the model's reasoning.
        reasoning_tokens: count,
    }
}
