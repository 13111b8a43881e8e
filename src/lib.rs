//! Client and server SDK for the Anthropic-compatible Messages API.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod auth;
mod error;
mod handler;
mod json;
mod model;
pub mod sse;
mod stream;
mod wire;

pub use auth::Credential;
pub use error::{Error, ErrorKind};
pub use handler::{BoxHandler, Handler, HandlerFn, Reply, ReplyBody, RequestContext, handler_fn};
pub use json::{Json, MAX_DEPTH};
pub use model::{
    ApiError, Base64Source, CacheControl, CacheControlType, CacheCreation, CacheTtl, CitationsConfig,
    CitationsDelta, ContentBlock, ContentBlockDelta, ContentBlockDeltaEvent, ContentBlockStartEvent,
    ContentBlockStopEvent, ContentSource, ContentSourceContent, CountTokensRequest, CreateMessageRequest,
    CustomTool, DocumentBlock, DocumentSource, Effort, ErrorObject, ErrorResponse, ErrorType, ImageBlock,
    ImageSource, InputJsonDelta, InputMessage, JsonOutputFormat, Message, MessageContent, MessageDelta,
    MessageDeltaEvent, MessageDeltaUsage, MessageStartEvent, MessageStopEvent, MessageTokensCount, Metadata,
    OutputConfig, OutputFormat, OutputTokensDetails, PingEvent, RedactedThinkingBlock, Role, ServerToolUsage,
    ServiceTier, SignatureDelta, StopReason, StreamEvent, SystemPrompt, TextBlock, TextDelta, TextSource,
    ThinkingBlock, ThinkingConfig, ThinkingConfigAdaptive, ThinkingConfigDisabled, ThinkingConfigEnabled,
    ThinkingDelta, ThinkingDisplay, ThreadConfig, ThreadContinue, ThreadCreate, Tool, ToolChoice,
    ToolChoiceAny, ToolChoiceAuto, ToolChoiceNone, ToolChoiceTool, ToolResultBlock, ToolResultContent,
    ToolUseBlock, UrlSource, Usage, UsageServiceTier,
};
pub use stream::{Accumulator, MessageStream, TextStream};
pub use wire::{Extra, Unknown};
