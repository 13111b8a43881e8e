//! Toolsets: single entries of `tools` that stand for several tools and have no name.

use crate::types::CacheControl;
use crate::types::mcp::McpTool;
use crate::wire::wire_struct;

wire_struct! {
    /// A set of tools with which the model controls the caller's browser.
    ///
    /// The model calls a member, such as `navigate`, `find` or `left_click`, in a
    /// [`ToolUseBlock`](crate::types::ToolUseBlock) whose `toolset_name` is `browser`. The caller runs the
    /// call and repeats the `toolset_name` in the [`ToolResultBlock`](crate::types::ToolResultBlock), which
    /// may report the open tabs with a [`BrowserStateBlock`](crate::types::tools::BrowserStateBlock).
    ///
    /// ```
    /// use messages_api::types::tools::{BrowserToolset20260801, ToolsetMemberConfig};
    ///
    /// let no_scripts = ToolsetMemberConfig::new().enabled(false);
    /// let tools = BrowserToolset20260801::new()
    ///     .configs([("javascript_exec".to_owned(), Some(no_scripts))].into());
    /// assert_eq!(
    ///     serde_json::to_string(&tools)?,
    ///     r#"{"type":"browser_toolset_20260801","configs":{"javascript_exec":{"enabled":false}}}"#,
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct BrowserToolset20260801 = "browser_toolset_20260801",
        /// Creates a toolset in which every member has its default settings.
        pub fn new;
    required {}
    optional {
        /// A cache marker, which caches the prompt up to and including this toolset.
        cache_control: CacheControl,
        /// The settings of individual members by name, `None` for the defaults; unknown names are rejected.
        configs: {ToolsetMember},
    }
}

wire_struct! {
    /// A set of tools with which the model controls the screen, mouse and keyboard of the caller's computer.
    ///
    /// The model calls a member, such as `screenshot`, `left_click` or `type`, in a
    /// [`ToolUseBlock`](crate::types::ToolUseBlock) whose `toolset_name` is `computer`. The caller runs the
    /// call and repeats the `toolset_name` in the [`ToolResultBlock`](crate::types::ToolResultBlock). The
    /// tool [`ToolComputerUse20251124`](crate::types::tools::ToolComputerUse20251124) and its predecessors,
    /// which have no members, are the beta alternative.
    ///
    /// ```
    /// use messages_api::types::tools::ComputerToolset20260801;
    ///
    /// let tools = ComputerToolset20260801::new();
    /// assert_eq!(serde_json::to_string(&tools)?, r#"{"type":"computer_toolset_20260801"}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct ComputerToolset20260801 = "computer_toolset_20260801",
        /// Creates a toolset in which every member has its default settings.
        pub fn new;
    required {}
    optional {
        /// A cache marker, which caches the prompt up to and including this toolset.
        cache_control: CacheControl,
        /// The settings of individual members by name, `None` for the defaults; unknown names are rejected.
        configs: {ToolsetMember},
    }
}

wire_struct! {
    /// The tools of an MCP server that the request names in `mcp_servers` (beta).
    ///
    /// The API calls the server itself: a call appears as an
    /// [`McpToolUseBlock`](crate::types::mcp::McpToolUseBlock) and its result as an
    /// [`McpToolResultBlock`](crate::types::mcp::McpToolResultBlock) in the same message. Requires a beta
    /// header such as `mcp-client-2025-11-20`.
    ///
    /// ```
    /// use messages_api::types::tools::{McpToolset, ToolsetMemberConfig};
    ///
    /// // The model may call no tool of the server but `send`.
    /// let tools = McpToolset::new("mail")
    ///     .default_config(ToolsetMemberConfig::new().enabled(false))
    ///     .configs([("send".to_owned(), Some(ToolsetMemberConfig::new().enabled(true)))].into());
    /// assert_eq!(
    ///     serde_json::to_string(&tools)?,
    ///     concat!(
    ///         r#"{"type":"mcp_toolset","mcp_server_name":"mail","#,
    ///         r#""default_config":{"enabled":false},"configs":{"send":{"enabled":true}}}"#,
    ///     ),
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct McpToolset = "mcp_toolset",
        /// Creates the toolset of the server `mcp_server_name`.
        pub fn new;
    required {
        /// The `name` of an [`McpServerUrl`](crate::types::mcp::McpServerUrl) in the request.
        mcp_server_name: String,
    }
    optional {
        /// The settings of all tools that `configs` does not name.
        default_config: ToolsetMemberConfig,
        /// The settings of individual tools by name, `None` for the defaults.
        configs: {ToolsetMember},
        /// The tools of the server, if the caller already knows them.
        tools: [McpTool],
        /// A cache marker, which caches the prompt up to and including this toolset.
        cache_control: CacheControl,
    }
}

/// The settings of one member of a toolset; `null` on the wire stands for the defaults.
type ToolsetMember = Option<ToolsetMemberConfig>;

wire_struct! {
    /// The settings of one tool of a toolset, in the `configs` of a [`BrowserToolset20260801`],
    /// [`ComputerToolset20260801`] or [`McpToolset`].
    pub struct ToolsetMemberConfig,
        /// Creates settings that change no default.
        pub fn new;
    required {}
    optional {
        /// Whether the model may call the tool.
        enabled: bool,
        /// Whether the tool stays hidden from the model until a tool search finds it.
        defer_loading: bool,
        /// The origins from which the tool may be called: `direct` for the model itself, or the `type` of a
        /// code execution tool such as `code_execution_20260120`. Only under API version `2023-06-01`.
        allowed_callers: [String],
    }
}
