//! The entries of a request's `tools`: the union over all kinds, and the custom tool.

use crate::json::Json;
use crate::types::CacheControl;
use crate::types::server_tools::{
    AdvisorTool20260301, CodeExecutionTool20250522, CodeExecutionTool20250825, CodeExecutionTool20260120,
    CodeExecutionTool20260521, ToolSearchToolBm25, ToolSearchToolBm25_20251119, ToolSearchToolRegex,
    ToolSearchToolRegex20251119, WebFetchTool20250910, WebFetchTool20260209, WebFetchTool20260309,
    WebFetchTool20260318, WebSearchTool20250305, WebSearchTool20260209, WebSearchTool20260318,
};
#[cfg(feature = "schemars")]
use crate::types::settings::schema_of;
use crate::types::tools::{
    BrowserToolset20260801, ComputerToolset20260801, McpToolset, MemoryTool20250818, ToolBash20241022,
    ToolBash20250124, ToolComputerUse20241022, ToolComputerUse20250124, ToolComputerUse20251124,
    ToolTextEditor20241022, ToolTextEditor20250124, ToolTextEditor20250429, ToolTextEditor20250728,
};
use crate::wire::{shared_object, shared_text, wire_struct, wire_union};

wire_union! {
    /// A tool that the model may call: one entry of a request's `tools`.
    ///
    /// Most entries are a [`CustomTool`], which the caller defines and runs. The other variants are tools
    /// that the API defines, most of them in dated versions, and toolsets. The caller runs the tools of the
    /// module [`tools`](crate::types::tools), the API those of [`server_tools`](crate::types::server_tools)
    /// and of MCP servers. Every payload converts into a `Tool`, so
    /// [`CreateMessageRequest::tool`](crate::types::CreateMessageRequest::tool) takes it directly. An entry
    /// without a `type` reads as a custom tool.
    ///
    /// ```
    /// use messages_api::types::server_tools::WebSearchTool20260318;
    /// use messages_api::types::tools::ToolBash20250124;
    /// use messages_api::{CreateMessageRequest, CustomTool, Json};
    ///
    /// let schema = Json::parse(r#"{"type":"object","properties":{"city":{"type":"string"}}}"#)?;
    /// let request = CreateMessageRequest::new("claude-sonnet-5", 512)
    ///     .tool(CustomTool::new("get_weather", schema).description("Returns the weather in a city."))
    ///     .tool(ToolBash20250124::new())
    ///     .tool(WebSearchTool20260318::new().max_uses(3));
    ///
    /// let tools = request.tools.as_deref().unwrap_or_default();
    /// let names: Vec<_> = tools.iter().filter_map(|tool| tool.name()).collect();
    /// assert_eq!(names, ["get_weather", "bash", "web_search"]);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub enum Tool, default Custom {
        /// A tool that the caller defines and runs; the only kind that may omit `type`.
        Custom(Box CustomTool) = "custom",
        /// Runs shell commands on the caller's side; October 2024 version (beta).
        Bash20241022(Boxed ToolBash20241022) = "bash_20241022",
        /// Runs shell commands on the caller's side; January 2025 version.
        Bash20250124(Boxed ToolBash20250124) = "bash_20250124",
        /// Views and edits the caller's files; October 2024 version (beta).
        TextEditor20241022(Boxed ToolTextEditor20241022) = "text_editor_20241022",
        /// Views and edits the caller's files; January 2025 version.
        TextEditor20250124(Boxed ToolTextEditor20250124) = "text_editor_20250124",
        /// Views and edits the caller's files; April 2025 version.
        TextEditor20250429(Boxed ToolTextEditor20250429) = "text_editor_20250429",
        /// Views and edits the caller's files; July 2025 version.
        TextEditor20250728(Boxed ToolTextEditor20250728) = "text_editor_20250728",
        /// Reads and writes a directory of notes that the caller keeps.
        Memory20250818(Boxed MemoryTool20250818) = "memory_20250818",
        /// Controls the caller's screen, mouse and keyboard; October 2024 version (beta).
        Computer20241022(Boxed ToolComputerUse20241022) = "computer_20241022",
        /// Controls the caller's screen, mouse and keyboard; January 2025 version (beta).
        Computer20250124(Boxed ToolComputerUse20250124) = "computer_20250124",
        /// Controls the caller's screen, mouse and keyboard; November 2025 version (beta).
        Computer20251124(Boxed ToolComputerUse20251124) = "computer_20251124",
        /// Runs code in a container of the API; May 2025 version.
        CodeExecution20250522(Boxed CodeExecutionTool20250522) = "code_execution_20250522",
        /// Runs code in a container of the API; August 2025 version.
        CodeExecution20250825(Boxed CodeExecutionTool20250825) = "code_execution_20250825",
        /// Runs code in a container of the API; January 2026 version.
        CodeExecution20260120(Boxed CodeExecutionTool20260120) = "code_execution_20260120",
        /// Runs code in a container of the API; May 2026 version.
        CodeExecution20260521(Boxed CodeExecutionTool20260521) = "code_execution_20260521",
        /// Searches the web on the API's side; March 2025 version.
        WebSearch20250305(Boxed WebSearchTool20250305) = "web_search_20250305",
        /// Searches the web on the API's side; February 2026 version.
        WebSearch20260209(Boxed WebSearchTool20260209) = "web_search_20260209",
        /// Searches the web on the API's side; March 2026 version.
        WebSearch20260318(Boxed WebSearchTool20260318) = "web_search_20260318",
        /// Fetches pages on the API's side; September 2025 version.
        WebFetch20250910(Boxed WebFetchTool20250910) = "web_fetch_20250910",
        /// Fetches pages on the API's side; February 2026 version.
        WebFetch20260209(Boxed WebFetchTool20260209) = "web_fetch_20260209",
        /// Fetches pages on the API's side; version of March 9, 2026.
        WebFetch20260309(Boxed WebFetchTool20260309) = "web_fetch_20260309",
        /// Fetches pages on the API's side; version of March 18, 2026.
        WebFetch20260318(Boxed WebFetchTool20260318) = "web_fetch_20260318",
        /// Finds deferred tools by keyword; the latest version.
        SearchBm25(Boxed ToolSearchToolBm25) = "tool_search_tool_bm25",
        /// Finds deferred tools by keyword; November 2025 version.
        SearchBm25_20251119(Boxed ToolSearchToolBm25_20251119) = "tool_search_tool_bm25_20251119",
        /// Finds deferred tools by regular expression; the latest version.
        SearchRegex(Boxed ToolSearchToolRegex) = "tool_search_tool_regex",
        /// Finds deferred tools by regular expression; November 2025 version.
        SearchRegex20251119(Boxed ToolSearchToolRegex20251119) = "tool_search_tool_regex_20251119",
        /// Asks another model for advice (beta).
        Advisor20260301(Boxed AdvisorTool20260301) = "advisor_20260301",
        /// Stands for the tools of the caller's browser; has no name.
        BrowserToolset20260801(Boxed BrowserToolset20260801) = "browser_toolset_20260801",
        /// Stands for the tools of the caller's computer; has no name.
        ComputerToolset20260801(Boxed ComputerToolset20260801) = "computer_toolset_20260801",
        /// Stands for the tools of an MCP server that the API calls; has no name (beta).
        McpToolset(Boxed McpToolset) = "mcp_toolset",
    }
}

impl Tool {
    /// Returns the name by which the model calls the tool; `None` for toolsets,
    /// whose tools have names of their own, and for tools of unknown types.
    pub fn name(&self) -> Option<&str> {
        shared_text(self, "name")
    }

    /// Returns the cache marker of this tool, if it has one.
    pub fn cache_control(&self) -> Option<&CacheControl> {
        shared_object(self, "cache_control")
    }

    /// Creates the custom tool `name`, whose input is a `T`.
    ///
    /// Use [`CustomTool::from_type`] instead to set further fields of the tool; its documentation describes
    /// the schema.
    ///
    /// # Errors
    ///
    /// Returns an error if the schema of `T` nests deeper than [`MAX_DEPTH`](crate::json::MAX_DEPTH).
    ///
    /// ```
    /// use messages_api::{CreateMessageRequest, Tool};
    ///
    /// #[derive(schemars::JsonSchema, serde::Deserialize)]
    /// struct Weather {
    ///     city: String,
    /// }
    ///
    /// let request = CreateMessageRequest::new("claude-sonnet-5", 512)
    ///     .tool(Tool::from_type::<Weather>("get_weather", "Returns the weather in a city.")?)
    ///     .user("Do I need an umbrella in Oslo?");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[cfg(feature = "schemars")]
    #[cfg_attr(docsrs, doc(cfg(feature = "schemars")))]
    pub fn from_type<T: schemars::JsonSchema>(
        name: impl Into<String>,
        description: impl Into<String>,
    ) -> Result<Self, serde_json::Error> {
        CustomTool::from_type::<T>(name, description).map(Self::from)
    }
}

wire_struct! {
    /// A tool that the caller defines with a JSON schema and runs itself.
    ///
    /// Variant of [`Tool`]. The model calls it in a [`ToolUseBlock`](crate::types::ToolUseBlock), and the
    /// caller returns the output in a [`ToolResultBlock`](crate::types::ToolResultBlock); the
    /// [module page](crate::types::tools) shows a call from start to finish. With the feature `schemars`,
    /// `CustomTool::from_type` derives the schema from a Rust type.
    ///
    /// ```
    /// use messages_api::{CustomTool, Json};
    ///
    /// let schema = Json::parse(r#"{"type":"object","properties":{"city":{"type":"string"}}}"#)?;
    /// let tool = CustomTool::new("get_weather", schema).description("Returns the weather in a city.");
    /// assert_eq!(
    ///     serde_json::to_string(&tool)?,
    ///     concat!(
    ///         r#"{"name":"get_weather","#,
    ///         r#""input_schema":{"type":"object","properties":{"city":{"type":"string"}}},"#,
    ///         r#""description":"Returns the weather in a city."}"#,
    ///     ),
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct CustomTool,
        /// Creates the tool `name`, whose input must match `input_schema`.
        pub fn new;
    required {
        /// The name by which the model calls the tool: 1 to 128 letters, digits, `_` and `-`.
        name: String,
        /// The JSON schema of the input, an object with `"type": "object"`; its key order is kept.
        input_schema: Json,
    }
    optional {
        /// The constant `custom`, which is implied if the field is absent.
        r#type: String,
        /// A description for the model of what the tool does and when to call it.
        description: String,
        /// A cache marker, which caches the prompt up to and including this tool.
        cache_control: CacheControl,
        /// Whether the input of every call must match the schema exactly. The schema must then have the form
        /// that [`strict_schema`](crate::types::settings::strict_schema) returns.
        strict: bool,
        /// Whether the tool stays hidden from the model until a tool search finds it.
        defer_loading: bool,
        /// Whether the input is streamed before it is known to be valid JSON.
        eager_input_streaming: bool,
        /// The origins from which the tool may be called: `direct` for the model itself, or the `type` of a
        /// code execution tool such as `code_execution_20260120`.
        allowed_callers: [String],
        /// Example inputs that show the model how to call the tool, each a JSON object.
        input_examples: [Json],
    }
}

#[cfg(feature = "schemars")]
impl CustomTool {
    /// Creates the tool `name`, whose input is a `T`.
    ///
    /// The input of a call reads back as a `T` with
    /// [`ToolUseBlock::input`](crate::types::ToolUseBlock::input). Doc comments on `T` and its fields become
    /// descriptions in the schema. To derive `JsonSchema` for `T`, depend on the crate `schemars` in the same
    /// major version as the re-export [`schemars`](crate::schemars).
    ///
    /// The schema has no `$schema` and inlines all types except recursive ones. `schemars` sorts the
    /// properties by name unless its feature `preserve_order` is on; the order matters because models tend to
    /// write the properties in the order of the schema.
    ///
    /// # Errors
    ///
    /// Returns an error if the schema nests deeper than [`MAX_DEPTH`](crate::json::MAX_DEPTH).
    ///
    /// ```
    /// use messages_api::CustomTool;
    ///
    /// #[derive(schemars::JsonSchema, serde::Deserialize)]
    /// struct Weather {
    ///     /// The city's name.
    ///     city: String,
    /// }
    ///
    /// let tool = CustomTool::from_type::<Weather>("get_weather", "Returns the weather in a city.")?;
    /// let schema: serde_json::Value = tool.input_schema.decode()?;
    /// assert_eq!(schema["properties"]["city"]["description"], "The city's name.");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[cfg_attr(docsrs, doc(cfg(feature = "schemars")))]
    pub fn from_type<T: schemars::JsonSchema>(
        name: impl Into<String>,
        description: impl Into<String>,
    ) -> Result<Self, serde_json::Error> {
        let schema = Json::encode(&schema_of::<T>())?;
        Ok(Self::new(name, schema).description(description))
    }
}
