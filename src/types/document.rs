//! TODO.

use crate::types::citations::CitationsConfig;
use crate::types::{CacheControl, DocumentSource};
use crate::wire::wire_struct;

wire_struct! {
    /// A document, sent by the caller.
    ///
    /// ```
    /// use messages_api::types::{DocumentBlock, TextSource};
    ///
    /// let block = DocumentBlock::new(TextSource::plain("the minutes")).title("Minutes");
    /// ```
    pub struct DocumentBlock = "document",
        /// The document at `source`.
        pub fn new;
    required {
        /// The document's content, or where it is.
        source: DocumentSource,
    }
    optional {
        /// A title, 1 to 500 characters.
        title: String,
        /// What the model should know about the document; not cited.
        context: String,
        /// Whether the answer may cite the document.
        citations: CitationsConfig,
        /// Marks the end of a prefix to cache.
        cache_control: CacheControl,
    }
}
