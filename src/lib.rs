//! Client and server SDK for the Anthropic-compatible Messages API.
//!
//! - **Call** an endpoint with `Client`, whole or streamed.
//! - **Mount** the route in a server with `MessagesService`: implement
//!   [`Handler`], or make one of a closure with [`handler_fn`].
//! - **Pass on**: a `Client` is a [`Handler`], so a gateway is one line.
//! - **Stream** by yourself: [`sse`] for frames, [`EventDecoder`] and
//!   [`encode_event`] for events, [`Accumulator`] and [`replay`] for messages.
//!
//! The README has an example of each, and `cargo run --example quickstart`
//! runs both directions in one program.
//!
//! # Types
//!
//! [`CreateMessageRequest`], [`Message`], [`StreamEvent`] and all that is in
//! them are plain data with public fields, built with `new` and setters. What
//! the protocol has and this version of the crate does not know survives:
//! fields in `extra`, objects as [`Unknown`], strings in the `Unknown`
//! variants; [`CreateMessageRequest::unknown`] and its likes list it. A known
//! type with a missing or wrong field is an error with its path. An optional
//! field that came as `null` is written as `null`, one that was absent stays
//! absent; both are `None`, and equal.
//!
//! Reading checks types, not rules. What the API would refuse for its content,
//! [`CreateMessageRequest::validate`] tells; nothing calls it by itself.
//!
//! The types are read and written with `serde_json`, also inside types of your
//! own. Through `#[serde(flatten)]`, `untagged` or a `serde_json::Value`, raw
//! payloads ([`Json`]) keep what serde passes on: key order and the exact
//! digits of numbers may be lost there. Other formats are not supported.
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `client` | yes | `Client`, over reqwest |
//! | `server` | yes | `MessagesService`, a tower service for any HTTP stack |
//! | `rustls` | yes | TLS for the client by rustls with its default provider |
//! | `rustls-no-provider` | | rustls with a provider that you install |
//! | `native-tls` | | TLS for the client by the operating system |
//! | `http2` | | HTTP/2 for the client |
//! | `schemars` | | `Tool::from_type`: a tool from a Rust type |
//! | `tracing` | | events of calls and answers: paths, statuses and request ids, never content |
//!
//! # Limits
//!
//! | what | default | set by |
//! |---|---|---|
//! | request body of a server | 32 MiB | `MessagesServiceBuilder::max_body_bytes` |
//! | pause in a request body | 30 s | `MessagesServiceBuilder::body_idle_timeout` |
//! | event of a stream | 32 MiB | `ClientBuilder::max_event_bytes`, [`EventDecoder::max_event_bytes`] |
//! | message that a stream adds up to | 64 MiB | [`MessageStream::max_message_bytes`], [`Accumulator::max_bytes`] |
//! | answer of a peer, whole or added up | 64 MiB | `ClientBuilder::max_response_bytes` |
//! | wait for a connection | 10 s | `ClientBuilder::connect_timeout` |
//! | wait for the head of an answer | 600 s | `ClientBuilder::response_timeout` |
//! | pause in an answer | 300 s | `ClientBuilder::idle_timeout` |
//! | nesting of JSON | 127 levels | [`MAX_DEPTH`] |
//! | objects within each other whose `type` does not stand first | 10 levels | |
//!
//! # What is not promised
//!
//! The text of errors and of `Debug`, the types of source errors, and the
//! values of defaults may change in any release.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

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
pub use json::{Json, MAX_DEPTH, PartialMode};
pub use model::{
    AdvisorMessageIterationUsage, AdvisorRedactedResult, AdvisorResult, AdvisorTool20260301,
    AdvisorToolResultBlock, AdvisorToolResultContent, AdvisorToolResultError, AllThinkingTurns, AllUrlSource,
    ApiError, ApiVersion, AppliedClearThinking20251015, AppliedClearToolUses20250919, AppliedEdit,
    Base64Source, BashCodeExecutionOutput, BashCodeExecutionResult, BashCodeExecutionToolResultBlock,
    BashCodeExecutionToolResultContent, BashCodeExecutionToolResultError, BatchCanceled, BatchErrored,
    BatchExpired, BatchRequest, BatchRequestCounts, BatchResult, BatchResultKind, BatchSucceeded, Beta,
    Betas, BillingPolicy, BlockBinding, BrowserStateBlock, BrowserStateChange, BrowserTab,
    BrowserToolset20260801, CacheControl, CacheControlType, CacheCreation, CacheMissReason,
    CacheMissUnavailable, CacheTtl, Caller, CapabilitySupport, ChangedTool, Citation, CitationCharLocation,
    CitationContentBlockLocation, CitationPageLocation, CitationSearchResultLocation,
    CitationWebSearchResultLocation, CitationsConfig, CitationsDelta, ClearAt, ClearThinking20251015Edit,
    ClearToolInputs, ClearToolUses20250919Edit, CodeExecution20250825Caller, CodeExecution20260120Caller,
    CodeExecutionOutput, CodeExecutionResult, CodeExecutionTool20250522, CodeExecutionTool20250825,
    CodeExecutionTool20260120, CodeExecutionTool20260521, CodeExecutionToolResultBlock,
    CodeExecutionToolResultContent, CodeExecutionToolResultError, Compact20260112Edit, CompactionBlock,
    CompactionCapability, CompactionConfig, CompactionDelta, CompactionIterationUsage,
    ComputerToolset20260801, Container, ContainerConfig, ContainerParams, ContainerUploadBlock, ContentBlock,
    ContentBlockDelta, ContentBlockDeltaEvent, ContentBlockStartEvent, ContentBlockStopEvent, ContentSource,
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
    McpToolUseBlock, McpToolset, McpToolsetReference, MediaTypeError, MemoryTool20250818, Message,
    MessageBatch, MessageBatchPage, MessageContent, MessageDelta, MessageDeltaEvent, MessageDeltaUsage,
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
    UserLocation, ValidationError, ValidationProblem, WebFetchResult, WebFetchTool20250910,
    WebFetchTool20260209, WebFetchTool20260309, WebFetchTool20260318, WebFetchToolResultBlock,
    WebFetchToolResultContent, WebFetchToolResultError, WebSearchResult, WebSearchTool20250305,
    WebSearchTool20260209, WebSearchTool20260318, WebSearchToolResultBlock, WebSearchToolResultContent,
    WebSearchToolResultError,
};
#[cfg(feature = "server")]
#[cfg_attr(docsrs, doc(cfg(feature = "server")))]
pub use server::{
    ApiKeys, Authenticator, MessagesBody, MessagesService, MessagesServiceBuilder, ResponseFuture,
};
pub use stream::{
    AccumulateError, Accumulator, EventDecoder, EventError, EventWriter, Finished, MessageStream, TextStream,
    ToolInputWriter, encode_event, replay,
};
pub use wire::{Extra, Unknown};

/// The examples of the README.
#[cfg(all(doctest, feature = "client", feature = "server"))]
#[doc = include_str!("../README.md")]
struct Readme;
