//! The wire model: requests, messages, blocks, tools, events and errors, as
//! data. No I/O happens here.

mod block;
mod count;
mod delta;
mod error;
mod event;
mod message;
mod request;
mod source;
mod tool;
mod usage;

pub use block::{
    CacheControl, CacheControlType, CacheTtl, ContentBlock, DocumentBlock, ImageBlock, RedactedThinkingBlock,
    TextBlock, ThinkingBlock, ToolResultBlock, ToolResultContent, ToolUseBlock,
};
pub use count::{CountTokensRequest, MessageTokensCount};
pub use delta::{
    CitationsDelta, ContentBlockDelta, InputJsonDelta, SignatureDelta, TextDelta, ThinkingDelta,
};
pub use error::{ApiError, ErrorObject, ErrorResponse, ErrorType};
pub use event::{
    ContentBlockDeltaEvent, ContentBlockStartEvent, ContentBlockStopEvent, MessageDelta, MessageDeltaEvent,
    MessageStartEvent, MessageStopEvent, PingEvent, StreamEvent,
};
pub use message::{Message, StopReason};
pub use request::{
    CreateMessageRequest, Effort, InputMessage, JsonOutputFormat, MessageContent, Metadata, OutputConfig,
    OutputFormat, Role, ServiceTier, SystemPrompt, ThinkingConfig, ThinkingConfigAdaptive,
    ThinkingConfigDisabled, ThinkingConfigEnabled, ThinkingDisplay, ThreadConfig, ThreadContinue,
    ThreadCreate,
};
pub use source::{
    Base64Source, CitationsConfig, ContentSource, ContentSourceContent, DocumentSource, ImageSource,
    TextSource, UrlSource,
};
pub use tool::{CustomTool, Tool, ToolChoice, ToolChoiceAny, ToolChoiceAuto, ToolChoiceNone, ToolChoiceTool};
pub use usage::{
    CacheCreation, MessageDeltaUsage, OutputTokensDetails, ServerToolUsage, Usage, UsageServiceTier,
};
