//! Calls of tools that the API runs, and what they have in common.

use crate::json::Json;
use crate::types::CacheControl;
use crate::wire::{wire_string, wire_struct, wire_union};

wire_struct! {
    /// The model calls a tool that the API runs. The result follows in the
    /// same answer.
    ///
    /// ```
    /// use messages_api::Json;
    /// use messages_api::types::server_tools::{ServerToolName, ServerToolUseBlock};
    ///
    /// let input = Json::parse(r#"{"query":"rust"}"#)?;
    /// let block = ServerToolUseBlock::new("srvtoolu_1", ServerToolName::WebSearch, input);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct ServerToolUseBlock = "server_tool_use",
        /// A call of the tool `name` with `input`.
        pub fn new;
    required {
        /// Names this call; the result repeats it.
        id: String,
        /// The tool.
        name: ServerToolName,
        /// The arguments.
        input: Json,
    }
    optional {
        /// Who calls.
        caller: Caller,
        /// Marks the end of a prefix to cache; requests only.
        cache_control: CacheControl,
    }
}

wire_string! {
    /// A tool that the API runs.
    ///
    /// ```
    /// assert_eq!(messages_api::types::server_tools::ServerToolName::WebSearch.as_str(), "web_search");
    /// ```
    pub enum ServerToolName {
        /// Searches the web.
        WebSearch = "web_search",
        /// Fetches a page.
        WebFetch = "web_fetch",
        /// Runs code.
        CodeExecution = "code_execution",
        /// Runs shell commands in the code container.
        BashCodeExecution = "bash_code_execution",
        /// Edits files in the code container.
        TextEditorCodeExecution = "text_editor_code_execution",
        /// Finds tools by regular expression.
        ToolSearchToolRegex = "tool_search_tool_regex",
        /// Finds tools by words.
        ToolSearchToolBm25 = "tool_search_tool_bm25",
        /// Asks another model (beta).
        Advisor = "advisor",
    }
}

wire_union! {
    /// Who calls a tool.
    ///
    /// ```
    /// use messages_api::types::server_tools::{Caller, DirectCaller};
    ///
    /// let caller = Caller::from(DirectCaller::new());
    /// assert_eq!(caller.type_name(), "direct");
    /// ```
    pub enum Caller {
        /// The model itself.
        Direct(DirectCaller) = "direct",
        /// Code that it runs.
        CodeExecution20250825(CodeExecution20250825Caller) = "code_execution_20250825",
        /// Code that it runs.
        CodeExecution20260120(CodeExecution20260120Caller) = "code_execution_20260120",
    }
}

wire_struct! {
    /// The model itself calls.
    ///
    /// ```
    /// let caller = messages_api::types::server_tools::DirectCaller::new();
    /// ```
    pub struct DirectCaller = "direct",
        /// The model.
        pub fn new;
    required {}
    optional {}
}

wire_struct! {
    /// Code that the model runs calls.
    ///
    /// ```
    /// let caller = messages_api::types::server_tools::CodeExecution20250825Caller::new("srvtoolu_1");
    /// ```
    pub struct CodeExecution20250825Caller = "code_execution_20250825",
        /// The code of the call `tool_id`.
        pub fn new;
    required {
        /// The `id` of the `server_tool_use` block that runs the code.
        tool_id: String,
    }
    optional {}
}

wire_struct! {
    /// Code that the model runs calls.
    ///
    /// ```
    /// let caller = messages_api::types::server_tools::CodeExecution20260120Caller::new("srvtoolu_1");
    /// ```
    pub struct CodeExecution20260120Caller = "code_execution_20260120",
        /// The code of the call `tool_id`.
        pub fn new;
    required {
        /// The `id` of the `server_tool_use` block that runs the code.
        tool_id: String,
    }
    optional {}
}

wire_string! {
    /// Why a tool that the API runs failed. Which codes a tool gives is in
    /// the API's documentation of that tool.
    ///
    /// ```
    /// assert_eq!(messages_api::types::server_tools::ServerToolErrorCode::from("unavailable").as_str(), "unavailable");
    /// ```
    pub enum ServerToolErrorCode {
        /// The input does not fit the tool.
        InvalidToolInput = "invalid_tool_input",
        /// The tool is down.
        Unavailable = "unavailable",
        /// `max_uses` of the tool was reached.
        MaxUsesExceeded = "max_uses_exceeded",
        /// Called too often.
        TooManyRequests = "too_many_requests",
        /// The search query is too long.
        QueryTooLong = "query_too_long",
        /// The request to the tool is too large.
        RequestTooLarge = "request_too_large",
        /// The address is too long.
        UrlTooLong = "url_too_long",
        /// The address is not allowed.
        UrlNotAllowed = "url_not_allowed",
        /// The address was not in the conversation before.
        UrlNotInPriorContext = "url_not_in_prior_context",
        /// Nothing answers at the address.
        UrlNotAccessible = "url_not_accessible",
        /// The page is of a kind that is not read.
        UnsupportedContentType = "unsupported_content_type",
        /// The page is too large.
        ContentTooLarge = "content_too_large",
        /// The code ran too long.
        ExecutionTimeExceeded = "execution_time_exceeded",
        /// The output file is too large.
        OutputFileTooLarge = "output_file_too_large",
        /// There is no such file.
        FileNotFound = "file_not_found",
        /// The prompt to the advisor is too long.
        PromptTooLong = "prompt_too_long",
        /// The advisor has too much to do.
        Overloaded = "overloaded",
        /// There is no such advisor.
        ModelNotFound = "model_not_found",
    }
}
