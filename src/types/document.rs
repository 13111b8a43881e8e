//! Documents.

use crate::types::citations::CitationsConfig;
use crate::types::{CacheControl, DocumentSource};
use crate::wire::wire_struct;

wire_struct! {
    /// A document for the model to read: a PDF, plain text, or blocks of text and images.
    ///
    /// The caller sends it in a message or in a tool result. [`from_bytes`](Self::from_bytes) takes the
    /// bytes of a PDF, [`text`](Self::text) takes plain text. With citations enabled, the model's text
    /// refers to the passages that it relies on; see [`citations`](crate::types::citations).
    ///
    /// ```
    /// use messages_api::{ContentBlock, CreateMessageRequest};
    /// use messages_api::types::DocumentBlock;
    ///
    /// let minutes = DocumentBlock::text("We met at nine. Tea was served.").title("Minutes");
    /// let request = CreateMessageRequest::new("claude-sonnet-5", 512)
    ///     .user(vec![minutes.into(), ContentBlock::text("When did they meet?")]);
    /// ```
    pub struct DocumentBlock = "document",
        /// Creates a block for the document in `source`.
        pub fn new;
    required {
        /// The content of the document, or a reference to it.
        source: DocumentSource,
    }
    optional {
        /// The document's title, 1 to 500 characters.
        title: String,
        /// Background information about the document, which the model reads but never cites; must not be
        /// empty.
        context: String,
        /// Whether the model may cite the document.
        citations: CitationsConfig,
        /// A cache marker, which caches the prompt up to and including this block.
        cache_control: CacheControl,
    }
}
