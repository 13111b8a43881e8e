//! Client and server SDK for the Anthropic-compatible Messages API.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod auth;
#[cfg(feature = "client")]
mod client;
mod error;
mod handler;
mod json;
mod model;
#[cfg(feature = "server")]
mod server;
pub mod sse;
mod stream;
mod wire;

pub use auth::Credential;
#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub use client::{Client, ClientBuilder};
pub use error::{Error, ErrorKind};
pub use handler::{BoxHandler, Handler, HandlerFn, Reply, ReplyBody, RequestContext, handler_fn};
pub use json::{Json, MAX_DEPTH};
pub use model::{
    AdvisorMessageIterationUsage, AdvisorRedactedResult, AdvisorResult, AdvisorTool20260301,
    AdvisorToolResultBlock, AdvisorToolResultContent, AdvisorToolResultError, AllThinkingTurns, AllUrlSource,
    ApiError, AppliedClearThinking20251015, AppliedClearToolUses20250919, AppliedEdit, Base64Source,
    BashCodeExecutionOutput, BashCodeExecutionResult, BashCodeExecutionToolResultBlock,
    BashCodeExecutionToolResultContent, BashCodeExecutionToolResultError, BatchCanceled, BatchErrored,
    BatchExpired, BatchRequest, BatchRequestCounts, BatchResult, BatchResultKind, BatchSucceeded,
    BillingPolicy, BlockBinding, BrowserStateBlock, BrowserStateChange, BrowserTab, BrowserToolset20260801,
    CacheControl, CacheControlType, CacheCreation, CacheMissReason, CacheMissUnavailable, CacheTtl, Caller,
    CapabilitySupport, ChangedTool, Citation, CitationCharLocation, CitationContentBlockLocation,
    CitationPageLocation, CitationSearchResultLocation, CitationWebSearchResultLocation, CitationsConfig,
    CitationsDelta, ClearAt, ClearThinking20251015Edit, ClearToolInputs, ClearToolUses20250919Edit,
    CodeExecution20250825Caller, CodeExecution20260120Caller, CodeExecutionOutput, CodeExecutionResult,
    CodeExecutionTool20250522, CodeExecutionTool20250825, CodeExecutionTool20260120,
    CodeExecutionTool20260521, CodeExecutionToolResultBlock, CodeExecutionToolResultContent,
    CodeExecutionToolResultError, Compact20260112Edit, CompactionBlock, CompactionCapability,
    CompactionConfig, CompactionDelta, CompactionIterationUsage, ComputerToolset20260801, Container,
    ContainerConfig, ContainerParams, ContainerUploadBlock, ContentBlock, ContentBlockDelta,
    ContentBlockDeltaEvent, ContentBlockStartEvent, ContentBlockStopEvent, ContentSource,
    ContentSourceContent, ContextManagementCapability, ContextManagementConfig, ContextManagementEdit,
    ContextManagementResponse, ContextThreshold, CountTokensContextManagement, CountTokensRequest,
    CreateBatchRequest, CreateMessageRequest, CreditNotApplied, CreditNotAppliedReason, CreditRedeemed,
    CustomTool, DeletedMessageBatch, Diagnostics, DiagnosticsConfig, DirectCaller, DocumentBlock,
    DocumentSource, DownloadCompleted, DownloadFailed, DownloadStarted, Effort, EffortCapability,
    EncryptedCodeExecutionResult, ErrorObject, ErrorResponse, ErrorType, ExceptUrlSource, Fallback,
    FallbackBlock, FallbackCreditMode, FallbackCreditRedemption, FallbackCreditStatus, FallbackCreditToken,
    FallbackCreditUsage, FallbackMessageIterationUsage, FallbackModel, FallbackTrigger, Fallbacks,
    FetchedDocument, FileSource, FileType, ImageBlock, ImageSource, ImageTransformations, InputJsonDelta,
    InputMessage, InputTokensThreshold, InputTransformation, InputTransformationReason,
    InputTransformationType, JsonOutputFormat, KeepThinking, McpServerToolConfiguration, McpServerUrl,
    McpTool, McpToolListingBlock, McpToolReference, McpToolResultBlock, McpToolResultContent,
    McpToolUseBlock, McpToolset, McpToolsetReference, MemoryTool20250818, Message, MessageBatch,
    MessageBatchPage, MessageContent, MessageDelta, MessageDeltaEvent, MessageDeltaUsage,
    MessageIterationUsage, MessageStartEvent, MessageStopEvent, MessageTokensCount, MessagesChanged,
    Metadata, MidConversationSystemBlock, MidConversationSystemContent, ModelCapabilities, ModelChanged,
    ModelInfo, ModelLifecycle, ModelPage, NamedToolReference, NoneUrlSource, OnlyUrlSource, OutputConfig,
    OutputFormat, OutputTokensDetails, OversizedImage, PingEvent, PrefixMismatchBehavior,
    PreviousMessageNotFound, ProcessingStatus, RedactedThinkingBlock, RefusalCategory, RefusalStopDetails,
    RefusalTrigger, ResponseInclusion, Role, SearchResultBlock, ServerToolErrorCode, ServerToolName,
    ServerToolUsage, ServerToolUseBlock, ServerToolsCapability, ServiceTier, SignatureDelta, Skill,
    SkillType, Speed, StopDetails, StopReason, StreamEvent, SummarizeCompaction, SystemChanged, SystemPrompt,
    TabOpened, TaskBudget, TextBlock, TextDelta, TextEditorCodeExecutionCreateResult,
    TextEditorCodeExecutionStrReplaceResult, TextEditorCodeExecutionToolResultBlock,
    TextEditorCodeExecutionToolResultContent, TextEditorCodeExecutionToolResultError,
    TextEditorCodeExecutionViewResult, TextSource, ThinkingBlock, ThinkingCapability, ThinkingConfig,
    ThinkingConfigAdaptive, ThinkingConfigBetweenTools, ThinkingConfigDisabled, ThinkingConfigEnabled,
    ThinkingDelta, ThinkingDisplay, ThinkingTurns, ThinkingTurnsThreshold, ThinkingTypes, ThreadConfig,
    ThreadContinue, ThreadCreate, Tool, ToolAdditionBlock, ToolBash20241022, ToolBash20250124, ToolChange,
    ToolChoice, ToolChoiceAny, ToolChoiceAuto, ToolChoiceNone, ToolChoiceTool, ToolComputerUse20241022,
    ToolComputerUse20250124, ToolComputerUse20251124, ToolDefinition, ToolReferenceBlock, ToolRemovalBlock,
    ToolResultBlock, ToolResultContent, ToolSearchToolBm25, ToolSearchToolBm25_20251119, ToolSearchToolRegex,
    ToolSearchToolRegex20251119, ToolSearchToolResultBlock, ToolSearchToolResultContent,
    ToolSearchToolResultError, ToolSearchToolSearchResult, ToolTextEditor20241022, ToolTextEditor20250124,
    ToolTextEditor20250429, ToolTextEditor20250728, ToolUseBlock, ToolUsesThreshold, ToolsChanged,
    ToolsetMemberConfig, UrlSource, UrlSourceFilter, UrlSources, Usage, UsageIteration, UsageServiceTier,
    UserLocation, WebFetchResult, WebFetchTool20250910, WebFetchTool20260209, WebFetchTool20260309,
    WebFetchTool20260318, WebFetchToolResultBlock, WebFetchToolResultContent, WebFetchToolResultError,
    WebSearchResult, WebSearchTool20250305, WebSearchTool20260209, WebSearchTool20260318,
    WebSearchToolResultBlock, WebSearchToolResultContent, WebSearchToolResultError,
};
#[cfg(feature = "server")]
#[cfg_attr(docsrs, doc(cfg(feature = "server")))]
pub use server::{
    ApiKeys, Authenticator, MessagesBody, MessagesService, MessagesServiceBuilder, ResponseFuture,
};
pub use stream::{
    AccumulateError, Accumulator, EventDecoder, EventWriter, Finished, MessageStream, TextStream,
    ToolInputWriter, encode_event, replay,
};
pub use wire::{Extra, Unknown};
