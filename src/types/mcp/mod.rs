//! MCP servers that the API connects to on behalf of the caller (beta).
//!
//! A request names each server in `mcp_servers` with an [`McpServerUrl`] and offers its tools to the model
//! with an [`McpToolset`] in `tools`. The API then calls the server by itself: the message holds every call
//! as an [`McpToolUseBlock`] and its result as an [`McpToolResultBlock`]. The caller only repeats these
//! blocks, unchanged, when it continues the conversation. To call MCP servers yourself, declare their tools
//! as [`CustomTool`]s instead.
//!
//! Requests need a beta header such as `mcp-client-2025-11-20`
//! ([`Beta::McpClient2025_11_20`](crate::types::Beta::McpClient2025_11_20)).
//!
//! ```
//! use messages_api::types::mcp::McpServerUrl;
//! use messages_api::types::tools::McpToolset;
//! use messages_api::{ContentBlock, CreateMessageRequest, Message};
//!
//! let server = McpServerUrl::new("mail", "https://mcp.example.test").authorization_token("secret");
//! let request = CreateMessageRequest::new("claude-sonnet-5", 1024)
//!     .mcp_servers(vec![server])
//!     .tool(McpToolset::new("mail"))
//!     .user("Tell Ada that it rains.");
//!
//! // What the API returns for this request.
//! let message: Message = serde_json::from_str(r#"{
//!     "id": "msg_01", "type": "message", "role": "assistant", "model": "claude-sonnet-5",
//!     "content": [
//!         {"type": "mcp_tool_use", "id": "mcptoolu_1", "name": "send", "server_name": "mail",
//!          "input": {"to": "ada@example.test", "text": "It rains."}},
//!         {"type": "mcp_tool_result", "tool_use_id": "mcptoolu_1", "content": "sent", "is_error": false},
//!         {"type": "text", "text": "Ada knows."}
//!     ],
//!     "stop_reason": "end_turn",
//!     "usage": {"input_tokens": 412, "output_tokens": 61}
//! }"#)?;
//!
//! for block in &message.content {
//!     match block {
//!         ContentBlock::McpToolUse(call) => {
//!             println!("{}/{} is called with {}", call.server_name, call.name, call.input);
//!         }
//!         ContentBlock::McpToolResult(result) if result.is_error == Some(true) => println!("it failed"),
//!         _ => {}
//!     }
//! }
//! assert_eq!(message.text(), "Ada knows.");
//! # assert_eq!(serde_json::to_value(&request)?["tools"][0]["mcp_server_name"], "mail");
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! [`CustomTool`]: crate::types::tools::CustomTool
//! [`McpToolset`]: crate::types::tools::McpToolset

mod block;
mod server;

pub use block::{McpTool, McpToolListingBlock, McpToolResultBlock, McpToolResultContent, McpToolUseBlock};
pub use server::{McpServerToolConfiguration, McpServerUrl};
