//! The messages of a request.

use std::mem;

use super::arguments::{CallIds, input};
use super::options::FacadeOptions;
use super::parts::{blocks, invalid};
use super::rest;
use crate::error::ApiError;
use crate::openai::content::reminder;
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
    /// The messages that are being written: one of the model, or all those between two of the model.
    turn: Vec<(Role, Vec<ContentBlock>)>,
    /// The results of calls, which come directly after the calls, before everything else that is being
    /// written.
    results: Vec<ContentBlock>,
    ids: CallIds,
    /// The number of calls in the older form, which have no id.
    functions: usize,
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
                let id = self.ids.of_result(&id);
                self.add_result(id, content, content_path, losses)?;
            }
            ChatRole::Function => {
                message.name = None;
                let id = self.ids.of_result(&function_id(self.functions));
                self.add_result(id, content, content_path, losses)?;
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
        if self.messages.is_empty() && self.turn.is_empty() && self.results.is_empty() {
            self.system.extend(blocks);
        } else if options.system_messages {
            self.push(Role::System, blocks);
        } else if !blocks.is_empty() {
            let text = MessageContent::Blocks(blocks).to_text();
            losses.add(path, LossKind::Replaced, "instructions after the start are sent as text of the user");
            self.push(Role::User, vec![ContentBlock::text(reminder(&text))]);
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
        let calls = message.tool_calls.take().unwrap_or_default();
        if !calls.is_empty() || message.function_call.is_some() {
            self.begin_turn(true);
        }
        for (index, call) in calls.into_iter().enumerate() {
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
        self.begin_turn(false);
        self.results.push(result.into());
        Ok(())
    }

    /// Adds to the message that is being written, or begins one if that is of another role.
    fn push(&mut self, role: Role, blocks: Vec<ContentBlock>) {
        if blocks.is_empty() {
            return;
        }
        self.begin_turn(role == Role::Assistant);
        match self.turn.last_mut() {
            Some((last, content)) if *last == role => content.extend(blocks),
            _ => self.turn.push((role, blocks)),
        }
    }

    /// Begins a turn of the model or of the caller, unless what is being written is one.
    fn begin_turn(&mut self, is_of_model: bool) {
        let is_written_by_model = self.turn.last().is_some_and(|(role, _)| *role == Role::Assistant);
        if is_written_by_model != is_of_model {
            self.end_turn();
            if is_of_model {
                self.ids.begin_turn();
                self.turn.push((Role::Assistant, Vec::new()));
            }
        }
    }

    fn end_turn(&mut self) {
        let results = mem::take(&mut self.results);
        if !results.is_empty() {
            match self.turn.first_mut() {
                Some((Role::User, content)) => drop(content.splice(..0, results)),
                _ => self.turn.insert(0, (Role::User, results)),
            }
        }
        let messages = self.turn.drain(..).map(|(role, content)| InputMessage::new(role, content));
        self.messages.extend(messages);
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
