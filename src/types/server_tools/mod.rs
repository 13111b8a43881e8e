//! TODO.

mod advisor;
mod call;
mod code_execution;
mod container;
mod definition;
mod tool_search;
mod web;

pub use advisor::{
    AdvisorRedactedResult, AdvisorResult, AdvisorTool20260301, AdvisorToolResultBlock,
    AdvisorToolResultContent, AdvisorToolResultError,
};
pub use call::{
    Caller, CodeExecution20250825Caller, CodeExecution20260120Caller, DirectCaller, ServerToolErrorCode,
    ServerToolName, ServerToolUseBlock,
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
pub use container::{Container, ContainerConfig, ContainerParams, ContainerUploadBlock, Skill, SkillType};
pub use definition::{
    AllUrlSource, CodeExecutionTool20250522, CodeExecutionTool20250825, CodeExecutionTool20260120,
    CodeExecutionTool20260521, ExceptUrlSource, NoneUrlSource, OnlyUrlSource, ResponseInclusion,
    ToolSearchToolBm25, ToolSearchToolBm25_20251119, ToolSearchToolRegex, ToolSearchToolRegex20251119,
    UrlSourceFilter, UrlSources, UserLocation, WebFetchTool20250910, WebFetchTool20260209,
    WebFetchTool20260309, WebFetchTool20260318, WebSearchTool20250305, WebSearchTool20260209,
    WebSearchTool20260318,
};
pub use tool_search::{
    ToolSearchToolResultBlock, ToolSearchToolResultContent, ToolSearchToolResultError,
    ToolSearchToolSearchResult,
};
pub use web::{
    FetchedDocument, WebFetchResult, WebFetchToolResultBlock, WebFetchToolResultContent,
    WebFetchToolResultError, WebSearchResult, WebSearchToolResultBlock, WebSearchToolResultContent,
    WebSearchToolResultError,
};
