//! The MCP servers of a request.

use crate::wire::wire_struct;

wire_struct! {
    /// An MCP server that the API may connect to, identified by its URL (beta).
    ///
    /// A request holds at most 20 of them in `mcp_servers`. An
    /// [`McpToolset`](crate::types::tools::McpToolset) with the same name offers the server's tools to the
    /// model. `Debug` output hides the value of `authorization_token`. Requires a beta header such as
    /// `mcp-client-2025-11-20`.
    ///
    /// ```
    /// use messages_api::types::mcp::McpServerUrl;
    ///
    /// let server = McpServerUrl::new("mail", "https://mcp.example.test").authorization_token("secret");
    /// assert_eq!(
    ///     serde_json::to_string(&server)?,
    ///     concat!(
    ///         r#"{"type":"url","name":"mail","url":"https://mcp.example.test","#,
    ///         r#""authorization_token":"secret"}"#,
    ///     ),
    /// );
    /// assert!(!format!("{server:?}").contains("secret"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct McpServerUrl = "url",
        /// Creates the server `name` at `url`, without a token.
        pub fn new;
    required {
        /// The name by which tools and blocks refer to the server; chosen by the caller.
        name: String,
        /// The URL of the server.
        url: String,
    }
    optional {
        /// The token with which the API authenticates to the server.
        authorization_token: (secret String),
        /// The restriction to certain tools of the server.
        tool_configuration: McpServerToolConfiguration,
    }
}

wire_struct! {
    /// A restriction of the tools of an MCP server (beta). Part of an [`McpServerUrl`].
    ///
    /// It switches the server off as a whole or limits it to a list of tools. An
    /// [`McpToolset`](crate::types::tools::McpToolset) configures each tool separately instead.
    pub struct McpServerToolConfiguration,
        /// Creates a configuration that restricts nothing.
        pub fn new;
    required {}
    optional {
        /// Whether the tools of the server may be called at all.
        enabled: bool,
        /// The names of the tools that may be called; all of them if absent.
        allowed_tools: [String],
    }
}
