//! Token counts of a whole message.

use crate::types::fallback::FallbackCreditUsage;
use crate::types::settings::Speed;
use crate::types::usage::UsageIteration;
use crate::wire::{wire_string, wire_struct};

wire_struct! {
    /// The token counts of a message and of the request that led to it.
    ///
    /// ```
    /// use messages_api::Usage;
    ///
    /// let usage = Usage::new(12, 3).cache_read_input_tokens(1500);
    /// assert_eq!(usage.total_input_tokens(), 1512);
    /// ```
    pub struct Usage,
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
        /// Input tokens written to the prompt cache.
        cache_creation_input_tokens: count,
        /// Input tokens read from the prompt cache.
        cache_read_input_tokens: count,
        /// The tokens written to the prompt cache, by lifetime of their entries.
        cache_creation: CacheCreation,
        /// The numbers of calls to server tools.
        server_tool_use: ServerToolUsage,
        /// The service tier that served the request.
        service_tier: UsageServiceTier,
        /// The region that the model ran in.
        inference_geo: String,
        /// The tokens that the model wrote, by kind.
        output_tokens_details: OutputTokensDetails,
        /// The speed at which the model wrote.
        speed: Speed,
        /// The token counts of the parts of the message, in order (beta).
        iterations: [UsageIteration],
        /// Whether a credit from an earlier refusal was redeemed (beta).
        fallback_credit: FallbackCreditUsage,
    }
}

impl Usage {
    /// Returns the number of all input tokens: those outside the prompt cache, those written to it, and those
    /// read from it.
    pub fn total_input_tokens(&self) -> u64 {
        self.input_tokens
            .saturating_add(self.cache_creation_input_tokens.unwrap_or(0))
            .saturating_add(self.cache_read_input_tokens.unwrap_or(0))
    }

    /// Returns the part that `message_delta` repeats.
    ///
    /// The pattern names every field, so a new one does not compile until it is either repeated or left out
    /// here.
    pub(crate) fn to_delta(&self) -> MessageDeltaUsage {
        let Self {
            input_tokens,
            output_tokens,
            cache_creation_input_tokens,
            cache_read_input_tokens,
            cache_creation: _,
            server_tool_use,
            service_tier: _,
            inference_geo: _,
            output_tokens_details,
            speed: _,
            iterations,
            fallback_credit,
            extra: _,
            gaps: _,
        } = self;
        let mut delta = MessageDeltaUsage::new(*output_tokens).input_tokens(*input_tokens);
        delta.cache_creation_input_tokens = *cache_creation_input_tokens;
        delta.cache_read_input_tokens = *cache_read_input_tokens;
        delta.server_tool_use.clone_from(server_tool_use);
        delta.output_tokens_details.clone_from(output_tokens_details);
        delta.iterations.clone_from(iterations);
        delta.fallback_credit.clone_from(fallback_credit);
        delta
    }

    /// Sets the counts that a later event has, but not the fields that the crate does not know.
    ///
    /// The patterns name every field, so a new one does not compile until it is decided here what becomes of it.
    pub(crate) fn update(&mut self, delta: &MessageDeltaUsage) {
        let MessageDeltaUsage {
            output_tokens,
            input_tokens,
            cache_creation_input_tokens,
            cache_read_input_tokens,
            server_tool_use,
            output_tokens_details,
            iterations,
            fallback_credit,
            extra: _,
            gaps: _,
        } = delta;
        let Self {
            input_tokens: to_input_tokens,
            output_tokens: to_output_tokens,
            cache_creation_input_tokens: to_cache_creation_input_tokens,
            cache_read_input_tokens: to_cache_read_input_tokens,
            cache_creation: _,
            server_tool_use: to_server_tool_use,
            service_tier: _,
            inference_geo: _,
            output_tokens_details: to_output_tokens_details,
            speed: _,
            iterations: to_iterations,
            fallback_credit: to_fallback_credit,
            extra: _,
            gaps: _,
        } = self;
        if delta.has_output_tokens() {
            *to_output_tokens = *output_tokens;
        }
        *to_input_tokens = input_tokens.unwrap_or(*to_input_tokens);
        set_if_some(to_cache_creation_input_tokens, cache_creation_input_tokens);
        set_if_some(to_cache_read_input_tokens, cache_read_input_tokens);
        set_if_some(to_server_tool_use, server_tool_use);
        set_if_some(to_output_tokens_details, output_tokens_details);
        set_if_some(to_iterations, iterations);
        set_if_some(to_fallback_credit, fallback_credit);
    }
}

/// Sets a field to that of a later event, if that has one.
pub(crate) fn set_if_some<T: Clone>(field: &mut Option<T>, value: &Option<T>) {
    if value.is_some() {
        field.clone_from(value);
    }
}

wire_struct! {
    /// The token counts in a [`MessageDeltaEvent`](crate::types::events::MessageDeltaEvent).
    ///
    /// They are totals, not increments, and replace those of `message_start`. Fields that are absent or
    /// `null` leave the earlier count as it is.
    ///
    /// ```
    /// let usage = messages_api::MessageDeltaUsage::new(15).cache_read_input_tokens(1500);
    /// assert_eq!(serde_json::to_string(&usage)?, r#"{"output_tokens":15,"cache_read_input_tokens":1500}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct MessageDeltaUsage,
        /// Creates a count of the tokens that the model has written so far.
        pub fn new;
    required {}
    defaulted {
        /// Tokens that the model has written so far.
        output_tokens: count,
    }
    optional {
        /// Input tokens that were neither read from nor written to the prompt cache.
        input_tokens: count,
        /// Input tokens written to the prompt cache.
        cache_creation_input_tokens: count,
        /// Input tokens read from the prompt cache.
        cache_read_input_tokens: count,
        /// The numbers of calls to server tools.
        server_tool_use: ServerToolUsage,
        /// The tokens that the model wrote, by kind.
        output_tokens_details: OutputTokensDetails,
        /// The token counts of the parts of the message, in order (beta).
        iterations: [UsageIteration],
        /// Whether a credit from an earlier refusal was redeemed (beta).
        fallback_credit: FallbackCreditUsage,
    }
}

impl MessageDeltaUsage {
    /// Returns `true` if `output_tokens` came as a number, or was set.
    pub(crate) fn has_output_tokens(&self) -> bool {
        const OUTPUT_TOKENS: [usize; 1] = MessageDeltaUsage::places(["output_tokens"]);
        self.output_tokens > 0 || self.gaps.at(OUTPUT_TOKENS[0]).is_none()
    }
}

wire_struct! {
    /// The tokens written to the prompt cache, by lifetime of their entries.
    ///
    /// The lifetime is that of the [`CacheControl`](crate::types::CacheControl) marker.
    pub struct CacheCreation,
        /// Creates counts of the tokens that live for 5 minutes and of those that live for 1 hour.
        pub fn new;
    required {}
    defaulted {
        /// Tokens whose entries live for 5 minutes.
        ephemeral_5m_input_tokens: count,
        /// Tokens whose entries live for 1 hour.
        ephemeral_1h_input_tokens: count,
    }
    optional {}
}

wire_struct! {
    /// The numbers of calls to server tools, which are counted separately from tokens.
    pub struct ServerToolUsage,
        /// Creates counts of web searches and web fetches.
        pub fn new;
    required {}
    defaulted {
        /// The number of web searches.
        web_search_requests: count,
        /// The number of web fetches.
        web_fetch_requests: count,
    }
    optional {}
}

wire_struct! {
    /// The tokens that the model wrote, by kind.
    pub struct OutputTokensDetails,
        /// Creates a count of thinking tokens.
        pub fn new;
    required {}
    defaulted {
        /// Tokens that the model spent on thinking.
        thinking_tokens: count,
    }
    optional {}
}

wire_string! {
    /// The service tier that served a request.
    ///
    /// The request chooses with a [`ServiceTier`](crate::types::settings::ServiceTier), which has other
    /// values.
    pub enum UsageServiceTier {
        /// The normal tier, without reserved capacity.
        Standard = "standard",
        /// The tier with reserved capacity.
        Priority = "priority",
        /// The tier of message batches.
        Batch = "batch",
    }
}
