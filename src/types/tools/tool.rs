//! Tools that the model may call.

use crate::json::Json;
use crate::types::CacheControl;
use crate::types::server_tools::{
    AdvisorTool20260301, CodeExecutionTool20250522, CodeExecutionTool20250825, CodeExecutionTool20260120,
    CodeExecutionTool20260521, ToolSearchToolBm25, ToolSearchToolBm25_20251119, ToolSearchToolRegex,
    ToolSearchToolRegex20251119, WebFetchTool20250910, WebFetchTool20260209, WebFetchTool20260309,
    WebFetchTool20260318, WebSearchTool20250305, WebSearchTool20260209, WebSearchTool20260318,
};
use crate::types::tools::{
    BrowserToolset20260801, ComputerToolset20260801, McpToolset, MemoryTool20250818, ToolBash20241022,
    ToolBash20250124, ToolComputerUse20241022, ToolComputerUse20250124, ToolComputerUse20251124,
    ToolTextEditor20241022, ToolTextEditor20250124, ToolTextEditor20250429, ToolTextEditor20250728,
};
use crate::wire::{wire_struct, wire_union};

wire_union! {
    /// A tool that the model may call. One without a `type` is a custom tool.
    ///
    /// ```
    /// use messages_api::{CustomTool, Json, Tool};
    ///
    /// let schema = Json::parse(r#"{"type":"object","properties":{"city":{"type":"string"}}}"#)?;
    /// let tool = Tool::from(CustomTool::new("get_weather", schema).description("Weather by city"));
    /// assert_eq!(tool.name(), Some("get_weather"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub enum Tool, default Custom {
        /// A tool of the caller.
        Custom(Box CustomTool) = "custom",
        /// A shell (beta).
        Bash20241022(Box ToolBash20241022) = "bash_20241022",
        /// A shell.
        Bash20250124(Box ToolBash20250124) = "bash_20250124",
        /// A text editor (beta).
        TextEditor20241022(Box ToolTextEditor20241022) = "text_editor_20241022",
        /// A text editor.
        TextEditor20250124(Box ToolTextEditor20250124) = "text_editor_20250124",
        /// A text editor.
        TextEditor20250429(Box ToolTextEditor20250429) = "text_editor_20250429",
        /// A text editor.
        TextEditor20250728(Box ToolTextEditor20250728) = "text_editor_20250728",
        /// A folder of notes.
        Memory20250818(Box MemoryTool20250818) = "memory_20250818",
        /// A screen with mouse and keyboard (beta).
        Computer20241022(Box ToolComputerUse20241022) = "computer_20241022",
        /// A screen with mouse and keyboard (beta).
        Computer20250124(Box ToolComputerUse20250124) = "computer_20250124",
        /// A screen with mouse and keyboard (beta).
        Computer20251124(Box ToolComputerUse20251124) = "computer_20251124",
        /// Code in a container.
        CodeExecution20250522(Box CodeExecutionTool20250522) = "code_execution_20250522",
        /// Code in a container.
        CodeExecution20250825(Box CodeExecutionTool20250825) = "code_execution_20250825",
        /// Code in a container.
        CodeExecution20260120(Box CodeExecutionTool20260120) = "code_execution_20260120",
        /// Code in a container.
        CodeExecution20260521(Box CodeExecutionTool20260521) = "code_execution_20260521",
        /// Web search.
        WebSearch20250305(Box WebSearchTool20250305) = "web_search_20250305",
        /// Web search.
        WebSearch20260209(Box WebSearchTool20260209) = "web_search_20260209",
        /// Web search.
        WebSearch20260318(Box WebSearchTool20260318) = "web_search_20260318",
        /// Web pages.
        WebFetch20250910(Box WebFetchTool20250910) = "web_fetch_20250910",
        /// Web pages.
        WebFetch20260209(Box WebFetchTool20260209) = "web_fetch_20260209",
        /// Web pages.
        WebFetch20260309(Box WebFetchTool20260309) = "web_fetch_20260309",
        /// Web pages.
        WebFetch20260318(Box WebFetchTool20260318) = "web_fetch_20260318",
        /// Finds tools by words; the latest version.
        SearchBm25(Box ToolSearchToolBm25) = "tool_search_tool_bm25",
        /// Finds tools by words.
        SearchBm25_20251119(Box ToolSearchToolBm25_20251119) = "tool_search_tool_bm25_20251119",
        /// Finds tools by regular expression; the latest version.
        SearchRegex(Box ToolSearchToolRegex) = "tool_search_tool_regex",
        /// Finds tools by regular expression.
        SearchRegex20251119(Box ToolSearchToolRegex20251119) = "tool_search_tool_regex_20251119",
        /// Asks another model (beta).
        Advisor20260301(Box AdvisorTool20260301) = "advisor_20260301",
        /// The tools of a browser; it has no name.
        BrowserToolset20260801(Box BrowserToolset20260801) = "browser_toolset_20260801",
        /// The tools of a computer; it has no name.
        ComputerToolset20260801(Box ComputerToolset20260801) = "computer_toolset_20260801",
        /// The tools of an MCP server; it has no name (beta).
        McpToolset(Box McpToolset) = "mcp_toolset",
    }
}

impl Tool {
    /// Returns the name by which the model calls the tool; `None` for toolsets,
    /// whose tools have names of their own, and for tools of unknown types.
    pub fn name(&self) -> Option<&str> {
        self.shared::<String>("name").map(String::as_str)
    }

    /// Returns the marker that ends a cached prefix at this tool, if there is one.
    pub fn cache_control(&self) -> Option<&CacheControl> {
        self.shared("cache_control")
    }

    /// The custom tool `name`, whose input is a `T`, as
    /// [`CustomTool::from_type`] makes it; that one also has setters.
    ///
    /// # Errors
    ///
    /// When the schema nests deeper than [`MAX_DEPTH`](crate::json::MAX_DEPTH).
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
    ///     .tool(Tool::from_type::<Weather>("get_weather", "The weather in a city")?);
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
    /// A tool of the caller.
    ///
    /// ```
    /// use messages_api::{CustomTool, Json};
    ///
    /// let tool = CustomTool::new("now", Json::parse(r#"{"type":"object"}"#)?).description("The time");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct CustomTool,
        /// The tool `name`, whose input fits `input_schema`.
        pub fn new;
    required {
        /// 1 to 128 letters, digits, `_` and `-`.
        name: String,
        /// A JSON schema with `"type": "object"`; its key order is kept.
        input_schema: Json,
    }
    optional {
        /// `custom`; may be absent.
        r#type: String,
        /// What the tool does and when to use it.
        description: String,
        /// Marks the end of a prefix to cache.
        cache_control: CacheControl,
        /// Whether the input must fit the schema exactly.
        strict: bool,
        /// Whether the tool is left out until a tool search finds it.
        defer_loading: bool,
        /// Whether the input is streamed before it is known to be JSON.
        eager_input_streaming: bool,
        /// Who may call it: `direct`, or a version of code execution.
        allowed_callers: [String],
        /// Inputs that show how it is used.
        input_examples: [Json],
    }
}

#[cfg(feature = "schemars")]
impl CustomTool {
    /// The tool `name`, whose input is a `T`: read it with
    /// [`ToolUseBlock::input`](crate::types::ToolUseBlock::input).
    ///
    /// The schema names no meta-schema and refers to types within itself only
    /// where they recurse. `schemars` sorts the properties by name unless its
    /// feature `preserve_order` is on, and models tend to write them in the
    /// order of the schema.
    ///
    /// # Errors
    ///
    /// When the schema nests deeper than [`MAX_DEPTH`](crate::json::MAX_DEPTH).
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
    /// let tool = CustomTool::from_type::<Weather>("get_weather", "The weather in a city")?;
    /// let schema: serde_json::Value = tool.input_schema.decode()?;
    /// assert_eq!(schema["properties"]["city"]["description"], "The city's name.");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[cfg_attr(docsrs, doc(cfg(feature = "schemars")))]
    pub fn from_type<T: schemars::JsonSchema>(
        name: impl Into<String>,
        description: impl Into<String>,
    ) -> Result<Self, serde_json::Error> {
        let settings = schemars::generate::SchemaSettings::draft2020_12().with(|settings| {
            settings.meta_schema = None;
            settings.inline_subschemas = true;
        });
        let schema = settings.into_generator().into_root_schema_for::<T>();
        Ok(Self::new(name, Json::encode(&schema)?).description(description))
    }
}
