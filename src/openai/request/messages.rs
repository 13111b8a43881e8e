//! The messages of the conversation.

use super::assistant;
use super::draft::{Draft, text_part};
use super::parts;
use super::repair::{self, Call, Fate};
use super::results;
use super::scope::{MAX_QUOTE, Scope, invalid};
use super::system;
use crate::error::ApiError;
use crate::json::Json;
use crate::openai::profile::Prefill;
use crate::openai::types::{ChatContent, ChatMessage, ChatPart, ChatRole};
use crate::text;
use crate::types::{ContentBlock, CreateMessageRequest, InputMessage, MessageContent, Role, ToolResultBlock};
use crate::wire::Extra;

/// What the model says between a tool result and a message of the user, for servers that demand it.
const ACKNOWLEDGEMENT: &str = "OK.";

/// Translates the conversation. Messages of the model that follow each other are one turn, and so are those
/// of the caller, as for the Messages API. How a turn is translated does not depend on later ones.
///
/// `schema` is added to the instructions. Fields that make the server continue a message go into `extra`.
pub(super) fn translate(
    request: &CreateMessageRequest,
    schema: Option<&str>,
    extra: &mut Extra,
    scope: &mut Scope<'_>,
) -> Result<Vec<ChatMessage>, ApiError> {
    let mut drafts: Vec<Draft> = system::prompt(request.system.as_ref(), schema, scope).into_iter().collect();
    let first = drafts.len();
    let mut calls = Vec::new();
    let mut index = 0;
    let mut last_of_model = 0;
    for messages in request.messages.chunk_by(|one, next| is_of_model(one) == is_of_model(next)) {
        let turn = Turn { messages, index };
        index += messages.len();
        if messages.iter().any(is_of_model) {
            calls = turn.translate_model(&mut drafts, scope)?;
            last_of_model = index - 1;
        } else {
            turn.translate_caller(&std::mem::take(&mut calls), &mut drafts, scope)?;
        }
    }
    for call in &calls {
        drafts.push(repair::missing_result(call, scope));
    }
    let is_prefill = match drafts[first..].last() {
        Some(last) => last.role == ChatRole::Assistant,
        None => return Err(invalid("messages", "must not be empty")),
    };
    let mut messages: Vec<_> = drafts.into_iter().map(|draft| draft.into_message(scope.profile)).collect();
    if let Some(last) = messages.last_mut().filter(|_| is_prefill) {
        continue_last(last_of_model, last, extra, scope)?;
    }
    Ok(messages)
}

fn is_of_model(message: &InputMessage) -> bool {
    message.role == Role::Assistant
}

/// Handles a message of the model at the end, at `index`, which it is to continue.
fn continue_last(
    index: usize,
    last: &mut ChatMessage,
    extra: &mut Extra,
    scope: &mut Scope<'_>,
) -> Result<(), ApiError> {
    let path = format!("messages.{index}");
    let flag = |flag: bool| Json::from(serde_json::Value::from(flag));
    match scope.profile.prefill {
        Prefill::Pass => scope.replaced(path, "the server may begin a new message after this one"),
        Prefill::Reject => {
            return Err(invalid(path, "must not be a message of the model, which it would continue"));
        }
        Prefill::Continue => {
            extra.insert("continue_final_message", flag(true));
            extra.insert("add_generation_prompt", flag(false));
        }
        Prefill::Prefix => last.extra.insert("prefix", flag(true)),
        Prefill::Repeated => {
            if let Some(ChatContent::Text(text)) = &last.content {
                scope.repeated.clone_from(text);
            }
        }
    }
    Ok(())
}

/// Messages that follow each other and are all of the model, or all of the caller.
struct Turn<'a> {
    messages: &'a [InputMessage],
    /// The position of the first message.
    index: usize,
}

/// A tool result, and where it is.
struct Found<'a> {
    /// The position of its message in the turn.
    message: usize,
    path: String,
    result: &'a ToolResultBlock,
}

impl<'a> Turn<'a> {
    fn path(&self, message: usize) -> String {
        format!("messages.{}", self.index + message)
    }

    /// Translates a turn of the model into one message. Returns its calls.
    fn translate_model(&self, drafts: &mut Vec<Draft>, scope: &mut Scope<'_>) -> Result<Vec<Call>, ApiError> {
        let mut turn = assistant::Turn::default();
        for (at, message) in self.messages.iter().enumerate() {
            turn.add(message, &self.path(at), scope)?;
        }
        let (draft, calls) = turn.finish(&self.path(0), scope);
        if draft.is_empty() {
            scope.dropped(self.path(0), "a message without content is left out");
        } else {
            drafts.push(draft);
        }
        Ok(calls)
    }

    /// Translates a turn of the caller, after a turn of the model that made `calls`. All results come first,
    /// since nothing may stand between them and their calls.
    fn translate_caller(
        &self,
        calls: &[Call],
        drafts: &mut Vec<Draft>,
        scope: &mut Scope<'_>,
    ) -> Result<(), ApiError> {
        let results: Vec<Found<'_>> = self.results().collect();
        let fates = repair::fates(calls, results.iter().map(|found| &*found.result.tool_use_id));
        let mut media: Vec<Vec<ChatPart>> = self.messages.iter().map(|_| Vec::new()).collect();
        for (found, fate) in results.iter().zip(&fates) {
            match fate {
                Fate::Sent(call) => {
                    let parts = results::translate(found.result, &found.path, scope)?;
                    drafts.push(Draft::result(calls[*call].sent_id.clone(), parts.own));
                    media[found.message].extend(parts.media);
                }
                Fate::Repeated => {
                    scope.repaired(&*found.path, "a later result of the same call takes its place");
                }
                Fate::Orphan => {
                    let parts = results::translate(found.result, &found.path, scope)?;
                    let id = &found.result.tool_use_id;
                    scope.repaired(&*found.path, "it has no call, and became a text of the user");
                    let list = &mut media[found.message];
                    list.push(text_part(format!("[result of earlier tool call {id}]"), None));
                    list.extend(parts.own);
                    list.extend(parts.media);
                }
            }
        }
        for call in repair::without_result(calls, &fates) {
            drafts.push(repair::missing_result(call, scope));
        }
        for (at, (message, media)) in self.messages.iter().zip(media).enumerate() {
            let path = self.path(at);
            let draft = match &message.role {
                Role::User => user(message, media, &path, scope)?,
                Role::System => system::message(message, &path, scope),
                role => {
                    let reason = format!("there is no role {:?}", text::start(role.as_str(), MAX_QUOTE));
                    return Err(invalid(format!("{path}.role"), reason));
                }
            };
            push(draft, drafts, &path, scope);
        }
        Ok(())
    }

    fn results(&self) -> impl Iterator<Item = Found<'a>> {
        let index = self.index;
        let messages = self.messages.iter().enumerate();
        messages.filter(|(_, input)| input.role == Role::User).flat_map(move |(message, input)| {
            let blocks = input.content.blocks().iter().enumerate();
            blocks.filter_map(move |(block, content)| {
                let path = || format!("messages.{}.content.{block}", index + message);
                content.as_tool_result().map(|result| Found { message, path: path(), result })
            })
        })
    }
}

/// Translates a message of the user, apart from its tool results. What they contain beside texts is `media`.
fn user(
    message: &InputMessage,
    media: Vec<ChatPart>,
    path: &str,
    scope: &mut Scope<'_>,
) -> Result<Draft, ApiError> {
    let mut draft = Draft { parts: media, ..Draft::new(ChatRole::User) };
    match &message.content {
        MessageContent::Text(text) if text.is_empty() => {}
        MessageContent::Text(text) => draft.parts.push(text_part(text, None)),
        MessageContent::Blocks(blocks) => {
            for (at, block) in blocks.iter().enumerate() {
                if !matches!(block, ContentBlock::ToolResult(_)) {
                    draft.parts.extend(parts::translate(block, &format!("{path}.content.{at}"), scope)?);
                }
            }
        }
    }
    let has_results = message.content.blocks().iter().any(|block| block.as_tool_result().is_some());
    if draft.is_empty() && !has_results {
        scope.dropped(path, "a message without content is left out");
    }
    Ok(draft)
}

fn push(draft: Draft, drafts: &mut Vec<Draft>, path: &str, scope: &mut Scope<'_>) {
    if draft.is_empty() {
        return;
    }
    if draft.role == ChatRole::User {
        match drafts.last_mut() {
            Some(last) if last.role == ChatRole::User && scope.profile.merge_same_role => {
                last.parts.extend(draft.parts);
                return;
            }
            Some(last) if last.role == ChatRole::Tool && !scope.profile.user_after_tool => {
                scope.repaired(path, "a short message of the model was put before it");
                let parts = vec![text_part(ACKNOWLEDGEMENT, None)];
                drafts.push(Draft { parts, ..Draft::new(ChatRole::Assistant) });
            }
            _ => {}
        }
    }
    drafts.push(draft);
}
