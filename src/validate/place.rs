//! The places in a request that contain blocks, and the blocks that each of them allows.

use crate::types::ContentBlock;

/// The content that a block is part of.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Place {
    User,
    Assistant,
    SystemMessage,
    SystemPrompt,
    SearchResult { in_user_message: bool },
    ToolResult { in_user_message: bool },
    McpToolResult,
    Document,
}

impl Place {
    /// Returns `true` if `block` is allowed in this place. An unknown block is allowed anywhere.
    pub(super) fn allows(self, block: &ContentBlock) -> bool {
        use ContentBlock as B;

        if matches!(block, B::Unknown(_)) {
            return true;
        }
        match self {
            Self::User | Self::Assistant => !matches!(
                block,
                B::ToolReference(_) | B::BrowserState(_) | B::ToolAddition(_) | B::ToolRemoval(_)
            ),
            Self::SystemMessage => matches!(block, B::Text(_) | B::ToolAddition(_) | B::ToolRemoval(_)),
            Self::SystemPrompt | Self::SearchResult { .. } | Self::McpToolResult => {
                matches!(block, B::Text(_))
            }
            Self::ToolResult { .. } => matches!(
                block,
                B::Text(_)
                    | B::Image(_)
                    | B::SearchResult(_)
                    | B::Document(_)
                    | B::ToolReference(_)
                    | B::BrowserState(_)
            ),
            Self::Document => matches!(block, B::Text(_) | B::Image(_)),
        }
    }

    /// Returns the name of the place for an error text.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::User => "a user message",
            Self::Assistant => "an assistant message",
            Self::SystemMessage => "a system message",
            Self::SystemPrompt => "the system prompt",
            Self::SearchResult { .. } => "a `search_result`",
            Self::ToolResult { .. } => "a `tool_result`",
            Self::McpToolResult => "an `mcp_tool_result`",
            Self::Document => "a `document`",
        }
    }

    pub(super) fn is_in_user_message(self) -> bool {
        match self {
            Self::User => true,
            Self::SearchResult { in_user_message } | Self::ToolResult { in_user_message } => in_user_message,
            _ => false,
        }
    }
}
