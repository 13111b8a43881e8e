//! Token counts of the parts of a message.

use crate::types::usage::CacheCreation;
use crate::wire::{wire_struct, wire_union};

wire_union! {
    /// The token counts of one part of a message to which several models or steps contributed (beta).
    ///
    /// [`Usage::iterations`](crate::types::usage::Usage::iterations) lists them in order.
    ///
    /// ```
    /// use messages_api::types::usage::UsageIteration;
    ///
    /// let json = r#"{"type":"advisor_message","input_tokens":900,"output_tokens":40,
    ///     "model":"claude-opus-4-8"}"#;
    /// let iteration: UsageIteration = serde_json::from_str(json)?;
    /// let UsageIteration::AdvisorMessage(usage) = iteration else { panic!("not the advisor") };
    /// assert_eq!(usage.model.as_deref(), Some("claude-opus-4-8"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub enum UsageIteration {
        /// The tokens of the requested model.
        Message(Box MessageIterationUsage) = "message",
        /// The tokens of a compaction of the conversation.
        Compaction(Box CompactionIterationUsage) = "compaction",
        /// The tokens of the advisor model.
        AdvisorMessage(Box AdvisorMessageIterationUsage) = "advisor_message",
        /// The tokens of a model that took over after a refusal.
        FallbackMessage(Box FallbackMessageIterationUsage) = "fallback_message",
    }
}

macro_rules! iteration_usage {
    ($($(#[$meta:meta])* $name:ident = $tag:literal;)*) => {$(
        wire_struct! {
            $(#[$meta])*
            pub struct $name = $tag,
                /// Creates counts of the tokens read and written.
                pub fn new;
            required {}
            defaulted {
                /// Input tokens that were neither read from nor written to the prompt cache.
                input_tokens: count,
                /// Tokens that the model wrote.
                output_tokens: count,
            }
            optional {
                /// The model that the tokens belong to; absent for a compaction.
                model: String,
                /// Input tokens written to the prompt cache.
                cache_creation_input_tokens: count,
                /// Input tokens read from the prompt cache.
                cache_read_input_tokens: count,
                /// The tokens written to the prompt cache, by lifetime of their entries.
                cache_creation: CacheCreation,
            }
        }
    )*};
}

iteration_usage! {
    /// The token counts of the requested model within a message (beta). Variant of [`UsageIteration`].
    MessageIterationUsage = "message";
    /// The token counts of a compaction within a message (beta). Variant of [`UsageIteration`].
    CompactionIterationUsage = "compaction";
    /// The token counts of the advisor model within a message (beta). Variant of [`UsageIteration`].
    AdvisorMessageIterationUsage = "advisor_message";
    /// The token counts of a model that took over after a refusal (beta). Variant of [`UsageIteration`].
    FallbackMessageIterationUsage = "fallback_message";
}
