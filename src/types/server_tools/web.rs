//! Blocks of the web search and web fetch tools.

use crate::types::citations::CitationsConfig;
use crate::types::server_tools::{Caller, ServerToolErrorCode};
use crate::types::{CacheControl, DocumentSource};
use crate::wire::{wire_shape, wire_struct, wire_union};

wire_struct! {
    /// What a web search found.
    ///
    /// ```
    /// use messages_api::types::server_tools::{WebSearchResult, WebSearchToolResultBlock};
    ///
    /// let found = vec![WebSearchResult::new("https://example.test", "A page", "RW5j")];
    /// let block = WebSearchToolResultBlock::new("srvtoolu_1", found);
    /// ```
    pub struct WebSearchToolResultBlock = "web_search_tool_result",
        /// The answer to the call `tool_use_id`.
        pub fn new;
    required {
        /// The `id` of the `server_tool_use` block that this answers.
        tool_use_id: String,
        /// The results, or why there are none.
        content: WebSearchToolResultContent,
    }
    optional {
        /// Who called.
        caller: Caller,
        /// Marks the end of a prefix to cache; requests only.
        cache_control: CacheControl,
    }
}

wire_shape! {
    /// The results of a web search, or why there are none.
    ///
    /// ```
    /// use messages_api::types::server_tools::{
    ///     ServerToolErrorCode, WebSearchToolResultContent, WebSearchToolResultError,
    /// };
    ///
    /// let failed = WebSearchToolResultError::new(ServerToolErrorCode::MaxUsesExceeded);
    /// let content = WebSearchToolResultContent::from(failed);
    /// ```
    pub enum WebSearchToolResultContent, "an array or an error object" {
        /// The results.
        Results = list([WebSearchResult]),
        /// Why there are none.
        Error = object(WebSearchToolResultError),
    }
}

wire_struct! {
    /// One page that a web search found.
    ///
    /// ```
    /// let result = messages_api::types::server_tools::WebSearchResult::new("https://example.test", "A page", "RW5j").page_age("2 days");
    /// ```
    pub struct WebSearchResult = "web_search_result",
        /// The page at `url`.
        pub fn new;
    required {
        /// The page's address.
        url: String,
        /// The page's title.
        title: String,
        /// The page's content, which only the API can read.
        encrypted_content: String,
    }
    optional {
        /// How old the page is, in words.
        page_age: String,
    }
}

wire_struct! {
    /// Why a web search failed.
    ///
    /// ```
    /// let error = messages_api::types::server_tools::WebSearchToolResultError::new("unavailable");
    /// ```
    pub struct WebSearchToolResultError = "web_search_tool_result_error",
        /// The failure `error_code`.
        pub fn new;
    required {
        /// Why.
        error_code: ServerToolErrorCode,
    }
    optional {}
}

wire_struct! {
    /// What a web fetch brought.
    ///
    /// ```
    /// use messages_api::types::server_tools::{WebFetchToolResultBlock, WebFetchToolResultError};
    ///
    /// let block = WebFetchToolResultBlock::new("srvtoolu_1", WebFetchToolResultError::new("url_not_allowed"));
    /// ```
    pub struct WebFetchToolResultBlock = "web_fetch_tool_result",
        /// The answer to the call `tool_use_id`.
        pub fn new;
    required {
        /// The `id` of the `server_tool_use` block that this answers.
        tool_use_id: String,
        /// The page, or why there is none.
        content: WebFetchToolResultContent,
    }
    optional {
        /// Who called.
        caller: Caller,
        /// Marks the end of a prefix to cache; requests only.
        cache_control: CacheControl,
    }
}

wire_union! {
    /// The page that a web fetch brought, or why there is none.
    ///
    /// ```
    /// use messages_api::types::server_tools::{WebFetchToolResultContent, WebFetchToolResultError};
    ///
    /// let content = WebFetchToolResultContent::from(WebFetchToolResultError::new("url_not_allowed"));
    /// ```
    pub enum WebFetchToolResultContent {
        /// The page.
        Result(Box WebFetchResult) = "web_fetch_result",
        /// Why there is none.
        Error(WebFetchToolResultError) = "web_fetch_tool_result_error",
    }
}

wire_struct! {
    /// A page that a web fetch brought.
    ///
    /// ```
    /// use messages_api::types::TextSource;
    /// use messages_api::types::server_tools::{FetchedDocument, WebFetchResult};
    ///
    /// let result = WebFetchResult::new("https://example.test", FetchedDocument::new(TextSource::plain("a page")));
    /// ```
    pub struct WebFetchResult = "web_fetch_result",
        /// The page at `url`.
        pub fn new;
    required {
        /// The page's address.
        url: String,
        /// The page.
        content: FetchedDocument,
    }
    optional {
        /// When it was fetched, RFC 3339.
        retrieved_at: String,
    }
}

wire_struct! {
    /// The document that a web fetch brought.
    ///
    /// ```
    /// use messages_api::types::TextSource;
    /// use messages_api::types::server_tools::FetchedDocument;
    ///
    /// let document = FetchedDocument::new(TextSource::plain("a page")).title("A page");
    /// ```
    pub struct FetchedDocument = "document",
        /// The document at `source`.
        pub fn new;
    required {
        /// The content: text or a PDF's bytes.
        source: DocumentSource,
    }
    optional {
        /// The title.
        title: String,
        /// Whether the answer may cite it.
        citations: CitationsConfig,
        /// What the model should know about the document; requests only.
        context: String,
        /// Marks the end of a prefix to cache; requests only.
        cache_control: CacheControl,
    }
}

wire_struct! {
    /// Why a web fetch failed.
    ///
    /// ```
    /// let error = messages_api::types::server_tools::WebFetchToolResultError::new("url_not_accessible");
    /// ```
    pub struct WebFetchToolResultError = "web_fetch_tool_result_error",
        /// The failure `error_code`.
        pub fn new;
    required {
        /// Why.
        error_code: ServerToolErrorCode,
    }
    optional {}
}
