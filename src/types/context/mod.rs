//! TODO.

mod applied;
mod compaction;
mod edit;
mod mid_conversation;

pub use applied::{
    AppliedClearThinking20251015, AppliedClearToolUses20250919, AppliedEdit, ContextManagementResponse,
    CountTokensContextManagement,
};
pub use compaction::{CompactionBlock, CompactionConfig, SummarizeCompaction};
pub use edit::{
    AllThinkingTurns, ClearThinking20251015Edit, ClearToolInputs, ClearToolUses20250919Edit,
    Compact20260112Edit, ContextManagementConfig, ContextManagementEdit, ContextThreshold,
    InputTokensThreshold, KeepThinking, ThinkingTurns, ThinkingTurnsThreshold, ToolUsesThreshold,
};
pub use mid_conversation::{MidConversationSystemBlock, MidConversationSystemContent};
