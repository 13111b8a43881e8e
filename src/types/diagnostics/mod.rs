//! Diagnostics: why the prompt cache was missed, and what the API changed in a request.
//!
//! A request can read from the prompt cache as long as it begins exactly like the request before
//! it. When it unexpectedly misses the cache, a [`DiagnosticsConfig`] helps to find the reason: it
//! names the previous message, and the [`Diagnostics`] of the next one report what changed in
//! between, such as the model, the system prompt, the tools or the earlier messages.
//!
//! This module also contains [`InputTransformation`], by which the API reports thinking blocks that
//! do not match the conversation. To choose what is cached in the first place, see
//! [`CacheControl`](crate::types::CacheControl).
//!
//! ```
//! use messages_api::types::diagnostics::{CacheMissReason, Diagnostics, DiagnosticsConfig};
//! use messages_api::{CreateMessageRequest, Message};
//!
//! // On the first turn there is no earlier message to compare with.
//! let first = CreateMessageRequest::new("claude-sonnet-5", 512)
//!     .diagnostics(DiagnosticsConfig::first_turn())
//!     .user("Will it rain today?");
//!
//! fn next(mut request: CreateMessageRequest, message: Message) -> CreateMessageRequest {
//!     request.diagnostics = Some(DiagnosticsConfig::first_turn().previous_message_id(&*message.id));
//!     request.message(message).user("And tomorrow?")
//! }
//!
//! fn explain(diagnostics: &Diagnostics) -> String {
//!     match &diagnostics.cache_miss_reason {
//!         Some(CacheMissReason::ToolsChanged(reason)) => {
//!             format!("the tools changed: {} tokens missed", reason.cache_missed_input_tokens)
//!         }
//!         Some(reason) => reason.type_name().to_owned(),
//!         None => "not known yet".to_owned(),
//!     }
//! }
//! # use messages_api::types::diagnostics::ToolsChanged;
//! # use messages_api::{ContentBlock, Usage};
//! # let content = vec![ContentBlock::text("No.")];
//! # let message = Message::new("msg_01", "claude-sonnet-5", content, Usage::new(9, 2));
//! # let second = next(first, message);
//! # assert_eq!(second.messages.len(), 3);
//! # assert_eq!(serde_json::to_value(&second)?["diagnostics"]["previous_message_id"], "msg_01");
//! # let diagnostics = Diagnostics::pending().cache_miss_reason(ToolsChanged::new(1200));
//! # assert_eq!(explain(&diagnostics), "the tools changed: 1200 tokens missed");
//! # Ok::<(), serde_json::Error>(())
//! ```

mod cache;
mod transformation;

pub use cache::{
    CacheMissReason, CacheMissUnavailable, Diagnostics, DiagnosticsConfig, MessagesChanged, ModelChanged,
    PreviousMessageNotFound, SystemChanged, ToolsChanged,
};
pub use transformation::{InputTransformation, InputTransformationReason, InputTransformationType};
