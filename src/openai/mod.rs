//! Bridges between the Messages API and OpenAI's Chat Completions.

mod exchange;
mod facade;
mod losses;
mod profile;
mod request;
mod response;
mod stream;
pub mod types;

pub use exchange::Exchange;
pub use facade::{
    ChatExchange, ChunkEncoder, FacadeOptions, error_to_openai, request_from_openai, response_to_openai,
};
#[cfg(feature = "server")]
#[cfg_attr(docsrs, doc(cfg(feature = "server")))]
pub use facade::{Facade, FacadeFuture};
pub use losses::{Loss, LossKind, Losses};
pub use profile::{
    MaxTokensField, Prefill, ReasoningHistory, ReasoningRequest, SchemaFilter, StructuredOutput, SystemRole,
    ThinkingBlocks, TokenCounter, ToolIdForm, UpstreamProfile, UserField,
};
pub use request::request_to_openai;
pub use response::response_from_openai;
pub use stream::{ChunksEnd, StreamBridge};
