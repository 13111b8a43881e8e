//! What an answer cost.

use crate::types::fallback::FallbackCreditUsage;
use crate::types::settings::Speed;
use crate::types::usage::UsageIteration;
use crate::wire::{wire_string, wire_struct};

wire_struct! {
    /// What an answer cost, in tokens.
    ///
    /// ```
    /// use messages_api::Usage;
    ///
    /// let usage = Usage::new(12, 3).cache_read_input_tokens(100);
    /// assert_eq!(usage.total_input_tokens(), 112);
    /// ```
    pub struct Usage,
        /// Tokens read and written.
        pub fn new;
    required {
        /// Tokens read, those from and to the cache not counted.
        input_tokens: u64,
        /// Tokens written.
        output_tokens: u64,
    }
    optional {
        /// Tokens written to the cache.
        cache_creation_input_tokens: u64,
        /// Tokens read from the cache.
        cache_read_input_tokens: u64,
        /// The tokens written to the cache by how long they live.
        cache_creation: CacheCreation,
        /// How often server tools were called.
        server_tool_use: ServerToolUsage,
        /// The tier that served the request.
        service_tier: UsageServiceTier,
        /// Where the model ran.
        inference_geo: String,
        /// The tokens written by kind.
        output_tokens_details: OutputTokensDetails,
        /// How fast the model wrote.
        speed: Speed,
        /// What the parts of the answer cost (beta).
        iterations: [UsageIteration],
        /// What became of a credit (beta).
        fallback_credit: FallbackCreditUsage,
    }
}

impl Usage {
    /// All tokens read: plain ones, and those to and from the cache.
    pub fn total_input_tokens(&self) -> u64 {
        self.input_tokens
            .saturating_add(self.cache_creation_input_tokens.unwrap_or(0))
            .saturating_add(self.cache_read_input_tokens.unwrap_or(0))
    }

    /// Returns the part that `message_delta` repeats.
    ///
    /// The pattern is complete, so a new field does not compile until it is
    /// decided whether the event carries it.
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
            nulls: _,
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
}

wire_struct! {
    /// The running total at the end of a streamed answer. Fields that are
    /// absent or `null` keep what `message_start` said.
    ///
    /// ```
    /// let usage = messages_api::MessageDeltaUsage::new(15);
    /// ```
    pub struct MessageDeltaUsage,
        /// Tokens written so far.
        pub fn new;
    required {
        /// Tokens written so far.
        output_tokens: u64,
    }
    optional {
        /// As in [`Usage`].
        input_tokens: u64,
        /// As in [`Usage`].
        cache_creation_input_tokens: u64,
        /// As in [`Usage`].
        cache_read_input_tokens: u64,
        /// As in [`Usage`].
        server_tool_use: ServerToolUsage,
        /// As in [`Usage`].
        output_tokens_details: OutputTokensDetails,
        /// As in [`Usage`].
        iterations: [UsageIteration],
        /// As in [`Usage`].
        fallback_credit: FallbackCreditUsage,
    }
}

wire_struct! {
    /// Tokens written to the cache by how long they live.
    ///
    /// ```
    /// let creation = messages_api::types::usage::CacheCreation::new(10, 0);
    /// ```
    pub struct CacheCreation,
        /// Tokens that live for 5 minutes, and for an hour.
        pub fn new;
    required {
        /// Tokens that live for 5 minutes.
        ephemeral_5m_input_tokens: u64,
        /// Tokens that live for an hour.
        ephemeral_1h_input_tokens: u64,
    }
    optional {}
}

wire_struct! {
    /// How often server tools were called.
    ///
    /// ```
    /// let usage = messages_api::types::usage::ServerToolUsage::new(1, 0);
    /// ```
    pub struct ServerToolUsage,
        /// Web searches and web fetches.
        pub fn new;
    required {
        /// Web searches.
        web_search_requests: u64,
        /// Web fetches.
        web_fetch_requests: u64,
    }
    optional {}
}

wire_struct! {
    /// The tokens written by kind.
    ///
    /// ```
    /// let details = messages_api::types::usage::OutputTokensDetails::new(7);
    /// ```
    pub struct OutputTokensDetails,
        /// Tokens spent on thinking.
        pub fn new;
    required {
        /// Tokens spent on thinking.
        thinking_tokens: u64,
    }
    optional {}
}

wire_string! {
    /// The tier that served a request.
    ///
    /// ```
    /// assert_eq!(messages_api::types::usage::UsageServiceTier::from("batch").as_str(), "batch");
    /// ```
    pub enum UsageServiceTier {
        /// The normal one.
        Standard = "standard",
        /// Reserved capacity.
        Priority = "priority",
        /// A message batch.
        Batch = "batch",
    }
}
