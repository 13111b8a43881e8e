//! Where text is quoted from.

use crate::wire::{wire_struct, wire_union};

wire_union! {
    /// Where a piece of text is quoted from.
    ///
    /// ```
    /// use messages_api::types::citations::{Citation, CitationCharLocation};
    ///
    /// let citation = Citation::from(CitationCharLocation::new("the quote", 0, 5, 14));
    /// assert_eq!(citation.type_name(), "char_location");
    /// ```
    pub enum Citation {
        /// Characters of a plain-text document.
        CharLocation(Box CitationCharLocation) = "char_location",
        /// Pages of a PDF.
        PageLocation(Box CitationPageLocation) = "page_location",
        /// Blocks of a document made of blocks.
        ContentBlockLocation(Box CitationContentBlockLocation) = "content_block_location",
        /// A web search result.
        WebSearchResultLocation(Box CitationWebSearchResultLocation) = "web_search_result_location",
        /// A search result that the caller gave.
        SearchResultLocation(Box CitationSearchResultLocation) = "search_result_location",
    }
}

wire_struct! {
    /// Characters of a plain-text document.
    ///
    /// ```
    /// let citation = messages_api::types::citations::CitationCharLocation::new("the quote", 0, 5, 14).document_title("Minutes");
    /// ```
    pub struct CitationCharLocation = "char_location", fn from_parts;
    required {
        /// The quoted text.
        cited_text: String,
        /// The document's place among those of the request, from 0 on.
        document_index: u64,
        /// The first character, from 0 on.
        start_char_index: u64,
        /// The character after the last.
        end_char_index: u64,
    }
    optional {
        /// The document's title.
        document_title: String,
        /// The document's file; answers only.
        file_id: String,
    }
}

wire_struct! {
    /// Pages of a PDF.
    ///
    /// ```
    /// let citation = messages_api::types::citations::CitationPageLocation::new("the quote", 0, 1, 2);
    /// ```
    pub struct CitationPageLocation = "page_location", fn from_parts;
    required {
        /// The quoted text.
        cited_text: String,
        /// The document's place among those of the request, from 0 on.
        document_index: u64,
        /// The first page, from 1 on.
        start_page_number: u64,
        /// The page after the last.
        end_page_number: u64,
    }
    optional {
        /// The document's title.
        document_title: String,
        /// The document's file; answers only.
        file_id: String,
    }
}

wire_struct! {
    /// Blocks of a document made of blocks.
    ///
    /// ```
    /// let citation = messages_api::types::citations::CitationContentBlockLocation::new("the quote", 0, 0, 1);
    /// ```
    pub struct CitationContentBlockLocation = "content_block_location", fn from_parts;
    required {
        /// The quoted text.
        cited_text: String,
        /// The document's place among those of the request, from 0 on.
        document_index: u64,
        /// The first block, from 0 on.
        start_block_index: u64,
        /// The block after the last.
        end_block_index: u64,
    }
    optional {
        /// The document's title.
        document_title: String,
        /// The document's file; answers only.
        file_id: String,
    }
}

/// The three locations within a document are made alike; their title is
/// `null` until it is set, as the API demands one or the other.
macro_rules! new_location {
    ($($name:ident, $start:ident, $end:ident;)*) => {$(
        impl $name {
            /// A quote from the document `document_index`, which has no title.
            pub fn new(cited_text: impl Into<String>, document_index: u64, $start: u64, $end: u64) -> Self {
                Self::from_parts(cited_text, document_index, $start, $end).with_nulls(const { Self::places(["document_title"]) })
            }
        }
    )*};
}

new_location! {
    CitationCharLocation, start_char_index, end_char_index;
    CitationPageLocation, start_page_number, end_page_number;
    CitationContentBlockLocation, start_block_index, end_block_index;
}

wire_struct! {
    /// A web search result.
    ///
    /// ```
    /// let citation = messages_api::types::citations::CitationWebSearchResultLocation::new("the quote", "RW5j", "https://example.test");
    /// ```
    pub struct CitationWebSearchResultLocation = "web_search_result_location", fn from_parts;
    required {
        /// The quoted text.
        cited_text: String,
        /// What the API finds the quote by.
        encrypted_index: String,
        /// The page's address.
        url: String,
    }
    optional {
        /// The page's title.
        title: String,
    }
}

impl CitationWebSearchResultLocation {
    /// A quote from the page at `url`, which has no title.
    pub fn new(
        cited_text: impl Into<String>,
        encrypted_index: impl Into<String>,
        url: impl Into<String>,
    ) -> Self {
        Self::from_parts(cited_text, encrypted_index, url).with_nulls(const { Self::places(["title"]) })
    }
}

wire_struct! {
    /// A search result that the caller gave.
    ///
    /// ```
    /// let citation = messages_api::types::citations::CitationSearchResultLocation::new("the quote", 0, "kb/1", 0, 1);
    /// ```
    pub struct CitationSearchResultLocation = "search_result_location", fn from_parts;
    required {
        /// The quoted text.
        cited_text: String,
        /// The result's place among those of the request, from 0 on.
        search_result_index: u64,
        /// The result's source.
        source: String,
        /// The first block, from 0 on.
        start_block_index: u64,
        /// The block after the last.
        end_block_index: u64,
    }
    optional {
        /// The result's title.
        title: String,
    }
}

impl CitationSearchResultLocation {
    /// A quote from the search result `search_result_index`, which has no title.
    pub fn new(
        cited_text: impl Into<String>,
        search_result_index: u64,
        source: impl Into<String>,
        start_block_index: u64,
        end_block_index: u64,
    ) -> Self {
        Self::from_parts(cited_text, search_result_index, source, start_block_index, end_block_index)
            .with_nulls(const { Self::places(["title"]) })
    }
}

wire_struct! {
    /// Whether an answer may cite.
    ///
    /// ```
    /// let citations = messages_api::types::citations::CitationsConfig::new().enabled(true);
    /// ```
    pub struct CitationsConfig,
        /// The API's default.
        pub fn new;
    required {}
    optional {
        /// Whether it may.
        enabled: bool,
    }
}
