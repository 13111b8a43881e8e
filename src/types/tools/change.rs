//! Content blocks that need an `anthropic-beta` value, those of MCP and of fallbacks apart.

use crate::types::CacheControl;
use crate::types::tools::{NamedToolReference, Tool};
use crate::wire::{wire_struct, wire_union};

wire_struct! {
    /// A tool is added from here on; only in messages of the role `system`.
    ///
    /// ```
    /// use messages_api::types::tools::{NamedToolReference, ToolAdditionBlock};
    ///
    /// let block = ToolAdditionBlock::new(NamedToolReference::new("get_weather"));
    /// ```
    pub struct ToolAdditionBlock = "tool_addition",
        /// The tool `tool` is added.
        pub fn new;
    required {
        /// The tool.
        tool: ChangedTool,
    }
    optional {
        /// Marks the end of a prefix to cache.
        cache_control: CacheControl,
    }
}

wire_struct! {
    /// A tool is removed from here on; only in messages of the role `system`.
    ///
    /// ```
    /// use messages_api::types::tools::{NamedToolReference, ToolRemovalBlock};
    ///
    /// let block = ToolRemovalBlock::new(NamedToolReference::new("get_weather"));
    /// ```
    pub struct ToolRemovalBlock = "tool_removal",
        /// The tool `tool` is removed.
        pub fn new;
    required {
        /// The tool.
        tool: ChangedTool,
    }
    optional {
        /// Marks the end of a prefix to cache.
        cache_control: CacheControl,
    }
}

wire_union! {
    /// A tool that was added or removed.
    ///
    /// ```
    /// use messages_api::types::tools::{NamedToolReference, ToolAdditionBlock, ToolChange};
    ///
    /// let change = ToolChange::from(ToolAdditionBlock::new(NamedToolReference::new("get_weather")));
    /// ```
    pub enum ToolChange {
        /// One was added.
        Addition(Box ToolAdditionBlock) = "tool_addition",
        /// One was removed.
        Removal(Box ToolRemovalBlock) = "tool_removal",
    }
}

wire_union! {
    /// The tool that a change is about.
    ///
    /// ```
    /// use messages_api::types::tools::{ChangedTool, NamedToolReference};
    ///
    /// let tool = ChangedTool::from(NamedToolReference::new("get_weather"));
    /// ```
    pub enum ChangedTool {
        /// A tool of the request.
        Reference(NamedToolReference) = "tool_reference",
        /// A tool of an MCP server.
        McpReference(Box McpToolReference) = "mcp_tool_reference",
        /// All tools of an MCP server.
        McpToolsetReference(McpToolsetReference) = "mcp_toolset_reference",
        /// A tool defined here; additions only.
        Definition(Box ToolDefinition) = "tool_definition",
    }
}

wire_struct! {
    /// A tool of an MCP server.
    ///
    /// ```
    /// let reference = messages_api::types::tools::McpToolReference::new("mail", "send");
    /// ```
    pub struct McpToolReference = "mcp_tool_reference",
        /// The tool `name` of the server `server_name`.
        pub fn new;
    required {
        /// The MCP server.
        server_name: String,
        /// The tool.
        name: String,
    }
    optional {}
}

wire_struct! {
    /// All tools of an MCP server.
    ///
    /// ```
    /// let reference = messages_api::types::tools::McpToolsetReference::new("mail");
    /// ```
    pub struct McpToolsetReference = "mcp_toolset_reference",
        /// The tools of the server `server_name`.
        pub fn new;
    required {
        /// The MCP server.
        server_name: String,
    }
    optional {}
}

wire_struct! {
    /// A tool defined in the middle of a conversation.
    ///
    /// ```
    /// use messages_api::{CustomTool, Json, Tool};
    /// use messages_api::types::tools::ToolDefinition;
    ///
    /// let tool = ToolDefinition::new(Tool::from(CustomTool::new("now", Json::parse(r#"{"type":"object"}"#)?)));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct ToolDefinition = "tool_definition",
        /// The tool `definition`.
        pub fn new;
    required {
        /// Any entry that `tools` may hold.
        definition: Tool,
    }
    optional {}
}
