//! The results of the web search and web fetch tools.

use crate::types::citations::CitationsConfig;
use crate::types::server_tools::{Caller, ServerToolErrorCode};
use crate::types::{CacheControl, DocumentSource};
use crate::wire::{wire_shape, wire_struct, wire_union};

wire_struct! {
    /// The result of a web search, run by a
    /// [`WebSearchTool20260318`](crate::types::server_tools::WebSearchTool20260318) or an earlier version.
    ///
    /// The API sends it; the caller sends it back unchanged, including the encrypted content.
    ///
    /// ```
    /// use messages_api::types::server_tools::{WebSearchToolResultBlock, WebSearchToolResultContent};
    ///
    /// let block: WebSearchToolResultBlock = serde_json::from_str(r#"{
    ///     "type": "web_search_tool_result", "tool_use_id": "srvtoolu_1",
    ///     "content": {"type": "web_search_tool_result_error", "error_code": "max_uses_exceeded"}
    /// }"#)?;
    /// match &block.content {
    ///     WebSearchToolResultContent::Results(pages) => println!("{} pages", pages.len()),
    ///     WebSearchToolResultContent::Error(error) => println!("no results: {}", error.error_code),
    ///     _ => {}
    /// }
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct WebSearchToolResultBlock = "web_search_tool_result",
        /// Creates the result of the call `tool_use_id`.
        pub fn new;
    required {
        /// The `id` of the [`ServerToolUseBlock`](crate::types::server_tools::ServerToolUseBlock).
        tool_use_id: String,
        /// The pages that were found, or the reason why the search failed.
        content: WebSearchToolResultContent,
    }
    optional {
        /// The origin of the call: the model itself, or code that the model runs.
        caller: Caller,
        /// A cache marker, which caches the prompt up to and including this block; only in requests.
        cache_control: CacheControl,
    }
}

wire_shape! {
    /// The content of a [`WebSearchToolResultBlock`]: a list of pages, or an error object.
    pub enum WebSearchToolResultContent, "an array or an error object" {
        /// The search succeeded and found these pages.
        Results = list([WebSearchResult]),
        /// The search failed.
        Error = object(WebSearchToolResultError),
    }
}

wire_struct! {
    /// A page that a web search found, part of a [`WebSearchToolResultContent`].
    pub struct WebSearchResult = "web_search_result",
        /// Creates a search result for the page at `url`.
        pub fn new;
    required {
        /// The URL of the page.
        url: String,
    }
    defaulted {
        /// The title of the page.
        title: String,
        /// The content of the page in encrypted form, which only the API can read.
        encrypted_content: String,
    }
    optional {
        /// The age of the page in words, such as `2 days ago`.
        page_age: String,
    }
}

wire_struct! {
    /// The failure of a web search.
    ///
    /// Variant of [`WebSearchToolResultContent`].
    pub struct WebSearchToolResultError = "web_search_tool_result_error",
        /// Creates the failure with the code `error_code`.
        pub fn new;
    required {
        /// The reason for the failure.
        error_code: ServerToolErrorCode,
    }
    optional {}
}

wire_struct! {
    /// The result of a web fetch, run by a
    /// [`WebFetchTool20260318`](crate::types::server_tools::WebFetchTool20260318) or an earlier version.
    ///
    /// The API sends it; the caller sends it back unchanged.
    ///
    /// ```
    /// use messages_api::types::DocumentSource;
    /// use messages_api::types::server_tools::{WebFetchToolResultBlock, WebFetchToolResultContent};
    ///
    /// let block: WebFetchToolResultBlock = serde_json::from_str(r#"{
    ///     "type": "web_fetch_tool_result", "tool_use_id": "srvtoolu_1",
    ///     "content": {
    ///         "type": "web_fetch_result", "url": "https://example.test",
    ///         "content": {
    ///             "type": "document", "title": "Forecast",
    ///             "source": {"type": "text", "media_type": "text/plain", "data": "Rain in Oslo."}
    ///         }
    ///     }
    /// }"#)?;
    /// let WebFetchToolResultContent::Result(page) = &block.content else { panic!("the fetch failed") };
    /// let DocumentSource::Text(text) = &page.content.source else { panic!("not a text") };
    /// assert_eq!(text.data, "Rain in Oslo.");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct WebFetchToolResultBlock = "web_fetch_tool_result",
        /// Creates the result of the call `tool_use_id`.
        pub fn new;
    required {
        /// The `id` of the [`ServerToolUseBlock`](crate::types::server_tools::ServerToolUseBlock).
        tool_use_id: String,
        /// The page, or the reason why the fetch failed.
        content: WebFetchToolResultContent,
    }
    optional {
        /// The origin of the call: the model itself, or code that the model runs.
        caller: Caller,
        /// A cache marker, which caches the prompt up to and including this block; only in requests.
        cache_control: CacheControl,
    }
}

wire_union! {
    /// The content of a [`WebFetchToolResultBlock`].
    pub enum WebFetchToolResultContent {
        /// The fetch succeeded.
        Result(Boxed WebFetchResult) = "web_fetch_result",
        /// The fetch failed.
        Error(WebFetchToolResultError) = "web_fetch_tool_result_error",
    }
}

wire_struct! {
    /// A fetched page.
    ///
    /// Variant of [`WebFetchToolResultContent`].
    pub struct WebFetchResult = "web_fetch_result",
        /// Creates the result for the page at `url`.
        pub fn new;
    required {
        /// The URL of the page.
        url: String,
        /// The content of the page.
        content: FetchedDocument,
    }
    optional {
        /// The time at which the page was fetched, in RFC 3339 format.
        retrieved_at: String,
    }
}

wire_struct! {
    /// The content of a fetched page, part of a [`WebFetchResult`].
    ///
    /// On the wire it is a `document`, like the [`DocumentBlock`](crate::types::DocumentBlock) of a caller.
    pub struct FetchedDocument = "document",
        /// Creates a document from `source`.
        pub fn new;
    required {
        /// The content itself: plain text, or the bytes of a PDF.
        source: DocumentSource,
    }
    optional {
        /// The title of the page.
        title: String,
        /// Whether the model may cite the page.
        citations: CitationsConfig,
        /// Information about the document for the model, in requests.
        context: String,
        /// A cache marker, which caches the prompt up to and including this document; only in requests.
        cache_control: CacheControl,
    }
}

wire_struct! {
    /// The failure of a web fetch.
    ///
    /// Variant of [`WebFetchToolResultContent`].
    pub struct WebFetchToolResultError = "web_fetch_tool_result_error",
        /// Creates the failure with the code `error_code`.
        pub fn new;
    required {
        /// The reason for the failure.
        error_code: ServerToolErrorCode,
    }
    optional {}
}
