//! The ids of tool calls.

use std::collections::HashSet;

use super::hash;
use crate::openai::profile::ToolIdForm;
use crate::types::{ContentBlock, CreateMessageRequest};

/// Returns the id to send for the call `id`. It depends on nothing else, so that the result of a call gets
/// the same.
pub(super) fn send(id: &str, form: ToolIdForm) -> String {
    let has_form = match form {
        ToolIdForm::Any => !id.is_empty(),
        ToolIdForm::NineAlphanumerics => id.len() == 9 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()),
    };
    if has_form { id.to_owned() } else { hash::alphanumeric(id, 9) }
}

/// Returns the ids of all calls in the conversation.
pub(super) fn used(request: &CreateMessageRequest) -> HashSet<String> {
    let blocks = request.messages.iter().flat_map(|message| message.content.blocks());
    blocks.filter_map(ContentBlock::as_tool_use).map(|call| call.id.clone()).collect()
}
