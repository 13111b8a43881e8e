//! Calls to tools that the API runs: the block, its origin, and the error codes of its result.

use crate::json::Json;
use crate::types::CacheControl;
use crate::wire::{wire_string, wire_struct, wire_union};

wire_struct! {
    /// A call to a tool that the API runs.
    ///
    /// The API sends it, followed by the result block in the same message; the
    /// [module](crate::types::server_tools) lists which block belongs to which tool. The caller runs nothing
    /// and sends both blocks back unchanged in later requests. Calls that the caller runs are
    /// [`ToolUseBlock`](crate::types::ToolUseBlock)s.
    ///
    /// ```
    /// use messages_api::Json;
    /// use messages_api::types::server_tools::{ServerToolName, ServerToolUseBlock};
    ///
    /// let input = Json::parse(r#"{"query":"rain in Oslo"}"#)?;
    /// let block = ServerToolUseBlock::new("srvtoolu_1", ServerToolName::WebSearch, input);
    /// assert_eq!(
    ///     serde_json::to_string(&block)?,
    ///     concat!(
    ///         r#"{"type":"server_tool_use","id":"srvtoolu_1","#,
    ///         r#""name":"web_search","input":{"query":"rain in Oslo"}}"#,
    ///     ),
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct ServerToolUseBlock = "server_tool_use",
        /// Creates a call to the tool `name` with `input`.
        pub fn new;
    required {
        /// The id of the call, which its result repeats.
        id: String,
        /// The tool that is called.
        name: ServerToolName,
    }
    defaulted {
        /// The arguments, a JSON object.
        input: Json,
    }
    optional {
        /// The origin of the call: the model itself, or code that the model runs.
        caller: Caller,
        /// A cache marker, which caches the prompt up to and including this block; only in requests.
        cache_control: CacheControl,
    }
}

wire_string! {
    /// The name of a tool that the API runs, in a [`ServerToolUseBlock`].
    ///
    /// One definition can lead to calls by several names: code execution also has a shell and an editor.
    pub enum ServerToolName {
        /// Searches the web.
        WebSearch = "web_search",
        /// Fetches a page or a PDF.
        WebFetch = "web_fetch",
        /// Runs code in a container.
        CodeExecution = "code_execution",
        /// Runs a shell command in the container of code execution.
        BashCodeExecution = "bash_code_execution",
        /// Views or edits a file in the container of code execution.
        TextEditorCodeExecution = "text_editor_code_execution",
        /// Finds deferred tools by regular expression.
        ToolSearchToolRegex = "tool_search_tool_regex",
        /// Finds deferred tools by keyword.
        ToolSearchToolBm25 = "tool_search_tool_bm25",
        /// Asks another model for advice (beta).
        Advisor = "advisor",
    }
}

wire_union! {
    /// The origin of a tool call: the model itself, or code that the model runs with code execution.
    ///
    /// The `allowed_callers` of a tool restrict its origins.
    ///
    /// ```
    /// use messages_api::types::server_tools::{Caller, ServerToolUseBlock};
    ///
    /// let block: ServerToolUseBlock = serde_json::from_str(r#"{
    ///     "type": "server_tool_use", "id": "srvtoolu_2", "name": "web_search", "input": {"query": "rain"},
    ///     "caller": {"type": "code_execution_20260120", "tool_id": "srvtoolu_1"}
    /// }"#)?;
    /// let Some(Caller::CodeExecution20260120(code)) = &block.caller else { panic!("called by the model") };
    /// assert_eq!(code.tool_id, "srvtoolu_1");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub enum Caller {
        /// The model called the tool itself.
        Direct(DirectCaller) = "direct",
        /// Code that runs in the August 2025 version of code execution called the tool.
        CodeExecution20250825(CodeExecution20250825Caller) = "code_execution_20250825",
        /// Code that runs in the January 2026 version of code execution called the tool.
        CodeExecution20260120(CodeExecution20260120Caller) = "code_execution_20260120",
    }
}

wire_struct! {
    /// The model itself as the origin of a call.
    ///
    /// Variant of [`Caller`].
    pub struct DirectCaller = "direct",
        /// Creates the origin `direct`.
        pub fn new;
    required {}
    optional {}
}

wire_struct! {
    /// Code as the origin of a call, run by a
    /// [`CodeExecutionTool20250825`](crate::types::server_tools::CodeExecutionTool20250825).
    ///
    /// Variant of [`Caller`].
    pub struct CodeExecution20250825Caller = "code_execution_20250825",
        /// Creates the origin for code that the call `tool_id` runs.
        pub fn new;
    required {
        /// The `id` of the [`ServerToolUseBlock`] that runs the code.
        tool_id: String,
    }
    optional {}
}

wire_struct! {
    /// Code as the origin of a call, run by a
    /// [`CodeExecutionTool20260120`](crate::types::server_tools::CodeExecutionTool20260120).
    ///
    /// Variant of [`Caller`].
    pub struct CodeExecution20260120Caller = "code_execution_20260120",
        /// Creates the origin for code that the call `tool_id` runs.
        pub fn new;
    required {
        /// The `id` of the [`ServerToolUseBlock`] that runs the code.
        tool_id: String,
    }
    optional {}
}

wire_string! {
    /// The reason why a tool that the API runs failed.
    ///
    /// It is part of the error object that takes the place of the tool's result, such as a
    /// [`WebSearchToolResultError`](crate::types::server_tools::WebSearchToolResultError). The request as a
    /// whole still succeeds: the model sees the error and continues its message.
    pub enum ServerToolErrorCode {
        /// The model called the tool with an invalid input.
        InvalidToolInput = "invalid_tool_input",
        /// The tool is currently unavailable.
        Unavailable = "unavailable",
        /// The limit `max_uses` of the tool is used up.
        MaxUsesExceeded = "max_uses_exceeded",
        /// The rate limit of the tool was exceeded.
        TooManyRequests = "too_many_requests",
        /// Web search: the query is too long.
        QueryTooLong = "query_too_long",
        /// Web search: the request to the tool is too large.
        RequestTooLarge = "request_too_large",
        /// Web fetch: the URL is too long.
        UrlTooLong = "url_too_long",
        /// Web fetch: the tool may not fetch this URL.
        UrlNotAllowed = "url_not_allowed",
        /// Web fetch: the URL does not occur earlier in the conversation.
        UrlNotInPriorContext = "url_not_in_prior_context",
        /// Web fetch: the URL could not be reached.
        UrlNotAccessible = "url_not_accessible",
        /// Web fetch: the tool cannot read content of this type.
        UnsupportedContentType = "unsupported_content_type",
        /// Web fetch: the page is too large.
        ContentTooLarge = "content_too_large",
        /// Code execution and advisor: the call ran into its time limit.
        ExecutionTimeExceeded = "execution_time_exceeded",
        /// Shell of code execution: an output file is too large.
        OutputFileTooLarge = "output_file_too_large",
        /// Editor of code execution: the file does not exist.
        FileNotFound = "file_not_found",
        /// Advisor: the prompt is too long for the advisor model.
        PromptTooLong = "prompt_too_long",
        /// Advisor: the advisor model is overloaded.
        Overloaded = "overloaded",
        /// Advisor: the advisor model does not exist.
        ModelNotFound = "model_not_found",
    }
}
