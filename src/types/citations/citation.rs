//! The locations that citations refer to.

use crate::wire::{wire_struct, wire_union};

wire_union! {
    /// A quotation from a source, with its location.
    ///
    /// Part of `citations` in a [`TextBlock`](crate::types::TextBlock). The source determines the type of the
    /// citation: a plain-text document, a PDF, a document made of blocks, a page found on the web, or a
    /// search result from the caller. Citations are sent back along with their text block.
    pub enum Citation {
        /// Cites a range of characters in a plain-text document.
        CharLocation(Box CitationCharLocation) = "char_location",
        /// Cites a range of pages in a PDF document.
        PageLocation(Box CitationPageLocation) = "page_location",
        /// Cites a range of blocks in a document that consists of blocks.
        ContentBlockLocation(Box CitationContentBlockLocation) = "content_block_location",
        /// Cites a page that a web search found.
        WebSearchResultLocation(Box CitationWebSearchResultLocation) = "web_search_result_location",
        /// Cites a range of blocks in a search result that the caller provided.
        SearchResultLocation(Box CitationSearchResultLocation) = "search_result_location",
    }
}

wire_struct! {
    /// A citation of a range of characters in a plain-text document. Variant of [`Citation`].
    pub struct CitationCharLocation = "char_location", fn from_parts;
    required {
        /// The zero-based index of the document among all documents of the request.
        document_index: u64,
        /// The zero-based index of the first character.
        start_char_index: u64,
        /// The index after the last character, greater than the start.
        end_char_index: u64,
    }
    defaulted {
        /// The quoted text.
        cited_text: String,
    }
    optional {
        /// The title of the document; `null` if it has none.
        document_title: String,
        /// The id of the file that contains the document; only in messages from the API.
        file_id: String,
    }
}

wire_struct! {
    /// A citation of a range of pages in a PDF document. Variant of [`Citation`].
    pub struct CitationPageLocation = "page_location", fn from_parts;
    required {
        /// The zero-based index of the document among all documents of the request.
        document_index: u64,
        /// The number of the first page, counted from 1.
        start_page_number: u64,
        /// The number after the last page, greater than the start.
        end_page_number: u64,
    }
    defaulted {
        /// The quoted text.
        cited_text: String,
    }
    optional {
        /// The title of the document; `null` if it has none.
        document_title: String,
        /// The id of the file that contains the document; only in messages from the API.
        file_id: String,
    }
}

wire_struct! {
    /// A citation of a range of blocks in a document that consists of blocks. Variant of
    /// [`Citation`].
    ///
    /// Such a document has a [`ContentSource`](crate::types::ContentSource).
    pub struct CitationContentBlockLocation = "content_block_location", fn from_parts;
    required {
        /// The zero-based index of the document among all documents of the request.
        document_index: u64,
        /// The zero-based index of the first block.
        start_block_index: u64,
        /// The index after the last block, greater than the start.
        end_block_index: u64,
    }
    defaulted {
        /// The quoted text.
        cited_text: String,
    }
    optional {
        /// The title of the document; `null` if it has none.
        document_title: String,
        /// The id of the file that contains the document; only in messages from the API.
        file_id: String,
    }
}

/// Implements `new` for the three locations within a document.
///
/// The API requires `document_title` to be present, so it is written as `null` until it is set.
macro_rules! new_location {
    ($($name:ident, $start:ident, $end:ident;)*) => {$(
        impl $name {
            /// Creates a citation of a range in a document without a title. The end is exclusive.
            pub fn new(cited_text: impl Into<String>, document_index: u64, $start: u64, $end: u64) -> Self {
                Self::from_parts(document_index, $start, $end, cited_text).with_nulls(const { Self::places(["document_title"]) })
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
    /// A citation of a page that a web search found. Variant of [`Citation`].
    pub struct CitationWebSearchResultLocation = "web_search_result_location", fn from_parts;
    required {
        /// The URL of the page, at most 2048 characters long.
        url: String,
    }
    defaulted {
        /// The quoted text.
        cited_text: String,
        /// A reference by which the API finds the quoted passage again; opaque.
        encrypted_index: String,
    }
    optional {
        /// The title of the page, at most 512 characters long; `null` if it has none.
        title: String,
    }
}

impl CitationWebSearchResultLocation {
    /// Creates a citation of the page at `url`, without a title.
    pub fn new(
        cited_text: impl Into<String>,
        encrypted_index: impl Into<String>,
        url: impl Into<String>,
    ) -> Self {
        Self::from_parts(url, cited_text, encrypted_index).with_nulls(const { Self::places(["title"]) })
    }
}

wire_struct! {
    /// A citation of a range of blocks in a search result that the caller provided. Variant of
    /// [`Citation`].
    ///
    /// The caller provides search results as
    /// [`SearchResultBlock`](crate::types::SearchResultBlock)s.
    pub struct CitationSearchResultLocation = "search_result_location", fn from_parts;
    required {
        /// The zero-based index of the search result among all search results of the request.
        search_result_index: u64,
        /// The source of the search result, as the caller stated it.
        source: String,
        /// The zero-based index of the first block.
        start_block_index: u64,
        /// The index after the last block, greater than the start.
        end_block_index: u64,
    }
    defaulted {
        /// The quoted text.
        cited_text: String,
    }
    optional {
        /// The title of the search result, at most 512 characters long; `null` if it has none.
        title: String,
    }
}

impl CitationSearchResultLocation {
    /// Creates a citation of a range in a search result without a title. The end is exclusive.
    pub fn new(
        cited_text: impl Into<String>,
        search_result_index: u64,
        source: impl Into<String>,
        start_block_index: u64,
        end_block_index: u64,
    ) -> Self {
        Self::from_parts(search_result_index, source, start_block_index, end_block_index, cited_text)
            .with_nulls(const { Self::places(["title"]) })
    }
}
