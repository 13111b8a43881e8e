//! A message that is being put together.

use crate::json::Json;
use crate::openai::profile::UpstreamProfile;
use crate::openai::types::{ChatContent, ChatMessage, ChatPart, ChatRole, ChatTextPart, ChatToolCall};

/// A message that is being put together.
pub(super) struct Draft {
    pub(super) role: ChatRole,
    pub(super) parts: Vec<ChatPart>,
    pub(super) calls: Vec<ChatToolCall>,
    /// The id of the call whose result the message is.
    pub(super) result_of: Option<String>,
    pub(super) reasoning: Option<String>,
}

impl Draft {
    pub(super) fn new(role: ChatRole) -> Self {
        Self { role, parts: Vec::new(), calls: Vec::new(), result_of: None, reasoning: None }
    }

    /// Creates the result of the call `id`.
    pub(super) fn result(id: String, parts: Vec<ChatPart>) -> Self {
        Self { parts, result_of: Some(id), ..Self::new(ChatRole::Tool) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.calls.is_empty() && self.reasoning.is_none()
    }

    pub(super) fn into_message(self, profile: &UpstreamProfile) -> ChatMessage {
        let mut message = ChatMessage::new(self.role.clone()).with_null_content();
        let joined_by = match self.role {
            // The texts are one text that the model has written.
            ChatRole::Assistant => Some(""),
            ChatRole::Tool => Some("\n"),
            ChatRole::System | ChatRole::Developer => Some("\n\n"),
            _ => profile.string_content.then_some("\n\n"),
        };
        message.content = content(self.parts, joined_by);
        if message.content.is_none() && self.role == ChatRole::Tool {
            message.content = Some(ChatContent::Text(String::new()));
        }
        message.tool_calls = Some(self.calls).filter(|calls| !calls.is_empty());
        message.tool_call_id = self.result_of;
        let is_new_field = |name: &&String| *name == "reasoning_content" || *name == "reasoning";
        match profile.reasoning_fields.iter().find(is_new_field) {
            Some(name) if name == "reasoning" => message.reasoning = self.reasoning,
            _ => message.reasoning_content = self.reasoning,
        }
        message
    }
}

/// Creates a part of text.
pub(super) fn text_part(text: impl Into<String>, marker: Option<Json>) -> ChatPart {
    let mut part = ChatTextPart::new(text);
    part.cache_control = marker;
    part.into()
}

/// Returns the parts as one string if they are texts without markers and may be joined, and as a list
/// otherwise.
fn content(mut parts: Vec<ChatPart>, joined_by: Option<&str>) -> Option<ChatContent> {
    match (&mut *parts, joined_by) {
        ([], _) => None,
        // The usual case, in which the text is not copied.
        ([ChatPart::Text(part)], Some(_)) if part.cache_control.is_none() => {
            Some(std::mem::take(&mut part.text).into())
        }
        (texts, Some(separator)) => match texts.iter().map(plain_text).collect::<Option<Vec<_>>>() {
            Some(texts) => Some(texts.join(separator).into()),
            None => Some(ChatContent::Parts(parts)),
        },
        _ => Some(ChatContent::Parts(parts)),
    }
}

/// Returns the text of a part, if it is one that can be joined with others.
fn plain_text(part: &ChatPart) -> Option<&str> {
    match part {
        ChatPart::Text(part) if part.cache_control.is_none() => Some(&part.text),
        _ => None,
    }
}
