//! Content blocks that need an `anthropic-beta` value, those of MCP and of fallbacks apart.

use crate::model::{CacheControl, ContentBlock, NamedToolReference, ServerToolErrorCode, StopReason, Tool};
use crate::wire::{wire_shape, wire_struct, wire_union};

wire_struct! {
    /// A file that is uploaded to the container.
    ///
    /// ```
    /// let block = messages_api::ContainerUploadBlock::new("file_01");
    /// ```
    pub struct ContainerUploadBlock = "container_upload",
        /// The file `file_id`.
        pub fn new;
    required {
        /// The file.
        file_id: String,
    }
    optional {
        /// Marks the end of a prefix to cache; requests only.
        cache_control: CacheControl,
    }
}

wire_struct! {
    /// What the advisor model said.
    ///
    /// ```
    /// use messages_api::{AdvisorResult, AdvisorToolResultBlock};
    ///
    /// let block = AdvisorToolResultBlock::new("srvtoolu_1", AdvisorResult::new("try again"));
    /// ```
    pub struct AdvisorToolResultBlock = "advisor_tool_result",
        /// The answer to the call `tool_use_id`.
        pub fn new;
    required {
        /// The `id` of the `server_tool_use` block that this answers.
        tool_use_id: String,
        /// The advice, or why there is none.
        content: AdvisorToolResultContent,
    }
    optional {
        /// Marks the end of a prefix to cache; requests only.
        cache_control: CacheControl,
    }
}

wire_union! {
    /// What the advisor model said, or why it said nothing.
    ///
    /// ```
    /// use messages_api::{AdvisorResult, AdvisorToolResultContent};
    ///
    /// let content = AdvisorToolResultContent::from(AdvisorResult::new("try again"));
    /// ```
    pub enum AdvisorToolResultContent {
        /// The advice.
        Result(Box AdvisorResult) = "advisor_result",
        /// The advice, encrypted.
        RedactedResult(Box AdvisorRedactedResult) = "advisor_redacted_result",
        /// Why there is none.
        Error(AdvisorToolResultError) = "advisor_tool_result_error",
    }
}

wire_struct! {
    /// Advice.
    ///
    /// ```
    /// let result = messages_api::AdvisorResult::new("try again");
    /// ```
    pub struct AdvisorResult = "advisor_result",
        /// The advice `text`.
        pub fn new;
    required {
        /// The advice.
        text: String,
    }
    optional {
        /// Why the advisor stopped.
        stop_reason: StopReason,
    }
}

wire_struct! {
    /// Advice that only the model can read.
    ///
    /// ```
    /// let result = messages_api::AdvisorRedactedResult::new("RW5j");
    /// ```
    pub struct AdvisorRedactedResult = "advisor_redacted_result",
        /// Encrypted advice.
        pub fn new;
    required {
        /// The encrypted advice.
        encrypted_content: String,
    }
    optional {
        /// Why the advisor stopped.
        stop_reason: StopReason,
    }
}

wire_struct! {
    /// Why the advisor said nothing.
    ///
    /// ```
    /// let error = messages_api::AdvisorToolResultError::new("overloaded");
    /// ```
    pub struct AdvisorToolResultError = "advisor_tool_result_error",
        /// The failure `error_code`.
        pub fn new;
    required {
        /// Why.
        error_code: ServerToolErrorCode,
    }
    optional {}
}

wire_struct! {
    /// A conversation's summary, in place of what came before it.
    ///
    /// ```
    /// let block = messages_api::CompactionBlock::new().content("they talked about the weather");
    /// ```
    pub struct CompactionBlock = "compaction",
        /// A compaction that failed: it has no content.
        pub fn new;
    required {}
    optional {
        /// The summary; `null` where the compaction failed, never empty.
        content: String,
        /// The summary, which only the API can read.
        encrypted_content: String,
        /// Proves that the summary is the API's.
        signature: String,
        /// The tools that were added and removed so far.
        tool_changes: [ToolChange],
        /// Marks the end of a prefix to cache; requests only.
        cache_control: CacheControl,
    }
}

wire_struct! {
    /// A tool is added from here on; only in messages of the role `system`.
    ///
    /// ```
    /// use messages_api::{NamedToolReference, ToolAdditionBlock};
    ///
    /// let block = ToolAdditionBlock::new(NamedToolReference::new("get_weather"));
    /// ```
    pub struct ToolAdditionBlock = "tool_addition",
        /// The tool `tool` is added.
        pub fn new;
    required {
        /// The tool.
        tool: ChangedTool,
    }
    optional {
        /// Marks the end of a prefix to cache.
        cache_control: CacheControl,
    }
}

wire_struct! {
    /// A tool is removed from here on; only in messages of the role `system`.
    ///
    /// ```
    /// use messages_api::{NamedToolReference, ToolRemovalBlock};
    ///
    /// let block = ToolRemovalBlock::new(NamedToolReference::new("get_weather"));
    /// ```
    pub struct ToolRemovalBlock = "tool_removal",
        /// The tool `tool` is removed.
        pub fn new;
    required {
        /// The tool.
        tool: ChangedTool,
    }
    optional {
        /// Marks the end of a prefix to cache.
        cache_control: CacheControl,
    }
}

wire_union! {
    /// A tool that was added or removed.
    ///
    /// ```
    /// use messages_api::{NamedToolReference, ToolAdditionBlock, ToolChange};
    ///
    /// let change = ToolChange::from(ToolAdditionBlock::new(NamedToolReference::new("get_weather")));
    /// ```
    pub enum ToolChange {
        /// One was added.
        Addition(Box ToolAdditionBlock) = "tool_addition",
        /// One was removed.
        Removal(Box ToolRemovalBlock) = "tool_removal",
    }
}

wire_union! {
    /// The tool that a change is about.
    ///
    /// ```
    /// use messages_api::{ChangedTool, NamedToolReference};
    ///
    /// let tool = ChangedTool::from(NamedToolReference::new("get_weather"));
    /// ```
    pub enum ChangedTool {
        /// A tool of the request.
        Reference(NamedToolReference) = "tool_reference",
        /// A tool of an MCP server.
        McpReference(Box McpToolReference) = "mcp_tool_reference",
        /// All tools of an MCP server.
        McpToolsetReference(McpToolsetReference) = "mcp_toolset_reference",
        /// A tool defined here; additions only.
        Definition(Box ToolDefinition) = "tool_definition",
    }
}

wire_struct! {
    /// A tool of an MCP server.
    ///
    /// ```
    /// let reference = messages_api::McpToolReference::new("mail", "send");
    /// ```
    pub struct McpToolReference = "mcp_tool_reference",
        /// The tool `name` of the server `server_name`.
        pub fn new;
    required {
        /// The MCP server.
        server_name: String,
        /// The tool.
        name: String,
    }
    optional {}
}

wire_struct! {
    /// All tools of an MCP server.
    ///
    /// ```
    /// let reference = messages_api::McpToolsetReference::new("mail");
    /// ```
    pub struct McpToolsetReference = "mcp_toolset_reference",
        /// The tools of the server `server_name`.
        pub fn new;
    required {
        /// The MCP server.
        server_name: String,
    }
    optional {}
}

wire_struct! {
    /// A tool defined in the middle of a conversation.
    ///
    /// ```
    /// use messages_api::{CustomTool, Json, Tool, ToolDefinition};
    ///
    /// let tool = ToolDefinition::new(Tool::from(CustomTool::new("now", Json::parse(r#"{"type":"object"}"#)?)));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct ToolDefinition = "tool_definition",
        /// The tool `definition`.
        pub fn new;
    required {
        /// Any entry that `tools` may hold.
        definition: Tool,
    }
    optional {}
}

wire_struct! {
    /// Instructions in the middle of a conversation, as a block. Withdrawn in
    /// favour of messages of the role `system`: accept it, do not write it.
    ///
    /// ```
    /// let block = messages_api::MidConversationSystemBlock::new("be brief");
    /// ```
    pub struct MidConversationSystemBlock = "mid_conv_system",
        /// The instructions `content`.
        pub fn new;
    required {
        /// Text blocks, and tools added and removed.
        content: MidConversationSystemContent,
    }
    optional {
        /// Marks the end of a prefix to cache.
        cache_control: CacheControl,
    }
}

wire_shape! {
    /// The content of a [`MidConversationSystemBlock`].
    ///
    /// ```
    /// let content = messages_api::MidConversationSystemContent::from("be brief");
    /// ```
    pub enum MidConversationSystemContent, "a string or an array" {
        /// A plain string.
        Text = text(String),
        /// Text blocks, and tools added and removed.
        Blocks = list([ContentBlock]),
    }
}
