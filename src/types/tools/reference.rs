//! References to tools by name: two objects that share the wire type `tool_reference`.

use crate::types::CacheControl;
use crate::wire::wire_struct;

wire_struct! {
    /// A reference to a tool that a search found.
    ///
    /// It appears in the result of a tool search, either the API's
    /// ([`ToolSearchToolSearchResult`](crate::types::server_tools::ToolSearchToolSearchResult)) or one of the
    /// caller's own, as a block in a [`ToolResultBlock`](crate::types::ToolResultBlock). Tool changes and URL
    /// sources use [`NamedToolReference`] instead, which has the same `type` and another field.
    ///
    /// ```
    /// use messages_api::types::tools::{NamedToolReference, ToolReferenceBlock};
    ///
    /// let found = ToolReferenceBlock::new("get_weather");
    /// assert_eq!(serde_json::to_string(&found)?, r#"{"type":"tool_reference","tool_name":"get_weather"}"#);
    ///
    /// let named = NamedToolReference::new("get_weather");
    /// assert_eq!(serde_json::to_string(&named)?, r#"{"type":"tool_reference","name":"get_weather"}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct ToolReferenceBlock = "tool_reference",
        /// Creates a reference to the tool `tool_name`.
        pub fn new;
    required {
        /// The name of the tool, as the request defines it.
        tool_name: String,
    }
    optional {
        /// A cache marker, which caches the prompt up to and including this block; only in requests.
        cache_control: CacheControl,
    }
}

wire_struct! {
    /// A reference to a tool of the request by its name, in a
    /// [`ChangedTool`](crate::types::tools::ChangedTool) or in the
    /// [`UrlSources`](crate::types::server_tools::UrlSources) of a web fetch tool.
    ///
    /// Search results use [`ToolReferenceBlock`] instead.
    pub struct NamedToolReference = "tool_reference",
        /// Creates a reference to the tool `name`.
        pub fn new;
    required {
        /// The name of the tool, as the request defines it.
        name: String,
    }
    optional {}
}
