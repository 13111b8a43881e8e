//! Search results, and references to tools that a search found.

use crate::types::CacheControl;
use crate::types::server_tools::ServerToolErrorCode;
use crate::types::tools::ToolReferenceBlock;
use crate::wire::{wire_struct, wire_union};

wire_struct! {
    /// What a tool search found.
    ///
    /// ```
    /// use messages_api::types::server_tools::{ToolSearchToolResultBlock, ToolSearchToolSearchResult};
    /// use messages_api::types::tools::ToolReferenceBlock;
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
    /// use messages_api::types::server_tools::{ToolSearchToolResultContent, ToolSearchToolResultError};
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
    /// let result = messages_api::types::server_tools::ToolSearchToolSearchResult::new(vec![]);
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
    /// let error = messages_api::types::server_tools::ToolSearchToolResultError::new("unavailable");
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
