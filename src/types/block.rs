//! Content blocks, one type for both directions.

use crate::types::citations::Citation;
use crate::types::context::{CompactionBlock, MidConversationSystemBlock};
use crate::types::fallback::FallbackBlock;
use crate::types::mcp::{McpToolListingBlock, McpToolResultBlock, McpToolUseBlock};
use crate::types::server_tools::{
    AdvisorToolResultBlock, BashCodeExecutionToolResultBlock, CodeExecutionToolResultBlock,
    ContainerUploadBlock, ServerToolUseBlock, TextEditorCodeExecutionToolResultBlock,
    ToolSearchToolResultBlock, WebFetchToolResultBlock, WebSearchToolResultBlock,
};
use crate::types::tools::{BrowserStateBlock, ToolAdditionBlock, ToolReferenceBlock, ToolRemovalBlock};
use crate::types::{
    CacheControl, DocumentBlock, ImageBlock, SearchResultBlock, ToolResultBlock, ToolUseBlock,
};
use crate::wire::{wire_struct, wire_union};

wire_union! {
    /// A block of a message's content, sent by a caller or answered by the
    /// model. What this version does not know is kept as it came.
    ///
    /// ```
    /// use messages_api::ContentBlock;
    /// use messages_api::types::TextBlock;
    ///
    /// let block = ContentBlock::from(TextBlock::new("hi"));
    /// assert_eq!(block.type_name(), "text");
    /// assert_eq!(serde_json::to_string(&block)?, r#"{"type":"text","text":"hi"}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub enum ContentBlock {
        /// Text.
        Text(Box TextBlock) = "text",
        /// A picture, sent by the caller.
        Image(Box ImageBlock) = "image",
        /// A document, sent by the caller.
        Document(Box DocumentBlock) = "document",
        /// The model calls a tool of the caller.
        ToolUse(Box ToolUseBlock) = "tool_use",
        /// The caller answers a `tool_use`.
        ToolResult(Box ToolResultBlock) = "tool_result",
        /// The model thinks.
        Thinking(Box ThinkingBlock) = "thinking",
        /// The model's thinking, encrypted.
        RedactedThinking(Box RedactedThinkingBlock) = "redacted_thinking",
        /// A search result, given by the caller.
        SearchResult(Box SearchResultBlock) = "search_result",
        /// A tool that was found, in a tool's result.
        ToolReference(Box ToolReferenceBlock) = "tool_reference",
        /// A browser's tabs, in a browser tool's result.
        BrowserState(Box BrowserStateBlock) = "browser_state",
        /// A file for the container.
        ContainerUpload(Box ContainerUploadBlock) = "container_upload",
        /// The model calls a tool that the API runs.
        ServerToolUse(Box ServerToolUseBlock) = "server_tool_use",
        /// What a web search found.
        WebSearchToolResult(Box WebSearchToolResultBlock) = "web_search_tool_result",
        /// What a web fetch brought.
        WebFetchToolResult(Box WebFetchToolResultBlock) = "web_fetch_tool_result",
        /// What code gave.
        CodeExecutionToolResult(Box CodeExecutionToolResultBlock) = "code_execution_tool_result",
        /// What a shell command gave.
        BashCodeExecutionToolResult(Box BashCodeExecutionToolResultBlock) = "bash_code_execution_tool_result",
        /// What an edit of a file gave.
        TextEditorCodeExecutionToolResult(Box TextEditorCodeExecutionToolResultBlock) = "text_editor_code_execution_tool_result",
        /// What a tool search found.
        ToolSearchToolResult(Box ToolSearchToolResultBlock) = "tool_search_tool_result",
        /// The model calls a tool of an MCP server (beta).
        McpToolUse(Box McpToolUseBlock) = "mcp_tool_use",
        /// What a tool of an MCP server gave (beta).
        McpToolResult(Box McpToolResultBlock) = "mcp_tool_result",
        /// The tools that an MCP server offered (beta).
        McpToolListing(Box McpToolListingBlock) = "mcp_tool_listing",
        /// What the advisor model said (beta).
        AdvisorToolResult(Box AdvisorToolResultBlock) = "advisor_tool_result",
        /// A summary in place of what came before (beta).
        Compaction(Box CompactionBlock) = "compaction",
        /// Another model took over here (beta).
        Fallback(Box FallbackBlock) = "fallback",
        /// A tool is added from here on (beta).
        ToolAddition(Box ToolAdditionBlock) = "tool_addition",
        /// A tool is removed from here on (beta).
        ToolRemoval(Box ToolRemovalBlock) = "tool_removal",
        /// Instructions in the middle of a conversation; withdrawn.
        MidConversationSystem(Box MidConversationSystemBlock) = "mid_conv_system",
    }
}

impl ContentBlock {
    /// A text block.
    pub fn text(text: impl Into<String>) -> Self {
        TextBlock::new(text).into()
    }

    /// Returns the marker that ends a cached prefix at this block, if there is
    /// one; always `None` for types of blocks that cannot carry it.
    pub fn cache_control(&self) -> Option<&CacheControl> {
        self.shared("cache_control")
    }
}

wire_struct! {
    /// Text, by either side.
    ///
    /// ```
    /// use messages_api::types::{CacheControl, TextBlock};
    ///
    /// let block = TextBlock::new("a long preamble").cache_control(CacheControl::ephemeral());
    /// assert_eq!(block.text, "a long preamble");
    /// ```
    pub struct TextBlock = "text",
        /// A block of `text`.
        pub fn new;
    required {
        /// The text. The API refuses an empty one in a request.
        text: String,
    }
    optional {
        /// Where the text is quoted from. Answers hold `null` or a list.
        citations: [Citation],
        /// Marks the end of a prefix to cache; requests only.
        cache_control: CacheControl,
    }
}

/// The text blocks of `blocks` joined without a separator.
pub(super) fn text_of(blocks: &[ContentBlock]) -> String {
    let texts = blocks.iter().filter_map(|block| match block {
        ContentBlock::Text(block) => Some(block.text.as_str()),
        _ => None,
    });
    texts.collect()
}

wire_struct! {
    /// The model's thinking. Send it back unchanged in the next turn.
    ///
    /// ```
    /// use messages_api::types::ThinkingBlock;
    ///
    /// let block = ThinkingBlock::new("let me see", "c2ln");
    /// ```
    pub struct ThinkingBlock = "thinking",
        /// Thinking and its signature.
        pub fn new;
    required {
        /// The thinking, or its summary; empty where the request asked to omit it.
        thinking: String,
        /// Proves that the thinking is the model's.
        signature: String,
    }
    optional {}
}

wire_struct! {
    /// Thinking that only the model can read. Send it back unchanged in the
    /// next turn.
    ///
    /// ```
    /// use messages_api::types::RedactedThinkingBlock;
    ///
    /// let block = RedactedThinkingBlock::new("ZW5j");
    /// ```
    pub struct RedactedThinkingBlock = "redacted_thinking",
        /// Encrypted thinking.
        pub fn new;
    required {
        /// The encrypted thinking.
        data: String,
    }
    optional {}
}
