//! MCP servers that the API talks to (beta), and the blocks they give.

use crate::json::Json;
use crate::types::{CacheControl, ContentBlock};
use crate::wire::{wire_shape, wire_struct};

wire_struct! {
    /// The model calls a tool of an MCP server. The result follows in the same
    /// answer.
    ///
    /// ```
    /// let block = messages_api::types::mcp::McpToolUseBlock::new("mcptoolu_1", "send", "mail", messages_api::Json::empty_object());
    /// ```
    pub struct McpToolUseBlock = "mcp_tool_use",
        /// A call of the tool `name` of the server `server_name`.
        pub fn new;
    required {
        /// Names this call; the result repeats it.
        id: String,
        /// The tool.
        name: String,
        /// The MCP server.
        server_name: String,
        /// The arguments.
        input: Json,
    }
    optional {
        /// Marks the end of a prefix to cache; requests only.
        cache_control: CacheControl,
    }
}

wire_struct! {
    /// What a tool of an MCP server gave.
    ///
    /// ```
    /// let block = messages_api::types::mcp::McpToolResultBlock::new("mcptoolu_1").content("sent").is_error(false);
    /// ```
    pub struct McpToolResultBlock = "mcp_tool_result",
        /// The answer to the call `tool_use_id`, without content.
        pub fn new;
    required {
        /// The `id` of the `mcp_tool_use` block that this answers.
        tool_use_id: String,
    }
    optional {
        /// What the tool gave.
        content: McpToolResultContent,
        /// Whether it failed.
        is_error: bool,
        /// Marks the end of a prefix to cache; requests only.
        cache_control: CacheControl,
    }
}

wire_shape! {
    /// The content of a [`McpToolResultBlock`].
    ///
    /// ```
    /// let content = messages_api::types::mcp::McpToolResultContent::from("sent");
    /// ```
    pub enum McpToolResultContent, "a string or an array" {
        /// A plain string.
        Text = text(String),
        /// Text blocks.
        Blocks = list([ContentBlock]),
    }
}

wire_struct! {
    /// The tools that an MCP server offered. Send it back unchanged.
    ///
    /// ```
    /// use messages_api::Json;
    /// use messages_api::types::mcp::{McpTool, McpToolListingBlock};
    ///
    /// let block = McpToolListingBlock::new("mail", vec![McpTool::new("send", Json::parse(r#"{"type":"object"}"#)?)]);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct McpToolListingBlock = "mcp_tool_listing",
        /// The tools of the server `mcp_server_name`.
        pub fn new;
    required {
        /// The MCP server.
        mcp_server_name: String,
        /// Its tools.
        tools: [McpTool],
    }
    optional {}
}

wire_struct! {
    /// A tool that an MCP server offers.
    ///
    /// ```
    /// let tool = messages_api::types::mcp::McpTool::new("send", messages_api::Json::empty_object()).description("Send a mail");
    /// ```
    pub struct McpTool,
        /// The tool `name`, whose input fits `input_schema`.
        pub fn new;
    required {
        /// The tool.
        name: String,
        /// A JSON schema; its key order is kept.
        input_schema: Json,
    }
    optional {
        /// What it does.
        description: String,
    }
}
