//! Additions to a block of a streamed message.

use crate::types::citations::Citation;
use crate::wire::{wire_struct, wire_union};

wire_union! {
    /// An addition to a block of a streamed message, carried by a
    /// [`ContentBlockDeltaEvent`](crate::types::events::ContentBlockDeltaEvent).
    ///
    /// ```
    /// use messages_api::types::events::ContentBlockDelta;
    ///
    /// let json = r#"{"type":"input_json_delta","partial_json":"{\"city\":"}"#;
    /// let delta: ContentBlockDelta = serde_json::from_str(json)?;
    /// match delta {
    ///     ContentBlockDelta::Text(delta) => print!("{}", delta.text),
    ///     ContentBlockDelta::InputJson(delta) => assert_eq!(delta.partial_json, r#"{"city":"#),
    ///     _ => {}
    /// }
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub enum ContentBlockDelta {
        /// Text to append to a text block.
        Text(TextDelta) = "text_delta",
        /// JSON text to append to the input of a tool call.
        InputJson(InputJsonDelta) = "input_json_delta",
        /// Thinking to append to a thinking block.
        Thinking(ThinkingDelta) = "thinking_delta",
        /// The signature of a thinking block, sent once at its end.
        Signature(SignatureDelta) = "signature_delta",
        /// One more citation of a text block.
        Citations(CitationsDelta) = "citations_delta",
        /// The whole content of a compaction block (beta).
        Compaction(CompactionDelta) = "compaction_delta",
    }
}

wire_struct! {
    /// Text to append to a text block.
    pub struct TextDelta = "text_delta",
        /// Creates a delta that appends `text`.
        pub fn new;
    required {}
    defaulted {
        /// The text to append.
        text: String,
    }
    optional {}
}

wire_struct! {
    /// A piece of the input of a tool call, as JSON text.
    ///
    /// The pieces are valid JSON only once they are joined; each may end anywhere, even inside a string. Wait
    /// for the end of the block before you parse the text, or parse the incomplete text with
    /// [`Json::parse_partial`](crate::json::Json::parse_partial).
    pub struct InputJsonDelta = "input_json_delta",
        /// Creates a delta that appends `partial_json`.
        pub fn new;
    required {}
    defaulted {
        /// The JSON text to append; often empty in the first delta of a block.
        partial_json: String,
    }
    optional {}
}

wire_struct! {
    /// Thinking to append to a thinking block.
    pub struct ThinkingDelta = "thinking_delta",
        /// Creates a delta that appends `thinking`.
        pub fn new;
    required {}
    defaulted {
        /// The thinking to append.
        thinking: String,
    }
    optional {
        /// An estimate of the thinking tokens so far (beta).
        estimated_tokens: u64,
    }
}

impl ThinkingDelta {
    /// Returns `true` if the delta is written as a thinking text and nothing else.
    pub(crate) fn is_plain(&self) -> bool {
        self.estimated_tokens.is_none() && self.gaps.is_empty() && self.extra.is_empty()
    }
}

impl TextDelta {
    /// Returns `true` if the delta is written as a text and nothing else.
    pub(crate) fn is_plain(&self) -> bool {
        self.gaps.is_empty() && self.extra.is_empty()
    }
}

impl InputJsonDelta {
    /// Returns `true` if the delta is written as a piece of JSON text and nothing else.
    pub(crate) fn is_plain(&self) -> bool {
        self.gaps.is_empty() && self.extra.is_empty()
    }
}

wire_struct! {
    /// The signature of a thinking block, sent once just before the block stops.
    pub struct SignatureDelta = "signature_delta",
        /// Creates a delta that sets the signature.
        pub fn new;
    required {}
    defaulted {
        /// The whole signature, which replaces the empty one that the block began with.
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
    /// // Characters 5 to 14 of the first document of the request.
    /// let delta = CitationsDelta::new(CitationCharLocation::new("the quote", 0, 5, 14));
    /// ```
    pub struct CitationsDelta = "citations_delta",
        /// Creates a delta that appends `citation`.
        pub fn new;
    required {
        /// The citation to append.
        citation: Citation,
    }
    optional {}
}

wire_struct! {
    /// The whole content of a [`CompactionBlock`](crate::types::context::CompactionBlock), sent once
    /// (beta).
    pub struct CompactionDelta = "compaction_delta",
        /// Creates a delta without content, as for a compaction that failed.
        pub fn new;
    required {}
    optional {
        /// The summary, which replaces the content that the block began with.
        content: String,
        /// The summary in encrypted form, which only the API can read.
        encrypted_content: String,
    }
}
