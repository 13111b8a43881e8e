//! The messages of a request.

use std::mem;

use super::arguments::{CallIds, input};
use super::options::FacadeOptions;
use super::parts::{blocks, invalid};
use super::rest;
use crate::error::ApiError;
use crate::openai::losses::{LossKind, Losses};
use crate::openai::types::{ChatContent, ChatFunctionCall, ChatMessage, ChatRole};
use crate::types::{
    ContentBlock, InputMessage, MessageContent, Role, ToolResultBlock, ToolResultContent, ToolUseBlock,
};

/// A conversation in the form of the Messages API.
#[derive(Default)]
pub(super) struct Conversation {
    /// The instructions at its start.
    pub(super) system: Vec<ContentBlock>,
    pub(super) messages: Vec<InputMessage>,
    /// The message that is being written. What belongs to one turn is in one message.
    turn: Option<Turn>,
    ids: CallIds,
    /// The number of calls in the older form, which have no id.
    functions: usize,
}

/// A message that is being written.
struct Turn {
    role: Role,
    /// The results of calls, which come before everything else that the user says.
    results: Vec<ContentBlock>,
    blocks: Vec<ContentBlock>,
}

impl Conversation {
    /// Translates the messages of a request.
    pub(super) fn translate(
        messages: Vec<ChatMessage>,
        options: &FacadeOptions,
        losses: &mut Losses,
    ) -> Result<Self, ApiError> {
        let mut conversation = Self::default();
        for (index, message) in messages.into_iter().enumerate() {
            conversation.add(message, &format!("messages.{index}"), options, losses)?;
        }
        conversation.end_turn();
        match conversation.messages.first() {
            None => Err(invalid("messages", "must contain a message of the user")),
            Some(first) if first.role == Role::Assistant => {
                Err(invalid("messages", "must begin with a message of the user, after the instructions"))
            }
            Some(_) => Ok(conversation),
        }
    }

    fn add(
        &mut self,
        mut message: ChatMessage,
        path: &str,
        options: &FacadeOptions,
        losses: &mut Losses,
    ) -> Result<(), ApiError> {
        let content_path = &format!("{path}.content");
        let content = message.content.take();
        match mem::replace(&mut message.role, ChatRole::Assistant) {
            ChatRole::System | ChatRole::Developer => {
                let blocks = blocks(required(content, content_path)?, content_path, losses)?;
                if blocks.iter().any(|block| block.as_text().is_none()) {
                    return Err(invalid(content_path, "must contain nothing but text"));
                }
                self.add_instructions(blocks, path, options, losses);
            }
            ChatRole::User => {
                let blocks = blocks(required(content, content_path)?, content_path, losses)?;
                if blocks.is_empty() {
                    losses.add(content_path, LossKind::Dropped, "is empty");
                }
                self.push(Role::User, blocks);
            }
            ChatRole::Assistant => self.add_reply(&mut message, content, path, losses)?,
            ChatRole::Tool => {
                let id = message.tool_call_id.take();
                let id = id.ok_or_else(|| invalid(&format!("{path}.tool_call_id"), "missing field"))?;
                self.add_result(self.ids.of_result(&id), content, content_path, losses)?;
            }
            ChatRole::Function => {
                message.name = None;
                self.add_result(
                    self.ids.of_result(&function_id(self.functions)),
                    content,
                    content_path,
                    losses,
                )?;
            }
            role => {
                let message = format!("{:?} is not supported", role.as_str());
                return Err(invalid(&format!("{path}.role"), &message));
            }
        }
        rest::report(&message, &format!("{path}."), losses);
        Ok(())
    }

    /// Adds instructions: those at the start to the system prompt, later ones where they are.
    fn add_instructions(
        &mut self,
        blocks: Vec<ContentBlock>,
        path: &str,
        options: &FacadeOptions,
        losses: &mut Losses,
    ) {
        if self.messages.is_empty() && self.turn.is_none() {
            self.system.extend(blocks);
        } else if options.system_messages {
            self.push(Role::System, blocks);
        } else if !blocks.is_empty() {
            let text = MessageContent::Blocks(blocks).to_text();
            let reminder = format!("<system-reminder>\n{text}\n</system-reminder>");
            losses.add(path, LossKind::Replaced, "instructions after the start are sent as text of the user");
            self.push(Role::User, vec![ContentBlock::text(reminder)]);
        }
    }

    /// Adds a message of the model.
    fn add_reply(
        &mut self,
        message: &mut ChatMessage,
        content: Option<ChatContent>,
        path: &str,
        losses: &mut Losses,
    ) -> Result<(), ApiError> {
        let mut reply = match content {
            Some(content) => blocks(content, &format!("{path}.content"), losses)?,
            None => Vec::new(),
        };
        reply.extend(message.refusal.take().filter(|text| !text.is_empty()).map(ContentBlock::text));
        for (index, call) in message.tool_calls.take().unwrap_or_default().into_iter().enumerate() {
            let path = format!("{path}.tool_calls.{index}");
            let id = self.ids.of_call(&call.id, &path, losses);
            reply.push(tool_use(id, call.function, &path, losses));
        }
        if let Some(call) = message.function_call.take() {
            self.functions += 1;
            let id = self.ids.of_call(&function_id(self.functions), path, losses);
            reply.push(tool_use(id, call, path, losses));
        }
        self.push(Role::Assistant, reply);
        Ok(())
    }

    /// Adds the result of a call.
    fn add_result(
        &mut self,
        id: String,
        content: Option<ChatContent>,
        path: &str,
        losses: &mut Losses,
    ) -> Result<(), ApiError> {
        let mut result = ToolResultBlock::new(id);
        result.content = match content {
            Some(ChatContent::Text(text)) => Some(ToolResultContent::Text(text)),
            Some(content) => Some(ToolResultContent::Blocks(blocks(content, path, losses)?)),
            None => None,
        };
        self.turn(Role::User).results.push(result.into());
        Ok(())
    }

    fn push(&mut self, role: Role, blocks: Vec<ContentBlock>) {
        if !blocks.is_empty() {
            self.turn(role).blocks.extend(blocks);
        }
    }

    /// Returns the turn of `role`: the one that is being written, or a new one.
    fn turn(&mut self, role: Role) -> &mut Turn {
        if self.turn.as_ref().is_some_and(|turn| turn.role != role) {
            self.end_turn();
        }
        self.turn.get_or_insert_with(|| Turn { role, results: Vec::new(), blocks: Vec::new() })
    }

    fn end_turn(&mut self) {
        if let Some(Turn { role, results: mut content, blocks }) = self.turn.take() {
            content.extend(blocks);
            self.messages.push(InputMessage::new(role, content));
        }
    }
}

fn required(content: Option<ChatContent>, path: &str) -> Result<ChatContent, ApiError> {
    content.ok_or_else(|| invalid(path, "missing field"))
}

/// Returns the id of the n-th call in the older form.
fn function_id(n: usize) -> String {
    format!("call_function_{n}")
}

fn tool_use(id: String, call: ChatFunctionCall, path: &str, losses: &mut Losses) -> ContentBlock {
    let input = input(call.arguments, path, losses);
    ToolUseBlock::new(id, call.name, input).into()
}
