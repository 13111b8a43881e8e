//! TODO.

pub mod batches;
mod beta;
mod block;
mod cache;
pub mod citations;
mod content;
pub mod context;
mod count;
pub mod diagnostics;
mod document;
mod error;
pub mod events;
pub mod fallback;
mod image;
mod input_message;
pub mod mcp;
mod media;
mod message;
pub mod models;
mod page;
mod request;
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

pub use crate::wire::{Extra, Unknown};
#[cfg(test)]
mod fixtures;
