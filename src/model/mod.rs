//! The wire model: requests, messages, blocks, tools, events and errors, as
//! data. No I/O happens here.

mod batch;
mod beta;
mod beta_block;
mod block;
mod browser;
mod citation;
mod code_execution;
mod config;
mod container;
mod content;
mod context;
mod count;
mod delta;
mod error;
mod event;
mod fallback;
#[cfg(test)]
mod fixtures;
mod input_message;
mod iteration;
mod mcp;
mod media;
mod message;
mod models;
mod request;
mod search;
mod server_tool;
mod source;
mod tool;
mod tool_choice;
mod tool_client;
mod tool_hosted;
mod tool_use;
mod toolset;
mod usage;
mod validate;
mod version;
mod web;

pub use batch::{
    BatchCanceled, BatchErrored, BatchExpired, BatchRequest, BatchRequestCounts, BatchResult,
    BatchResultKind, BatchSucceeded, CreateBatchRequest, DeletedMessageBatch, MessageBatch, MessageBatchPage,
    ProcessingStatus,
};
pub use beta::{Beta, Betas};
pub use beta_block::{
    AdvisorRedactedResult, AdvisorResult, AdvisorToolResultBlock, AdvisorToolResultContent,
    AdvisorToolResultError, ChangedTool, CompactionBlock, ContainerUploadBlock, McpToolReference,
    McpToolsetReference, MidConversationSystemBlock, MidConversationSystemContent, ToolAdditionBlock,
    ToolChange, ToolDefinition, ToolRemovalBlock,
};
pub use block::{
    CacheControl, CacheControlType, CacheTtl, ContentBlock, DocumentBlock, ImageBlock, ImageTransformations,
    OversizedImage, RedactedThinkingBlock, TextBlock, ThinkingBlock,
};
pub use browser::{
    BrowserStateBlock, BrowserStateChange, BrowserTab, DownloadCompleted, DownloadFailed, DownloadStarted,
    TabOpened,
};
pub use citation::{
    Citation, CitationCharLocation, CitationContentBlockLocation, CitationPageLocation,
    CitationSearchResultLocation, CitationWebSearchResultLocation,
};
pub use code_execution::{
    BashCodeExecutionOutput, BashCodeExecutionResult, BashCodeExecutionToolResultBlock,
    BashCodeExecutionToolResultContent, BashCodeExecutionToolResultError, CodeExecutionOutput,
    CodeExecutionResult, CodeExecutionToolResultBlock, CodeExecutionToolResultContent,
    CodeExecutionToolResultError, EncryptedCodeExecutionResult, FileType,
    TextEditorCodeExecutionCreateResult, TextEditorCodeExecutionStrReplaceResult,
    TextEditorCodeExecutionToolResultBlock, TextEditorCodeExecutionToolResultContent,
    TextEditorCodeExecutionToolResultError, TextEditorCodeExecutionViewResult,
};
pub use config::{
    BillingPolicy, BlockBinding, CompactionConfig, Effort, JsonOutputFormat, Metadata, OutputConfig,
    OutputFormat, PrefixMismatchBehavior, ServiceTier, SummarizeCompaction, TaskBudget, ThinkingConfig,
    ThinkingConfigAdaptive, ThinkingConfigBetweenTools, ThinkingConfigDisabled, ThinkingConfigEnabled,
    ThinkingDisplay, ThreadConfig, ThreadContinue, ThreadCreate,
};
pub use container::{
    CacheMissReason, CacheMissUnavailable, Container, ContainerConfig, ContainerParams, Diagnostics,
    DiagnosticsConfig, InputTransformation, InputTransformationReason, InputTransformationType,
    MessagesChanged, ModelChanged, PreviousMessageNotFound, Skill, SkillType, SystemChanged, ToolsChanged,
};
pub use content::{MessageContent, SystemPrompt};
pub use context::{
    AllThinkingTurns, AppliedClearThinking20251015, AppliedClearToolUses20250919, AppliedEdit,
    ClearThinking20251015Edit, ClearToolInputs, ClearToolUses20250919Edit, Compact20260112Edit,
    ContextManagementConfig, ContextManagementEdit, ContextManagementResponse, ContextThreshold,
    InputTokensThreshold, KeepThinking, ThinkingTurns, ThinkingTurnsThreshold, ToolUsesThreshold,
};
pub use count::{CountTokensContextManagement, CountTokensRequest, MessageTokensCount};
pub use delta::{
    CitationsDelta, CompactionDelta, ContentBlockDelta, InputJsonDelta, SignatureDelta, TextDelta,
    ThinkingDelta,
};
pub use error::{ApiError, ErrorObject, ErrorResponse, ErrorType};
pub use event::{
    ContentBlockDeltaEvent, ContentBlockStartEvent, ContentBlockStopEvent, MessageDelta, MessageDeltaEvent,
    MessageStartEvent, MessageStopEvent, PingEvent, StreamEvent,
};
pub use fallback::{
    Fallback, FallbackBlock, FallbackCreditMode, FallbackCreditRedemption, FallbackCreditToken,
    FallbackModel, FallbackTrigger, Fallbacks, RefusalCategory, RefusalStopDetails, RefusalTrigger, Speed,
    StopDetails,
};
pub use input_message::{ClearAt, InputMessage, Role};
pub use iteration::{
    AdvisorMessageIterationUsage, CompactionIterationUsage, CreditNotApplied, CreditNotAppliedReason,
    CreditRedeemed, FallbackCreditStatus, FallbackCreditUsage, FallbackMessageIterationUsage,
    MessageIterationUsage, UsageIteration,
};
pub use mcp::{
    McpServerToolConfiguration, McpServerUrl, McpTool, McpToolListingBlock, McpToolResultBlock,
    McpToolResultContent, McpToolUseBlock,
};
pub use media::MediaTypeError;
pub use message::{Message, StopReason};
pub use models::{
    CapabilitySupport, CompactionCapability, ContextManagementCapability, EffortCapability,
    ModelCapabilities, ModelInfo, ModelLifecycle, ModelPage, ServerToolsCapability, ThinkingCapability,
    ThinkingTypes,
};
pub use request::CreateMessageRequest;
pub use search::{
    NamedToolReference, SearchResultBlock, ToolReferenceBlock, ToolSearchToolResultBlock,
    ToolSearchToolResultContent, ToolSearchToolResultError, ToolSearchToolSearchResult,
};
pub use server_tool::{
    Caller, CodeExecution20250825Caller, CodeExecution20260120Caller, DirectCaller, ServerToolErrorCode,
    ServerToolName, ServerToolUseBlock,
};
pub use source::{
    Base64Source, CitationsConfig, ContentSource, ContentSourceContent, DocumentSource, FileSource,
    ImageSource, TextSource, UrlSource,
};
pub use tool::{CustomTool, Tool};
pub use tool_choice::{ToolChoice, ToolChoiceAny, ToolChoiceAuto, ToolChoiceNone, ToolChoiceTool};
pub use tool_client::{
    MemoryTool20250818, ToolBash20241022, ToolBash20250124, ToolComputerUse20241022, ToolComputerUse20250124,
    ToolComputerUse20251124, ToolTextEditor20241022, ToolTextEditor20250124, ToolTextEditor20250429,
    ToolTextEditor20250728,
};
pub use tool_hosted::{
    AdvisorTool20260301, AllUrlSource, CodeExecutionTool20250522, CodeExecutionTool20250825,
    CodeExecutionTool20260120, CodeExecutionTool20260521, ExceptUrlSource, NoneUrlSource, OnlyUrlSource,
    ResponseInclusion, ToolSearchToolBm25, ToolSearchToolBm25_20251119, ToolSearchToolRegex,
    ToolSearchToolRegex20251119, UrlSourceFilter, UrlSources, UserLocation, WebFetchTool20250910,
    WebFetchTool20260209, WebFetchTool20260309, WebFetchTool20260318, WebSearchTool20250305,
    WebSearchTool20260209, WebSearchTool20260318,
};
pub use tool_use::{ToolResultBlock, ToolResultContent, ToolUseBlock};
pub use toolset::{BrowserToolset20260801, ComputerToolset20260801, McpToolset, ToolsetMemberConfig};
pub use usage::{
    CacheCreation, MessageDeltaUsage, OutputTokensDetails, ServerToolUsage, Usage, UsageServiceTier,
};
pub use validate::{ValidationError, ValidationProblem};
pub use version::ApiVersion;
pub use web::{
    FetchedDocument, WebFetchResult, WebFetchToolResultBlock, WebFetchToolResultContent,
    WebFetchToolResultError, WebSearchResult, WebSearchToolResultBlock, WebSearchToolResultContent,
    WebSearchToolResultError,
};
