//! TODO.

mod browser;
mod change;
mod choice;
mod client;
mod reference;
mod tool;
mod toolset;

pub use browser::{
    BrowserStateBlock, BrowserStateChange, BrowserTab, DownloadCompleted, DownloadFailed, DownloadStarted,
    TabOpened,
};
pub use change::{
    ChangedTool, McpToolReference, McpToolsetReference, ToolAdditionBlock, ToolChange, ToolDefinition,
    ToolRemovalBlock,
};
pub use choice::{ToolChoice, ToolChoiceAny, ToolChoiceAuto, ToolChoiceNone, ToolChoiceTool};
pub use client::{
    MemoryTool20250818, ToolBash20241022, ToolBash20250124, ToolComputerUse20241022, ToolComputerUse20250124,
    ToolComputerUse20251124, ToolTextEditor20241022, ToolTextEditor20250124, ToolTextEditor20250429,
    ToolTextEditor20250728,
};
pub use reference::{NamedToolReference, ToolReferenceBlock};
pub use tool::{CustomTool, Tool};
pub use toolset::{BrowserToolset20260801, ComputerToolset20260801, McpToolset, ToolsetMemberConfig};
