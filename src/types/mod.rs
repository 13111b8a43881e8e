//! The wire types of the Messages API: requests, messages, content blocks, tools, events and settings.
//!
//! A caller sends a [`CreateMessageRequest`], whose conversation is a list of [`InputMessage`]s. The model
//! returns a [`Message`], either whole or as a series of [`StreamEvent`](events::StreamEvent)s. The content
//! of both is made of [`ContentBlock`]s: text, images and documents, thinking, tool calls and tool results.
//!
//! All of them are plain data. Fields are public, `new` takes the required ones, and each optional field
//! has a setter of the same name. Constructors and setters take any value that converts into the type of
//! the field, so a string or a single block is enough where the protocol allows a list of blocks.
//!
//! ```
//! use messages_api::{CreateMessageRequest, Message, StopReason, ToolResultBlock};
//!
//! let request = CreateMessageRequest::new("claude-sonnet-5", 1024)
//!     .system("Be brief.")
//!     .user("How is the weather in Oslo?");
//!
//! // The body of the HTTP response: the model asks for a tool.
//! let json = r#"{"type":"message","id":"msg_01","role":"assistant","model":"claude-sonnet-5","content":[
//!     {"type":"text","text":"Let me look."},
//!     {"type":"tool_use","id":"toolu_01","name":"get_weather","input":{"city":"Oslo"}}
//! ],"stop_reason":"tool_use","usage":{"input_tokens":40,"output_tokens":25}}"#;
//! let message: Message = serde_json::from_str(json)?;
//! assert_eq!(message.text(), "Let me look.");
//! assert_eq!(message.stop_reason, Some(StopReason::ToolUse));
//!
//! // The message becomes the next turn of the conversation, and the results of its calls the one after.
//! let results: Vec<ToolResultBlock> =
//!     message.tool_uses().map(|call| ToolResultBlock::text(&*call.id, "4 °C, clear")).collect();
//! let request = request.message(message).user(results);
//! assert_eq!(request.messages.len(), 3);
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! # Where to look
//!
//! This module holds requests, messages and the everyday blocks. The submodules hold the rest, by subject:
//!
//! - [`tools`]: the tools that a request offers, and the choice among them.
//! - [`settings`]: thinking, effort, output format, service tier and other options of a request.
//! - [`events`]: the events of a streamed message. The types that read and write whole streams are in
//!   [`stream`](crate::stream).
//! - [`usage`]: token counts.
//! - [`citations`]: references from the model's text to its sources.
//! - [`server_tools`]: tools that the API runs, such as web search and code execution: their definitions,
//!   calls, results and containers.
//! - [`mcp`]: tools of MCP servers that the API connects to (beta).
//! - [`context`]: clearing and summarizing long conversations (beta).
//! - [`fallback`]: refusals, and the models that take over after one.
//! - [`diagnostics`]: reasons for prompt cache misses, and changes that the API made to a request.
//! - [`rate_limits`]: what the headers of HTTP responses say about limits.
//! - [`batches`] and [`models`]: message batches and lists of models, each with an endpoint of its own.
//!
//! What is marked (beta) may need the matching value of the header `anthropic-beta`: see [`Beta`]. A client
//! sends it for every request if its builder is given the value.
//!
//! # Nothing is lost
//!
//! The API gains fields and block types all the time. Whatever this version of the crate does not know is
//! kept and written back, so that a gateway can forward it:
//!
//! - A field stays in its object, in the field `extra`: see [`Extra`].
//! - An object of an unknown `type` becomes the `Unknown` variant of its enum, as raw JSON: see
//!   [`Unknown`].
//! - A string that an enum does not list becomes the `Unknown` variant with its text.
//! - Tool inputs, JSON schemas and other free-form payloads stay raw [`Json`](crate::json::Json) with their
//!   key order and the exact digits of their numbers.
//! - An optional field that came as `null` is written as `null`, and one that was absent stays absent. Both
//!   read as `None` and compare equal.
//!
//! The method `unknown`, which nearly every type has, lists the paths of everything that was not
//! recognized:
//!
//! ```
//! use messages_api::Message;
//!
//! let json = concat!(
//!     r#"{"type":"message","id":"msg_01","role":"assistant","model":"claude-sonnet-5","#,
//!     r#""content":[{"type":"hologram","size":1.0}],"#,
//!     r#""usage":{"input_tokens":3,"output_tokens":5},"mood":"calm"}"#,
//! );
//! let message: Message = serde_json::from_str(json)?;
//! assert_eq!(message.unknown(), ["content.0=hologram", "mood"]);
//! assert_eq!(serde_json::to_string(&message)?, json);
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! # What responses may lack
//!
//! Other servers than the API leave out fields that it always sends, or send `null`, and the official SDKs
//! go on. So do these types: a field that is absent or `null` in a response reads as the value below. The gap
//! is remembered and written back, so that a gateway forwards what it received, until the field is set to
//! another value. A count that is negative reads as 0 and is written as 0; one such as `15.0` reads as 15.
//!
//! | type | field | reads as |
//! |---|---|---|
//! | [`Message`] | `id`, `model`, `content` | empty |
//! | [`Message`] | `role` | `assistant` |
//! | [`Message`] | `usage` | counts of 0 |
//! | [`MessageTokensCount`] | `input_tokens` | 0 |
//! | [`ErrorObject`] | `type` | `api_error` |
//! | [`ErrorObject`] | `message` | empty |
//! | [`RedactedThinkingBlock`] | `data` | empty |
//! | [`TextBlock`] | `text` | empty |
//! | [`ThinkingBlock`] | `thinking`, `signature` | empty |
//! | [`ToolUseBlock`] | `input` | `{}` |
//! | [`BatchRequestCounts`](batches::BatchRequestCounts) | `processing`, `succeeded`, `errored`, `canceled`, `expired` | 0 |
//! | [`MessageBatch`](batches::MessageBatch) | `request_counts` | counts of 0 |
//! | [`MessageBatch`](batches::MessageBatch) | `created_at`, `expires_at` | empty |
//! | [`MessageBatchPage`](batches::MessageBatchPage) | `data` | empty |
//! | [`MessageBatchPage`](batches::MessageBatchPage) | `has_more` | `false` |
//! | [`CitationCharLocation`](citations::CitationCharLocation) | `cited_text` | empty |
//! | [`CitationContentBlockLocation`](citations::CitationContentBlockLocation) | `cited_text` | empty |
//! | [`CitationPageLocation`](citations::CitationPageLocation) | `cited_text` | empty |
//! | [`CitationSearchResultLocation`](citations::CitationSearchResultLocation) | `cited_text` | empty |
//! | [`CitationWebSearchResultLocation`](citations::CitationWebSearchResultLocation) | `cited_text`, `encrypted_index` | empty |
//! | [`AppliedClearThinking20251015`](context::AppliedClearThinking20251015) | `cleared_thinking_turns`, `cleared_input_tokens` | 0 |
//! | [`AppliedClearToolUses20250919`](context::AppliedClearToolUses20250919) | `cleared_tool_uses`, `cleared_input_tokens` | 0 |
//! | [`ContextManagementResponse`](context::ContextManagementResponse) | `applied_edits` | empty |
//! | [`CountTokensContextManagement`](context::CountTokensContextManagement) | `original_input_tokens` | 0 |
//! | [`MessagesChanged`](diagnostics::MessagesChanged) | `cache_missed_input_tokens` | 0 |
//! | [`ModelChanged`](diagnostics::ModelChanged) | `cache_missed_input_tokens` | 0 |
//! | [`SystemChanged`](diagnostics::SystemChanged) | `cache_missed_input_tokens` | 0 |
//! | [`ToolsChanged`](diagnostics::ToolsChanged) | `cache_missed_input_tokens` | 0 |
//! | [`InputJsonDelta`](events::InputJsonDelta) | `partial_json` | empty |
//! | [`MessageDeltaEvent`](events::MessageDeltaEvent) | `delta` | no change |
//! | [`SignatureDelta`](events::SignatureDelta) | `signature` | empty |
//! | [`TextDelta`](events::TextDelta) | `text` | empty |
//! | [`ThinkingDelta`](events::ThinkingDelta) | `thinking` | empty |
//! | [`McpTool`](mcp::McpTool) | `input_schema` | `{}` |
//! | [`McpToolListingBlock`](mcp::McpToolListingBlock) | `tools` | empty |
//! | [`McpToolUseBlock`](mcp::McpToolUseBlock) | `server_name` | empty |
//! | [`McpToolUseBlock`](mcp::McpToolUseBlock) | `input` | `{}` |
//! | [`CapabilitySupport`](models::CapabilitySupport) | `supported` | `false` |
//! | [`CompactionCapability`](models::CompactionCapability) | `supported` | `false` |
//! | [`ContextManagementCapability`](models::ContextManagementCapability) | `supported` | `false` |
//! | [`EffortCapability`](models::EffortCapability) | `supported` | `false` |
//! | [`ModelInfo`](models::ModelInfo) | `display_name`, `created_at` | empty |
//! | [`ModelPage`](models::ModelPage) | `data` | empty |
//! | [`ModelPage`](models::ModelPage) | `has_more` | `false` |
//! | [`ServerToolsCapability`](models::ServerToolsCapability) | `supported` | `false` |
//! | [`ThinkingCapability`](models::ThinkingCapability) | `supported` | `false` |
//! | [`AdvisorRedactedResult`](server_tools::AdvisorRedactedResult) | `encrypted_content` | empty |
//! | [`AdvisorResult`](server_tools::AdvisorResult) | `text` | empty |
//! | [`BashCodeExecutionResult`](server_tools::BashCodeExecutionResult) | `stdout`, `stderr`, `content` | empty |
//! | [`CodeExecutionResult`](server_tools::CodeExecutionResult) | `stdout`, `stderr`, `content` | empty |
//! | [`Container`](server_tools::Container) | `expires_at` | empty |
//! | [`EncryptedCodeExecutionResult`](server_tools::EncryptedCodeExecutionResult) | `encrypted_stdout`, `stderr`, `content` | empty |
//! | [`ServerToolUseBlock`](server_tools::ServerToolUseBlock) | `input` | `{}` |
//! | [`TextEditorCodeExecutionCreateResult`](server_tools::TextEditorCodeExecutionCreateResult) | `is_file_update` | `false` |
//! | [`ToolSearchToolSearchResult`](server_tools::ToolSearchToolSearchResult) | `tool_references` | empty |
//! | [`WebSearchResult`](server_tools::WebSearchResult) | `title`, `encrypted_content` | empty |
//! | [`AdvisorMessageIterationUsage`](usage::AdvisorMessageIterationUsage) | `input_tokens`, `output_tokens` | 0 |
//! | [`CacheCreation`](usage::CacheCreation) | `ephemeral_5m_input_tokens`, `ephemeral_1h_input_tokens` | 0 |
//! | [`CompactionIterationUsage`](usage::CompactionIterationUsage) | `input_tokens`, `output_tokens` | 0 |
//! | [`FallbackMessageIterationUsage`](usage::FallbackMessageIterationUsage) | `input_tokens`, `output_tokens` | 0 |
//! | [`MessageDeltaUsage`](usage::MessageDeltaUsage) | `output_tokens` | 0 |
//! | [`MessageIterationUsage`](usage::MessageIterationUsage) | `input_tokens`, `output_tokens` | 0 |
//! | [`OutputTokensDetails`](usage::OutputTokensDetails) | `thinking_tokens` | 0 |
//! | [`ServerToolUsage`](usage::ServerToolUsage) | `web_search_requests`, `web_fetch_requests` | 0 |
//! | [`Usage`](usage::Usage) | `input_tokens`, `output_tokens` | 0 |
//!
//! The `type` of a [`Message`], an [`ErrorResponse`], a [`ModelInfo`](models::ModelInfo), a
//! [`MessageBatch`](batches::MessageBatch) and a [`DeletedMessageBatch`](batches::DeletedMessageBatch) may be
//! absent too, where they are not part of a larger value that needs it. Everything else that is required stays
//! so, above all what identifies a thing: the `type` of a block, the `id` and `name` of a call, the `index` of an
//! event. Requests stay strict as a whole, except for the content of `assistant` turns: it is read like the
//! response that it was, and [`CreateMessageRequest::validate`] reports what the API would reject in it.
//!
//! # Reading checks types, not rules
//!
//! Reading checks JSON types and the presence of required fields, and reports a violation with its path,
//! for example `messages.3.content.0.tool_use_id: missing field`. It does not check the rules of the API,
//! such as lengths, ranges and the order of tool calls and results. [`CreateMessageRequest::validate`]
//! checks those; see [`validate`](crate::validate).
//!
//! The types implement serde's traits for use with `serde_json`; other formats are not supported.

pub mod batches;
mod beta;
mod block;
mod cache;
pub mod citations;
mod content;
pub mod context;
mod count;
mod defaults;
pub mod diagnostics;
mod document;
mod error;
mod estimate;
pub mod events;
pub mod fallback;
mod image;
mod input_message;
pub mod mcp;
pub(crate) mod media;
mod message;
pub mod models;
mod page;
pub mod rate_limits;
mod request;
mod resumable;
mod search_result;
pub mod server_tools;
pub mod settings;
mod source;
mod tool_use;
pub mod tools;
pub mod usage;
mod version;

pub use beta::{Beta, Betas};
pub use block::{ContentBlock, RedactedThinkingBlock, TextBlock, ThinkingBlock};
pub use cache::{CacheControl, CacheControlType, CacheTtl};
pub use content::{MessageContent, SystemPrompt};
pub use count::{CountTokensRequest, MessageTokensCount};
pub use document::DocumentBlock;
pub use error::{ErrorObject, ErrorResponse, ErrorType};
pub use image::{ImageBlock, ImageTransformations, OversizedImage};
pub use input_message::{ClearAt, InputMessage, Role};
pub use media::MediaTypeError;
pub use message::{Message, StopReason};
pub use request::CreateMessageRequest;
pub use search_result::SearchResultBlock;
pub use source::{
    Base64Source, ContentSource, ContentSourceContent, DocumentSource, FileSource, ImageSource, TextSource,
    UrlSource,
};
pub use tool_use::{ToolResultBlock, ToolResultContent, ToolUseBlock};
pub use version::ApiVersion;

pub use crate::wire::{Boxed, Extra, Unknown};

#[cfg(test)]
mod fixtures;
