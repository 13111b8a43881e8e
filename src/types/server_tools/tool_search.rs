//! The results of the tool search tools.

use crate::types::CacheControl;
use crate::types::server_tools::ServerToolErrorCode;
use crate::types::tools::ToolReferenceBlock;
use crate::wire::{wire_struct, wire_union};

wire_struct! {
    /// The result of a tool search: references to deferred tools, which the model can call from then on.
    ///
    /// The API sends it for a call to a
    /// [`ToolSearchToolBm25`](crate::types::server_tools::ToolSearchToolBm25) or a
    /// [`ToolSearchToolRegex`](crate::types::server_tools::ToolSearchToolRegex) in any version; the caller
    /// sends it back unchanged.
    ///
    /// ```
    /// use messages_api::types::server_tools::{ToolSearchToolResultBlock, ToolSearchToolResultContent};
    ///
    /// let block: ToolSearchToolResultBlock = serde_json::from_str(r#"{
    ///     "type": "tool_search_tool_result", "tool_use_id": "srvtoolu_1",
    ///     "content": {
    ///         "type": "tool_search_tool_search_result",
    ///         "tool_references": [{"type": "tool_reference", "tool_name": "get_weather"}]
    ///     }
    /// }"#)?;
    /// let ToolSearchToolResultContent::Result(found) = &block.content else { panic!("the search failed") };
    /// assert_eq!(found.tool_references[0].tool_name, "get_weather");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct ToolSearchToolResultBlock = "tool_search_tool_result",
        /// Creates the result of the call `tool_use_id`.
        pub fn new;
    required {
        /// The `id` of the [`ServerToolUseBlock`](crate::types::server_tools::ServerToolUseBlock).
        tool_use_id: String,
        /// The tools that were found, or the reason why the search failed.
        content: ToolSearchToolResultContent,
    }
    optional {
        /// A cache marker, which caches the prompt up to and including this block; only in requests.
        cache_control: CacheControl,
    }
}

wire_union! {
    /// The content of a [`ToolSearchToolResultBlock`].
    pub enum ToolSearchToolResultContent {
        /// The search succeeded, possibly without finding a tool.
        Result(Boxed ToolSearchToolSearchResult) = "tool_search_tool_search_result",
        /// The search failed.
        Error(Boxed ToolSearchToolResultError) = "tool_search_tool_result_error",
    }
}

wire_struct! {
    /// The tools that a tool search found.
    ///
    /// Variant of [`ToolSearchToolResultContent`].
    pub struct ToolSearchToolSearchResult = "tool_search_tool_search_result",
        /// Creates the result of a search that found `tool_references`.
        pub fn new;
    required {}
    defaulted {
        /// References to the tools that were found.
        tool_references: [ToolReferenceBlock],
    }
    optional {}
}

wire_struct! {
    /// The failure of a tool search.
    ///
    /// Variant of [`ToolSearchToolResultContent`].
    pub struct ToolSearchToolResultError = "tool_search_tool_result_error",
        /// Creates the failure with the code `error_code`.
        pub fn new;
    required {
        /// The reason for the failure.
        error_code: ServerToolErrorCode,
    }
    optional {
        /// The reason for the failure, in words.
        error_message: String,
    }
}
