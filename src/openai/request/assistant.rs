//! Turns of the model.

use std::collections::HashSet;

use super::draft::{Draft, text_part};
use super::ids;
use super::repair::Call;
use super::scope::{MAX_QUOTE, Scope, invalid};
use crate::error::ApiError;
use crate::json::Json;
use crate::openai::profile::ReasoningHistory;
use crate::openai::types::{ChatFunctionCall, ChatRole, ChatToolCall};
use crate::text;
use crate::types::server_tools::Caller;
use crate::types::{ContentBlock, InputMessage, MessageContent, TextBlock, ToolUseBlock};

/// A turn of the model, which becomes one message.
pub(super) struct Turn {
    draft: Draft,
    calls: Vec<Call>,
    ids: HashSet<String>,
    thinking: Vec<String>,
}

impl Default for Turn {
    fn default() -> Self {
        let draft = Draft::new(ChatRole::Assistant);
        Self { draft, calls: Vec::new(), ids: HashSet::new(), thinking: Vec::new() }
    }
}

impl Turn {
    /// Adds a message of the turn.
    pub(super) fn add(
        &mut self,
        message: &InputMessage,
        path: &str,
        scope: &mut Scope<'_>,
    ) -> Result<(), ApiError> {
        match &message.content {
            MessageContent::Text(text) => self.add_text(text, None),
            MessageContent::Blocks(blocks) => {
                for (at, block) in blocks.iter().enumerate() {
                    self.add_block(block, &format!("{path}.content.{at}"), scope)?;
                }
            }
        }
        Ok(())
    }

    /// Returns the message and its calls.
    pub(super) fn finish(mut self, path: &str, scope: &mut Scope<'_>) -> (Draft, Vec<Call>) {
        let thinking = Some(self.thinking.join("\n")).filter(|text| !text.is_empty());
        let is_wanted = !self.calls.is_empty();
        self.draft.reasoning = match scope.profile.reasoning_history {
            ReasoningHistory::ToolTurns if is_wanted => thinking,
            // A server that demands reasoning also rejects an empty one.
            ReasoningHistory::EveryToolTurn if is_wanted => Some(thinking.unwrap_or_else(|| " ".to_owned())),
            _ => {
                if thinking.is_some() {
                    scope.dropped(path, "the server does not take reasoning back");
                }
                None
            }
        };
        (self.draft, self.calls)
    }

    fn add_block(&mut self, block: &ContentBlock, path: &str, scope: &mut Scope<'_>) -> Result<(), ApiError> {
        match block {
            ContentBlock::Text(block) => {
                let TextBlock { text, citations, cache_control, extra: _, gaps: _ } = &**block;
                if citations.as_ref().is_some_and(|citations| !citations.is_empty()) {
                    scope.dropped(format!("{path}.citations"), "a text has no place for its sources");
                }
                let marker = scope.marker(cache_control.as_ref(), path);
                self.add_text(text, marker);
            }
            ContentBlock::ToolUse(call) => self.add_call(call, path, scope)?,
            ContentBlock::Thinking(block) => {
                if block.signature == scope.profile.signature() {
                    self.thinking.push(block.thinking.clone());
                } else {
                    scope.dropped(path, "thinking that did not come from this server is not sent to it");
                }
            }
            ContentBlock::Compaction(block) => match &block.content {
                Some(text) => {
                    scope.replaced(path, "a summary became a text of the model");
                    self.add_text(text, None);
                }
                None => scope.dropped(path, "a summary that only the Messages API can read"),
            },
            ContentBlock::Unknown(_) => {}
            other => {
                scope.dropped(path, format!("there is no place for a block of type {}", other.type_name()))
            }
        }
        Ok(())
    }

    fn add_text(&mut self, text: &str, marker: Option<Json>) {
        if !text.is_empty() {
            self.draft.parts.push(text_part(text, marker));
        }
    }

    fn add_call(&mut self, call: &ToolUseBlock, path: &str, scope: &mut Scope<'_>) -> Result<(), ApiError> {
        let ToolUseBlock { id, name, input, caller, toolset_name, cache_control, extra: _, gaps: _ } = call;
        if !self.ids.insert(id.clone()) {
            scope.repaired(path, "an earlier call of the message has the same id; this one is left out");
            return Ok(());
        }
        for (field, is_lost) in [
            ("caller", caller.as_ref().is_some_and(|caller| !matches!(caller, Caller::Direct(_)))),
            ("toolset_name", toolset_name.is_some()),
            ("cache_control", cache_control.is_some()),
        ] {
            if is_lost {
                scope.dropped(format!("{path}.{field}"), "a call has no place for it");
            }
        }
        let name = scope.names.send(name).map_err(|other| collision(path, &other))?;
        let sent_id = ids::send(id, scope.profile.tool_id);
        let input = if input.is_null() { "{}" } else { input.as_raw_str() };
        let arguments = Json::encode(input).map_err(|error| invalid(path, error))?;
        let function = ChatFunctionCall::new(name).arguments(arguments);
        self.draft.calls.push(ChatToolCall::new(&*sent_id, function).r#type("function"));
        self.calls.push(Call { id: id.clone(), sent_id, path: path.to_owned() });
        Ok(())
    }
}

/// Creates the error for a tool at `path` whose name is sent as that of the tool `other` as well.
pub(super) fn collision(path: &str, other: &str) -> ApiError {
    invalid(
        format!("{path}.name"),
        format!("it would be sent as that of the tool {:?}", text::start(other, MAX_QUOTE)),
    )
}
