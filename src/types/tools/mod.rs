//! Tools that the model may call, and the caller's side of calling them.
//!
//! A request lists its tools in `tools`, as values of [`Tool`], and may steer their use with a
//! [`ToolChoice`]. Tools differ in who defines them, who runs them, and which blocks hold their calls and
//! results:
//!
//! | tools | defined by | run by | call | result |
//! |---|---|---|---|---|
//! | [`CustomTool`] | caller | caller | [`ToolUseBlock`] | [`ToolResultBlock`] |
//! | shell, editor, memory, computer, browser | API | caller | [`ToolUseBlock`] | [`ToolResultBlock`] |
//! | web, code execution, … ([`server_tools`]) | API | API | [`ServerToolUseBlock`] | a block per tool |
//! | [`McpToolset`] | MCP server | API | [`McpToolUseBlock`] | [`McpToolResultBlock`] |
//!
//! The remaining types are the state of a browser ([`BrowserStateBlock`]), references to tools
//! ([`ToolReferenceBlock`]) and changes to the tools of a conversation ([`ToolAdditionBlock`],
//! [`ToolRemovalBlock`]).
//!
//! # A call from start to finish
//!
//! The model calls a tool by ending its message with [`ToolUseBlock`]s and the stop reason `tool_use`. The
//! caller runs the calls and sends the conversation again, extended by that message and by one user message
//! that holds a [`ToolResultBlock`] for every call.
//!
//! ```
//! use messages_api::{
//!     ContentBlock, CreateMessageRequest, CustomTool, Json, Message, StopReason, ToolResultBlock,
//!     ToolUseBlock, Usage,
//! };
//!
//! #[derive(serde::Deserialize)]
//! struct Weather {
//!     city: String,
//! }
//!
//! let schema = Json::parse(
//!     r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#,
//! )?;
//! let request = CreateMessageRequest::new("claude-sonnet-5", 1024)
//!     .tool(CustomTool::new("get_weather", schema).description("Returns the weather in a city."))
//!     .user("Do I need an umbrella in Oslo?");
//!
//! // What the model returns for this request.
//! let call = ToolUseBlock::new("toolu_01", "get_weather", Json::parse(r#"{"city":"Oslo"}"#)?);
//! let message = Message::new("msg_01", "claude-sonnet-5", vec![call.into()], Usage::new(380, 52))
//!     .stop_reason(StopReason::ToolUse);
//!
//! // The caller runs every call.
//! let mut results = Vec::new();
//! for call in message.tool_uses() {
//!     let result = match call.input::<Weather>() {
//!         Ok(weather) => ToolResultBlock::text(&*call.id, format!("4 °C and rain in {}", weather.city)),
//!         // The model reads the error and may try again.
//!         Err(error) => ToolResultBlock::error(&*call.id, error.to_string()),
//!     };
//!     results.push(ContentBlock::from(result));
//! }
//! let request = request.message(message).user(results);
//!
//! let json = serde_json::to_value(&request)?;
//! assert_eq!(json["messages"][1]["content"][0]["type"], "tool_use");
//! assert_eq!(json["messages"][2]["content"][0]["content"], "4 °C and rain in Oslo");
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! With the feature `schemars`, `Tool::from_type::<Weather>("get_weather", "…")` derives the schema from the
//! type that also reads the input. With the feature `client`, the module `tools` runs the calls and goes on by
//! itself.
//!
//! [`McpToolResultBlock`]: crate::types::mcp::McpToolResultBlock
//! [`McpToolUseBlock`]: crate::types::mcp::McpToolUseBlock
//! [`ServerToolUseBlock`]: crate::types::server_tools::ServerToolUseBlock
//! [`ToolResultBlock`]: crate::types::ToolResultBlock
//! [`ToolUseBlock`]: crate::types::ToolUseBlock
//! [`server_tools`]: crate::types::server_tools

mod browser;
mod change;
mod choice;
mod client;
mod reference;
mod tool;
mod toolset;

pub use browser::{
    BrowserStateBlock, BrowserStateChange, BrowserTab, DownloadCompleted, DownloadFailed, DownloadStarted,
    TabOpened,
};
pub use change::{
    ChangedTool, McpToolReference, McpToolsetReference, ToolAdditionBlock, ToolChange, ToolDefinition,
    ToolRemovalBlock,
};
pub use choice::{ToolChoice, ToolChoiceAny, ToolChoiceAuto, ToolChoiceNone, ToolChoiceTool};
pub use client::{
    MemoryTool20250818, ToolBash20241022, ToolBash20250124, ToolComputerUse20241022, ToolComputerUse20250124,
    ToolComputerUse20251124, ToolTextEditor20241022, ToolTextEditor20250124, ToolTextEditor20250429,
    ToolTextEditor20250728,
};
pub use reference::{NamedToolReference, ToolReferenceBlock};
pub use tool::{CustomTool, Tool};
pub use toolset::{BrowserToolset20260801, ComputerToolset20260801, McpToolset, ToolsetMemberConfig};
