//! TODO.

mod block;
mod server;

pub use block::{McpTool, McpToolListingBlock, McpToolResultBlock, McpToolResultContent, McpToolUseBlock};
pub use server::{McpServerToolConfiguration, McpServerUrl};
