//! TODO.

use crate::wire::wire_struct;

wire_struct! {
    /// An MCP server that the API talks to; at most 20 a request.
    ///
    /// ```
    /// use messages_api::types::mcp::McpServerUrl;
    ///
    /// let server = McpServerUrl::new("mail", "https://mcp.example.test").authorization_token("secret");
    /// ```
    pub struct McpServerUrl = "url",
        /// The server `name` at `url`.
        pub fn new;
    required {
        /// What tools and blocks call it.
        name: String,
        /// Its address.
        url: String,
    }
    optional {
        /// A token for it.
        authorization_token: (secret String),
        /// Which of its tools may be called.
        tool_configuration: McpServerToolConfiguration,
    }
}

wire_struct! {
    /// Which tools of an MCP server may be called.
    ///
    /// ```
    /// let configuration = messages_api::types::mcp::McpServerToolConfiguration::new().enabled(true);
    /// ```
    pub struct McpServerToolConfiguration,
        /// All of them.
        pub fn new;
    required {}
    optional {
        /// Whether any may.
        enabled: bool,
        /// The ones that may; all where absent.
        allowed_tools: [String],
    }
}
