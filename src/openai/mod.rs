//! Bridges between the Messages API and OpenAI's Chat Completions.

mod exchange;
mod losses;
mod profile;
mod profiles;
mod request;
mod response;
mod stream;
pub mod types;

pub use exchange::Exchange;
pub use losses::{Loss, LossKind, Losses};
pub use profile::{
    MaxTokensField, Prefill, ReasoningHistory, ReasoningRequest, Sampling, SchemaFilter, StructuredOutput,
    SystemRole, ThinkingBlocks, TokenCounter, ToolIdForm, UpstreamProfile, UserField,
};
pub use request::request_to_openai;
pub use response::response_from_openai;
pub use stream::{ChunkDecoder, ChunksEnd, StreamBridge};
