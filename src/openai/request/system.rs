//! Instructions.

use super::draft::{Draft, text_part};
use super::scope::Scope;
use crate::openai::content::reminder;
use crate::openai::profile::SystemRole;
use crate::openai::types::{ChatPart, ChatRole};
use crate::types::{CacheControl, ContentBlock, InputMessage, MessageContent, SystemPrompt};

/// The beginning of a text with which Claude Code accounts for a request. It contains a hash of the request,
/// so that it differs each time and the server could never use its cache.
const BILLING: &str = "x-anthropic-billing-header:";

/// Returns the message with the instructions for the whole conversation, if there are any.
pub(super) fn prompt(
    system: Option<&SystemPrompt>,
    schema: Option<&str>,
    scope: &mut Scope<'_>,
) -> Option<Draft> {
    let mut draft = Draft::new(role(scope));
    match system {
        Some(SystemPrompt::Text(text)) => push(text, None, "system", &mut draft, scope),
        Some(SystemPrompt::Blocks(blocks)) => draft.parts = texts(blocks, "system", scope),
        None => {}
    }
    draft.parts.extend(schema.map(|text| text_part(text, None)));
    Some(draft).filter(|draft| !draft.is_empty())
}

/// Returns instructions in the middle of the conversation, as a message of their own: of the system, if the
/// server accepts that, or else of the user.
pub(super) fn message(message: &InputMessage, path: &str, scope: &mut Scope<'_>) -> Draft {
    let content = format!("{path}.content");
    if message.clear_at.is_some() {
        scope.dropped(format!("{path}.clear_at"), "the instructions stay");
    }
    let parts = match &message.content {
        MessageContent::Text(text) if text.is_empty() => Vec::new(),
        MessageContent::Text(text) => vec![text_part(text, None)],
        MessageContent::Blocks(blocks) => texts(blocks, &content, scope),
    };
    if scope.profile.system_anywhere {
        return Draft { parts, ..Draft::new(role(scope)) };
    }
    if !parts.is_empty() {
        scope.replaced(path, "instructions within the conversation became a message of the user");
    }
    let parts = parts.into_iter().map(remind).collect();
    Draft { parts, ..Draft::new(ChatRole::User) }
}

/// Marks a text as instructions.
pub(super) fn remind(part: ChatPart) -> ChatPart {
    match part {
        ChatPart::Text(mut part) => {
            part.text = reminder(&part.text);
            part.into()
        }
        other => other,
    }
}

fn role(scope: &Scope<'_>) -> ChatRole {
    match scope.profile.system_role {
        SystemRole::ByModel if scope.is_reasoning_model => ChatRole::Developer,
        SystemRole::ByModel | SystemRole::System => ChatRole::System,
        SystemRole::Developer => ChatRole::Developer,
    }
}

fn texts(blocks: &[ContentBlock], path: &str, scope: &mut Scope<'_>) -> Vec<ChatPart> {
    let mut draft = Draft::new(ChatRole::System);
    for (index, block) in blocks.iter().enumerate() {
        let path = format!("{path}.{index}");
        match block {
            ContentBlock::Text(block) => {
                push(&block.text, block.cache_control.as_ref(), &path, &mut draft, scope);
            }
            // The list of tools takes these into account, and all that is unknown is recorded together.
            ContentBlock::ToolAddition(_) | ContentBlock::ToolRemoval(_) | ContentBlock::Unknown(_) => {}
            other => {
                scope.dropped(path, format!("there is no place for a block of type {}", other.type_name()))
            }
        }
    }
    draft.parts
}

fn push(text: &str, marker: Option<&CacheControl>, path: &str, draft: &mut Draft, scope: &mut Scope<'_>) {
    let mut rest = text;
    if text.starts_with(BILLING) {
        rest = text.split_once('\n').map_or("", |(_, rest)| rest);
        scope.dropped(path, "a billing header, which would defeat the server's cache");
    }
    let marker = scope.marker(marker, path);
    if !rest.is_empty() {
        draft.parts.push(text_part(rest, marker));
    }
}
