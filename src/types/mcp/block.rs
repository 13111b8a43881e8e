//! The blocks of a message for which the API called an MCP server.

use crate::json::Json;
use crate::types::{CacheControl, ContentBlock};
use crate::wire::{wire_shape, wire_struct};

wire_struct! {
    /// A call to a tool on an MCP server, made by the model and run by the API (beta).
    ///
    /// The API sends it, followed by the [`McpToolResultBlock`] in the same message. The caller runs nothing;
    /// [`Message::tool_uses`](crate::types::Message::tool_uses) does not list it.
    pub struct McpToolUseBlock = "mcp_tool_use",
        /// Creates a call to the tool `name` on the server `server_name`.
        pub fn new;
    required {
        /// The id of the call, which its result repeats.
        id: String,
        /// The name of the tool.
        name: String,
    }
    defaulted {
        /// The `name` that the request gives to the server.
        server_name: String,
        /// The arguments, a JSON object.
        input: Json,
    }
    optional {
        /// A cache marker, which caches the prompt up to and including this block; only in requests.
        cache_control: CacheControl,
    }
}

wire_struct! {
    /// The output of a tool on an MCP server (beta).
    ///
    /// The API sends it after the [`McpToolUseBlock`] to which it belongs.
    pub struct McpToolResultBlock = "mcp_tool_result",
        /// Creates a result of the call `tool_use_id`, without content.
        pub fn new;
    required {
        /// The `id` of the [`McpToolUseBlock`].
        tool_use_id: String,
    }
    optional {
        /// The output of the tool, or the description of its failure.
        content: McpToolResultContent,
        /// Whether the tool failed.
        is_error: bool,
        /// A cache marker, which caches the prompt up to and including this block; only in requests.
        cache_control: CacheControl,
    }
}

wire_shape! {
    /// The content of an [`McpToolResultBlock`]: a string, or a list of text blocks (beta).
    ///
    /// ```
    /// use messages_api::ContentBlock;
    /// use messages_api::types::mcp::McpToolResultContent;
    ///
    /// let text = McpToolResultContent::from("sent");
    /// assert_eq!(serde_json::to_string(&text)?, r#""sent""#);
    ///
    /// let blocks = McpToolResultContent::from(vec![ContentBlock::text("sent")]);
    /// assert_eq!(serde_json::to_string(&blocks)?, r#"[{"type":"text","text":"sent"}]"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub enum McpToolResultContent, "a string or an array" {
        /// A plain string.
        Text = text(String),
        /// A list of blocks, all of them text.
        Blocks = list([ContentBlock]),
    }
}

wire_struct! {
    /// A record of the tools that an MCP server offers (beta).
    ///
    /// The API puts it into a message; the caller sends it back unchanged. It cannot carry a cache marker.
    pub struct McpToolListingBlock = "mcp_tool_listing",
        /// Creates a record of the `tools` that the server `mcp_server_name` offers.
        pub fn new;
    required {
        /// The `name` that the request gives to the server.
        mcp_server_name: String,
    }
    defaulted {
        /// The tools of the server.
        tools: [McpTool],
    }
    optional {}
}

wire_struct! {
    /// A tool that an MCP server offers (beta). Part of an [`McpToolListingBlock`] or an
    /// [`McpToolset`](crate::types::tools::McpToolset).
    pub struct McpTool,
        /// Creates the tool `name`, whose input must match `input_schema`.
        pub fn new;
    required {
        /// The name of the tool on its server.
        name: String,
    }
    defaulted {
        /// The JSON schema of the input; its key order is kept.
        input_schema: Json,
    }
    optional {
        /// A description of the tool for the model.
        description: String,
    }
}
