//! Changes to the tools of a conversation: blocks that add or remove a tool between two turns.

use crate::types::CacheControl;
use crate::types::tools::{NamedToolReference, Tool};
use crate::wire::{wire_struct, wire_union};

wire_struct! {
    /// A block that makes a tool available to the model from this point in the conversation on (beta).
    ///
    /// The caller sends it in a message with the role [`System`](crate::types::Role::System); its opposite is
    /// [`ToolRemovalBlock`]. A [`ToolDefinition`] brings in a tool that the request's `tools` do not list.
    ///
    /// ```
    /// use messages_api::types::tools::{NamedToolReference, ToolAdditionBlock};
    /// use messages_api::{ContentBlock, CreateMessageRequest, InputMessage, Role};
    ///
    /// let addition = ToolAdditionBlock::new(NamedToolReference::new("get_weather"));
    /// let request = CreateMessageRequest::new("claude-sonnet-5", 512)
    ///     .user("Do I need an umbrella in Oslo?")
    ///     .message(InputMessage::new(Role::System, vec![ContentBlock::from(addition)]));
    ///
    /// let json = serde_json::to_value(&request)?;
    /// assert_eq!(json["messages"][1]["content"][0]["tool"]["name"], "get_weather");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct ToolAdditionBlock = "tool_addition",
        /// Creates a block that adds `tool`.
        pub fn new;
    required {
        /// The tool to add.
        tool: ChangedTool,
    }
    optional {
        /// A cache marker, which caches the prompt up to and including this block.
        cache_control: CacheControl,
    }
}

wire_struct! {
    /// A block that takes a tool away from the model from this point in the conversation on (beta).
    ///
    /// The caller sends it in a message with the role [`System`](crate::types::Role::System); its opposite is
    /// [`ToolAdditionBlock`].
    pub struct ToolRemovalBlock = "tool_removal",
        /// Creates a block that removes `tool`.
        pub fn new;
    required {
        /// The tool to remove; a [`ToolDefinition`] is not allowed here.
        tool: ChangedTool,
    }
    optional {
        /// A cache marker, which caches the prompt up to and including this block.
        cache_control: CacheControl,
    }
}

wire_union! {
    /// The addition or removal of a tool, as a [`CompactionBlock`](crate::types::context::CompactionBlock)
    /// lists it (beta).
    ///
    /// In a message the same two objects are variants of [`ContentBlock`](crate::types::ContentBlock).
    pub enum ToolChange {
        /// A tool became available.
        Addition(Boxed ToolAdditionBlock) = "tool_addition",
        /// A tool was taken away.
        Removal(Boxed ToolRemovalBlock) = "tool_removal",
    }
}

wire_union! {
    /// The tool that a [`ToolAdditionBlock`] adds or a [`ToolRemovalBlock`] removes: a reference to a known
    /// tool, or the definition of a new one (beta).
    pub enum ChangedTool {
        /// Refers to a tool of the request by its name.
        Reference(NamedToolReference) = "tool_reference",
        /// Refers to one tool of an MCP server.
        McpReference(Boxed McpToolReference) = "mcp_tool_reference",
        /// Refers to all tools of an MCP server.
        McpToolsetReference(McpToolsetReference) = "mcp_toolset_reference",
        /// Defines the tool in place; additions only.
        Definition(Boxed ToolDefinition) = "tool_definition",
    }
}

wire_struct! {
    /// A reference to one tool of an MCP server (beta).
    ///
    /// Variant of [`ChangedTool`]; [`McpToolsetReference`] refers to all tools of the server.
    pub struct McpToolReference = "mcp_tool_reference",
        /// Creates a reference to the tool `name` of the server `server_name`.
        pub fn new;
    required {
        /// The name that the request gives to the MCP server.
        server_name: String,
        /// The name of the tool.
        name: String,
    }
    optional {}
}

wire_struct! {
    /// A reference to all tools of an MCP server (beta).
    ///
    /// Variant of [`ChangedTool`]; [`McpToolReference`] refers to a single one.
    pub struct McpToolsetReference = "mcp_toolset_reference",
        /// Creates a reference to the tools of the server `server_name`.
        pub fn new;
    required {
        /// The name that the request gives to the MCP server.
        server_name: String,
    }
    optional {}
}

wire_struct! {
    /// A tool that is defined in the middle of a conversation instead of in the request's `tools` (beta).
    ///
    /// Variant of [`ChangedTool`], for additions only.
    ///
    /// ```
    /// use messages_api::types::tools::{ToolAdditionBlock, ToolDefinition};
    /// use messages_api::{CustomTool, Json};
    ///
    /// let tool = CustomTool::new("now", Json::parse(r#"{"type":"object"}"#)?);
    /// let block = ToolAdditionBlock::new(ToolDefinition::new(tool));
    /// assert_eq!(
    ///     serde_json::to_string(&block.tool)?,
    ///     r#"{"type":"tool_definition","definition":{"name":"now","input_schema":{"type":"object"}}}"#,
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct ToolDefinition = "tool_definition",
        /// Creates the definition of a tool from any entry that `tools` may hold.
        pub fn new;
    required {
        /// The definition, as it would stand in the request's `tools`.
        definition: Tool,
    }
    optional {}
}
