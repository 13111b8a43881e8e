//! Tools that the API runs itself, and the blocks with their results.
//!
//! A request lists such a tool in `tools` like any other. When the model calls it, the API runs the call
//! before the same message continues, so the message holds the call, its result and the text that builds on
//! it. The caller runs nothing and sends the blocks back unchanged with the next turn. If the message ends
//! with the stop reason [`PauseTurn`](crate::types::StopReason::PauseTurn), send it back to let the model
//! continue.
//!
//! A call is a [`ServerToolUseBlock`]; its `name` determines the type of the result block:
//!
//! | definition, newest version | `name` of the call | result |
//! |---|---|---|
//! | [`WebSearchTool20260318`] | `web_search` | [`WebSearchToolResultBlock`] |
//! | [`WebFetchTool20260318`] | `web_fetch` | [`WebFetchToolResultBlock`] |
//! | [`CodeExecutionTool20260521`] | `code_execution` | [`CodeExecutionToolResultBlock`] |
//! | | `bash_code_execution` | [`BashCodeExecutionToolResultBlock`] |
//! | | `text_editor_code_execution` | [`TextEditorCodeExecutionToolResultBlock`] |
//! | [`ToolSearchToolBm25`] | `tool_search_tool_bm25` | [`ToolSearchToolResultBlock`] |
//! | [`ToolSearchToolRegex`] | `tool_search_tool_regex` | [`ToolSearchToolResultBlock`] |
//! | [`AdvisorTool20260301`] (beta) | `advisor` | [`AdvisorToolResultBlock`] |
//!
//! A tool that fails does not fail the request: its result block holds an error object with a
//! [`ServerToolErrorCode`] in place of the result. Code runs in a [`Container`], and a later request can
//! continue in it with a [`ContainerConfig`]. Tools that the caller runs are in
//! [`tools`](crate::types::tools), tools of MCP servers in [`mcp`](crate::types::mcp).
//!
//! ```
//! use messages_api::types::server_tools::{WebSearchTool20260318, WebSearchToolResultContent};
//! use messages_api::{ContentBlock, CreateMessageRequest, Message};
//!
//! let search = WebSearchTool20260318::new().max_uses(3).allowed_domains(vec!["example.test".to_owned()]);
//! let request = CreateMessageRequest::new("claude-sonnet-5", 1024)
//!     .tool(search)
//!     .user("Will it rain in Oslo tomorrow?");
//!
//! // What the API returns for this request.
//! let message: Message = serde_json::from_str(r#"{
//!     "id": "msg_01", "type": "message", "role": "assistant", "model": "claude-sonnet-5",
//!     "content": [
//!         {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search",
//!          "input": {"query": "Oslo forecast"}},
//!         {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [
//!             {"type": "web_search_result", "url": "https://example.test/oslo", "title": "Oslo",
//!              "encrypted_content": "RW5j"}
//!         ]},
//!         {"type": "text", "text": "Yes, from noon on."}
//!     ],
//!     "stop_reason": "end_turn",
//!     "usage": {"input_tokens": 2095, "output_tokens": 83}
//! }"#)?;
//!
//! for block in &message.content {
//!     let ContentBlock::WebSearchToolResult(result) = block else { continue };
//!     match &result.content {
//!         WebSearchToolResultContent::Results(pages) => assert_eq!(pages[0].title, "Oslo"),
//!         WebSearchToolResultContent::Error(error) => println!("the search failed: {}", error.error_code),
//!         _ => {}
//!     }
//! }
//!
//! // The next turn repeats the message with all of its blocks.
//! let request = request.message(message).user("And on Sunday?");
//! # assert_eq!(serde_json::to_value(&request)?["messages"][1]["content"][1]["tool_use_id"], "srvtoolu_1");
//! # Ok::<(), serde_json::Error>(())
//! ```

mod advisor;
mod bash_code_execution;
mod call;
mod code_execution;
mod container;
mod definition;
mod text_editor_code_execution;
mod tool_search;
mod web;
mod web_options;

pub use advisor::{
    AdvisorRedactedResult, AdvisorResult, AdvisorTool20260301, AdvisorToolResultBlock,
    AdvisorToolResultContent, AdvisorToolResultError,
};
pub use bash_code_execution::{
    BashCodeExecutionOutput, BashCodeExecutionResult, BashCodeExecutionToolResultBlock,
    BashCodeExecutionToolResultContent, BashCodeExecutionToolResultError,
};
pub use call::{
    Caller, CodeExecution20250825Caller, CodeExecution20260120Caller, DirectCaller, ServerToolErrorCode,
    ServerToolName, ServerToolUseBlock,
};
pub use code_execution::{
    CodeExecutionOutput, CodeExecutionResult, CodeExecutionToolResultBlock, CodeExecutionToolResultContent,
    CodeExecutionToolResultError, EncryptedCodeExecutionResult,
};
pub use container::{Container, ContainerConfig, ContainerParams, ContainerUploadBlock, Skill, SkillType};
pub use definition::{
    CodeExecutionTool20250522, CodeExecutionTool20250825, CodeExecutionTool20260120,
    CodeExecutionTool20260521, ToolSearchToolBm25, ToolSearchToolBm25_20251119, ToolSearchToolRegex,
    ToolSearchToolRegex20251119, WebFetchTool20250910, WebFetchTool20260209, WebFetchTool20260309,
    WebFetchTool20260318, WebSearchTool20250305, WebSearchTool20260209, WebSearchTool20260318,
};
pub use text_editor_code_execution::{
    FileType, TextEditorCodeExecutionCreateResult, TextEditorCodeExecutionStrReplaceResult,
    TextEditorCodeExecutionToolResultBlock, TextEditorCodeExecutionToolResultContent,
    TextEditorCodeExecutionToolResultError, TextEditorCodeExecutionViewResult,
};
pub use tool_search::{
    ToolSearchToolResultBlock, ToolSearchToolResultContent, ToolSearchToolResultError,
    ToolSearchToolSearchResult,
};
pub use web::{
    FetchedDocument, WebFetchResult, WebFetchToolResultBlock, WebFetchToolResultContent,
    WebFetchToolResultError, WebSearchResult, WebSearchToolResultBlock, WebSearchToolResultContent,
    WebSearchToolResultError,
};
pub use web_options::{
    AllUrlSource, ExceptUrlSource, NoneUrlSource, OnlyUrlSource, ResponseInclusion, UrlSourceFilter,
    UrlSources, UserLocation,
};
