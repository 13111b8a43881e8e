//! Search results, and references to tools that a search found.

use crate::model::{CacheControl, CitationsConfig, ContentBlock, ServerToolErrorCode};
use crate::wire::{wire_struct, wire_union};

wire_struct! {
    /// A search result that the caller gives, so that the answer can cite it.
    ///
    /// ```
    /// use messages_api::{ContentBlock, SearchResultBlock};
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

wire_struct! {
    /// A tool that was found, in the result of a tool search. The references
    /// in a [`ToolAdditionBlock`](crate::ToolAdditionBlock) are another
    /// object of the same `type`: [`NamedToolReference`].
    ///
    /// ```
    /// let block = messages_api::ToolReferenceBlock::new("get_weather");
    /// ```
    pub struct ToolReferenceBlock = "tool_reference",
        /// The tool `tool_name`.
        pub fn new;
    required {
        /// The tool.
        tool_name: String,
    }
    optional {
        /// Marks the end of a prefix to cache; requests only.
        cache_control: CacheControl,
    }
}

wire_struct! {
    /// A tool meant by its name.
    ///
    /// ```
    /// let reference = messages_api::NamedToolReference::new("get_weather");
    /// ```
    pub struct NamedToolReference = "tool_reference",
        /// The tool `name`.
        pub fn new;
    required {
        /// The tool.
        name: String,
    }
    optional {}
}

wire_struct! {
    /// What a tool search found.
    ///
    /// ```
    /// use messages_api::{ToolReferenceBlock, ToolSearchToolResultBlock, ToolSearchToolSearchResult};
    ///
    /// let found = ToolSearchToolSearchResult::new(vec![ToolReferenceBlock::new("get_weather")]);
    /// let block = ToolSearchToolResultBlock::new("srvtoolu_1", found);
    /// ```
    pub struct ToolSearchToolResultBlock = "tool_search_tool_result",
        /// The answer to the call `tool_use_id`.
        pub fn new;
    required {
        /// The `id` of the `server_tool_use` block that this answers.
        tool_use_id: String,
        /// The tools, or why there are none.
        content: ToolSearchToolResultContent,
    }
    optional {
        /// Marks the end of a prefix to cache; requests only.
        cache_control: CacheControl,
    }
}

wire_union! {
    /// What a tool search found, or why it found nothing.
    ///
    /// ```
    /// use messages_api::{ToolSearchToolResultContent, ToolSearchToolResultError};
    ///
    /// let content = ToolSearchToolResultContent::from(ToolSearchToolResultError::new("unavailable"));
    /// ```
    pub enum ToolSearchToolResultContent {
        /// The tools.
        Result(Box ToolSearchToolSearchResult) = "tool_search_tool_search_result",
        /// Why there are none.
        Error(Box ToolSearchToolResultError) = "tool_search_tool_result_error",
    }
}

wire_struct! {
    /// The tools that a tool search found.
    ///
    /// ```
    /// let result = messages_api::ToolSearchToolSearchResult::new(vec![]);
    /// ```
    pub struct ToolSearchToolSearchResult = "tool_search_tool_search_result",
        /// These tools.
        pub fn new;
    required {
        /// The tools.
        tool_references: [ToolReferenceBlock],
    }
    optional {}
}

wire_struct! {
    /// Why a tool search failed.
    ///
    /// ```
    /// let error = messages_api::ToolSearchToolResultError::new("unavailable");
    /// ```
    pub struct ToolSearchToolResultError = "tool_search_tool_result_error",
        /// The failure `error_code`.
        pub fn new;
    required {
        /// Why.
        error_code: ServerToolErrorCode,
    }
    optional {
        /// Why, for people.
        error_message: String,
    }
}
