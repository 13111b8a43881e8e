//! The part of OpenAI's Chat Completions protocol that a bridge needs.
//!
//! The types have the properties of those in [`types`](crate::types): what they do not know, they keep as raw
//! JSON in `extra`, and open sets of strings and objects have a variant `Unknown`. Nearly everything is
//! optional, since the servers that speak the protocol agree on little else.

mod chunk;
mod completion;
mod content;
mod message;
mod request;
mod tools;
mod usage;

pub use chunk::{ChatChunk, ChatChunkChoice, ChatDelta, ChatFunctionDelta, ChatToolCallDelta};
pub use completion::{ChatChoice, ChatCompletion};
pub use content::{
    ChatContent, ChatFile, ChatFilePart, ChatImagePart, ChatImageUrl, ChatPart, ChatRefusalPart, ChatTextPart,
};
pub use message::{ChatFunctionCall, ChatMessage, ChatRole, ChatToolCall};
pub use request::{
    ChatJsonObjectFormat, ChatJsonSchema, ChatJsonSchemaFormat, ChatRequest, ChatResponseFormat, ChatStop,
    ChatStreamOptions, ChatTextFormat,
};
pub use tools::{
    ChatFunction, ChatFunctionTool, ChatTool, ChatToolChoice, ChatToolChoiceFunction, ChatToolChoiceName,
    ChatToolChoiceObject,
};
pub use usage::{ChatCompletionTokensDetails, ChatPromptTokensDetails, ChatUsage};
