//! Context management: keeping a long conversation within the context window.
//!
//! An agent that calls many tools fills its context with old tool results and old thinking. A
//! request can ask the API to clear them before the model reads the conversation, or to replace the
//! conversation with a summary. The edits in a [`ContextManagementConfig`] do so automatically once a
//! threshold is reached: [`ClearToolUses20250919Edit`], [`ClearThinking20251015Edit`] and
//! [`Compact20260112Edit`]. The message then reports in a [`ContextManagementResponse`] what was
//! cleared, and a token count reports in a [`CountTokensContextManagement`] how large the
//! conversation was before.
//!
//! A [`CompactionConfig`] is the explicit alternative: the whole request becomes a compaction, and
//! the message consists of a single [`CompactionBlock`]. All of this is beta.
//!
//! ```
//! use messages_api::types::context::{
//!     AppliedEdit, ClearToolUses20250919Edit, ContextManagementConfig, InputTokensThreshold,
//!     ToolUsesThreshold,
//! };
//! use messages_api::{CreateMessageRequest, Message};
//!
//! // Above 100,000 tokens, keep only the last five tool calls, and those of the tool `memory`.
//! let clear = ClearToolUses20250919Edit::new()
//!     .trigger(InputTokensThreshold::new(100_000))
//!     .keep(ToolUsesThreshold::new(5))
//!     .exclude_tools(vec!["memory".to_owned()]);
//! let request = CreateMessageRequest::new("claude-sonnet-5", 1024)
//!     .context_management(ContextManagementConfig::new().edits(vec![clear.into()]))
//!     .user("Go on.");
//!
//! fn cleared_tokens(message: &Message) -> u64 {
//!     let Some(response) = &message.context_management else { return 0 };
//!     let tokens = response.applied_edits.iter().map(|edit| match edit {
//!         AppliedEdit::ClearToolUses20250919(edit) => edit.cleared_input_tokens,
//!         AppliedEdit::ClearThinking20251015(edit) => edit.cleared_input_tokens,
//!         _ => 0,
//!     });
//!     tokens.sum()
//! }
//! # use messages_api::Usage;
//! # use messages_api::types::context::{AppliedClearToolUses20250919, ContextManagementResponse};
//! # let applied = vec![AppliedClearToolUses20250919::new(8, 51_000).into()];
//! # let message = Message::new("msg_01", "claude-sonnet-5", vec![], Usage::new(1, 1))
//! #     .context_management(ContextManagementResponse::new(applied));
//! # assert_eq!(cleared_tokens(&message), 51_000);
//! # assert_eq!(request.validate(&Default::default()), Ok(()));
//! ```

mod applied;
mod compaction;
mod edit;
mod mid_conversation;
mod threshold;

pub use applied::{
    AppliedClearThinking20251015, AppliedClearToolUses20250919, AppliedEdit, ContextManagementResponse,
    CountTokensContextManagement,
};
pub use compaction::{CompactionBlock, CompactionConfig, SummarizeCompaction};
pub use edit::{
    ClearThinking20251015Edit, ClearToolInputs, ClearToolUses20250919Edit, Compact20260112Edit,
    ContextManagementConfig, ContextManagementEdit,
};
pub use mid_conversation::{MidConversationSystemBlock, MidConversationSystemContent};
pub use threshold::{
    AllThinkingTurns, ContextThreshold, InputTokensThreshold, KeepThinking, ThinkingTurns,
    ThinkingTurnsThreshold, ToolUsesThreshold,
};
