//! The ids of tool calls.

use crate::openai::ids::{UsedIds, alphanumeric};
use crate::openai::profile::ToolIdForm;
use crate::types::{ContentBlock, CreateMessageRequest};

/// The length of the ids that Mistral demands.
const SHORT_LEN: usize = 9;

/// Returns the id to send for the call `id`. It depends on nothing else, so that the result of a call gets
/// the same.
pub(super) fn send(id: &str, form: ToolIdForm) -> String {
    let (has_form, len) = match form {
        ToolIdForm::Any => (!id.is_empty(), SHORT_LEN),
        ToolIdForm::NineAlphanumerics => {
            (id.len() == SHORT_LEN && id.bytes().all(|byte| byte.is_ascii_alphanumeric()), SHORT_LEN)
        }
        // Fewer characters would not tell the ids apart, and the hash has no more than 32.
        ToolIdForm::MaxLength(max) => ((1..=max).contains(&id.chars().count()), max.clamp(SHORT_LEN, 32)),
    };
    if has_form { id.to_owned() } else { alphanumeric(id, len) }
}

/// Returns the ids of all calls in the conversation.
pub(super) fn used(request: &CreateMessageRequest) -> UsedIds {
    let blocks = request.messages.iter().flat_map(|message| message.content.blocks());
    blocks.filter_map(ContentBlock::as_tool_use).map(|call| call.id.clone()).collect()
}
