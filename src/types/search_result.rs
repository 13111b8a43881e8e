//! Search results that a caller provides.

use crate::types::citations::CitationsConfig;
use crate::types::{CacheControl, ContentBlock};
use crate::wire::wire_struct;

wire_struct! {
    /// A result of the caller's own search, sent to the model so that it can cite the text.
    ///
    /// It may be part of a message or of a tool result. Results of the API's web search are
    /// [`WebSearchResult`](crate::types::server_tools::WebSearchResult)s instead. The model's text refers to
    /// this block by a
    /// [`CitationSearchResultLocation`](crate::types::citations::CitationSearchResultLocation).
    ///
    /// ```
    /// use messages_api::{ContentBlock, ToolResultBlock};
    /// use messages_api::types::SearchResultBlock;
    ///
    /// let found = SearchResultBlock::new("kb/7", "Opening hours", vec![ContentBlock::text("9 to 5")]);
    /// let result = ToolResultBlock::new("toolu_01").content(vec![found.into()]);
    /// ```
    pub struct SearchResultBlock = "search_result",
        /// Creates a result with a title and text blocks, found at `source`.
        pub fn new;
    required {
        /// The origin of the result, for example a URL or a key; citations repeat it.
        source: String,
        /// The title of the result; citations repeat it.
        title: String,
        /// The text of the result, as text blocks.
        content: [ContentBlock],
    }
    optional {
        /// Whether the model may cite the result.
        citations: CitationsConfig,
        /// A cache marker, which caches the prompt up to and including this block.
        cache_control: CacheControl,
    }
}
