//! What a streamed block grows by.

use crate::types::citations::Citation;
use crate::wire::{wire_struct, wire_union};

wire_union! {
    /// What a streamed block grows by.
    ///
    /// ```
    /// use messages_api::types::events::{ContentBlockDelta, TextDelta};
    ///
    /// let delta = ContentBlockDelta::from(TextDelta::new("Hel"));
    /// assert_eq!(delta.type_name(), "text_delta");
    /// ```
    pub enum ContentBlockDelta {
        /// More text.
        Text(TextDelta) = "text_delta",
        /// More of a tool's input, as JSON text.
        InputJson(InputJsonDelta) = "input_json_delta",
        /// More thinking.
        Thinking(ThinkingDelta) = "thinking_delta",
        /// The signature of a thinking block.
        Signature(SignatureDelta) = "signature_delta",
        /// A citation.
        Citations(CitationsDelta) = "citations_delta",
        /// The whole of a compaction (beta).
        Compaction(CompactionDelta) = "compaction_delta",
    }
}

wire_struct! {
    /// More text for a text block.
    ///
    /// ```
    /// let delta = messages_api::types::events::TextDelta::new("Hel");
    /// ```
    pub struct TextDelta = "text_delta",
        /// More text.
        pub fn new;
    required {
        /// What to append.
        text: String,
    }
    optional {}
}

wire_struct! {
    /// More of a tool's input. The pieces joined are JSON; one piece alone
    /// need not be.
    ///
    /// ```
    /// let delta = messages_api::types::events::InputJsonDelta::new(r#"{"city":"#);
    /// ```
    pub struct InputJsonDelta = "input_json_delta",
        /// A piece of JSON text.
        pub fn new;
    required {
        /// What to append; often empty in the first delta.
        partial_json: String,
    }
    optional {}
}

wire_struct! {
    /// More thinking.
    ///
    /// ```
    /// let delta = messages_api::types::events::ThinkingDelta::new("let me see");
    /// ```
    pub struct ThinkingDelta = "thinking_delta",
        /// More thinking.
        pub fn new;
    required {
        /// What to append.
        thinking: String,
    }
    optional {
        /// About how many tokens were thought so far (beta).
        estimated_tokens: u64,
    }
}

impl ThinkingDelta {
    /// Whether it says something of `estimated_tokens`, if only `null`.
    pub(crate) fn has_estimate(&self) -> bool {
        self.estimated_tokens.is_some() || !self.gaps.is_empty()
    }
}

wire_struct! {
    /// The signature of a thinking block, sent once before the block stops.
    ///
    /// ```
    /// let delta = messages_api::types::events::SignatureDelta::new("c2ln");
    /// ```
    pub struct SignatureDelta = "signature_delta",
        /// The whole signature.
        pub fn new;
    required {
        /// The signature; it replaces what the block had.
        signature: String,
    }
    optional {}
}

wire_struct! {
    /// One more citation of a text block.
    ///
    /// ```
    /// use messages_api::types::citations::CitationCharLocation;
    /// use messages_api::types::events::CitationsDelta;
    ///
    /// let delta = CitationsDelta::new(CitationCharLocation::new("the quote", 0, 5, 14));
    /// ```
    pub struct CitationsDelta = "citations_delta",
        /// One citation.
        pub fn new;
    required {
        /// The citation to append.
        citation: Citation,
    }
    optional {}
}

wire_struct! {
    /// The whole of a compaction, sent once (beta).
    ///
    /// ```
    /// let delta = messages_api::types::events::CompactionDelta::new().content("they talked about the weather");
    /// ```
    pub struct CompactionDelta = "compaction_delta",
        /// A compaction that failed: it has no content.
        pub fn new;
    required {}
    optional {
        /// The summary; it replaces what the block had.
        content: String,
        /// The summary, which only the API can read.
        encrypted_content: String,
    }
}
