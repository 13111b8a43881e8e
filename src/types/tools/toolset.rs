//! Toolsets: one entry for many tools, without a name.

use crate::types::CacheControl;
use crate::types::mcp::McpTool;
use crate::wire::wire_struct;

wire_struct! {
    /// The tools of a browser.
    ///
    /// ```
    /// let tools = messages_api::types::tools::BrowserToolset20260801::new();
    /// ```
    pub struct BrowserToolset20260801 = "browser_toolset_20260801",
        /// All of them.
        pub fn new;
    required {}
    optional {
        /// Marks the end of a prefix to cache.
        cache_control: CacheControl,
        /// What is different for single tools, by their names.
        configs: {ToolsetMember},
    }
}

wire_struct! {
    /// The tools of a computer: screen, mouse and keyboard.
    ///
    /// ```
    /// let tools = messages_api::types::tools::ComputerToolset20260801::new();
    /// ```
    pub struct ComputerToolset20260801 = "computer_toolset_20260801",
        /// All of them.
        pub fn new;
    required {}
    optional {
        /// Marks the end of a prefix to cache.
        cache_control: CacheControl,
        /// What is different for single tools, by their names.
        configs: {ToolsetMember},
    }
}

wire_struct! {
    /// The tools of an MCP server of the request (beta).
    ///
    /// ```
    /// use messages_api::types::tools::{McpToolset, ToolsetMemberConfig};
    ///
    /// let tools = McpToolset::new("mail").default_config(ToolsetMemberConfig::new().defer_loading(true));
    /// ```
    pub struct McpToolset = "mcp_toolset",
        /// The tools of the server `mcp_server_name`.
        pub fn new;
    required {
        /// The MCP server.
        mcp_server_name: String,
    }
    optional {
        /// What holds for all tools that `configs` does not name.
        default_config: ToolsetMemberConfig,
        /// What is different for single tools, by their names.
        configs: {ToolsetMember},
        /// The tools, where they are known already.
        tools: [McpTool],
        /// Marks the end of a prefix to cache.
        cache_control: CacheControl,
    }
}

/// The settings of one tool of a toolset; `null` for the defaults.
type ToolsetMember = Option<ToolsetMemberConfig>;

wire_struct! {
    /// The settings of a tool of a toolset.
    ///
    /// ```
    /// let config = messages_api::types::tools::ToolsetMemberConfig::new().enabled(false);
    /// ```
    pub struct ToolsetMemberConfig,
        /// The defaults.
        pub fn new;
    required {}
    optional {
        /// Whether the tool may be called.
        enabled: bool,
        /// Whether it is left out until a tool search finds it.
        defer_loading: bool,
        /// Who may call it: `direct`, or a version of code execution.
        allowed_callers: [String],
    }
}
