//! TODO.

use crate::types::citations::CitationsConfig;
use crate::types::{CacheControl, ContentBlock};
use crate::wire::wire_struct;

wire_struct! {
    /// A search result that the caller gives, so that the answer can cite it.
    ///
    /// ```
    /// use messages_api::ContentBlock;
    /// use messages_api::types::SearchResultBlock;
    ///
    /// let block = SearchResultBlock::new("kb/1", "Opening hours", vec![ContentBlock::text("9 to 5")]);
    /// ```
    pub struct SearchResultBlock = "search_result",
        /// The result `title` from `source`.
        pub fn new;
    required {
        /// Where it is from.
        source: String,
        /// Its title.
        title: String,
        /// Its text blocks.
        content: [ContentBlock],
    }
    optional {
        /// Whether the answer may cite it.
        citations: CitationsConfig,
        /// Marks the end of a prefix to cache.
        cache_control: CacheControl,
    }
}
