//! The messages and the system prompt.

use crate::types::{ContentBlock, InputMessage, MessageContent, Role, SystemPrompt};
use crate::validate::blocks::{self, Place};
use crate::validate::problems::Problems;

const MAX_MESSAGES: usize = 100_000;

pub(super) fn check_system(system: Option<&SystemPrompt>, problems: &mut Problems) {
    if let Some(SystemPrompt::Blocks(list)) = system {
        blocks::check(list, Place::SystemPrompt, problems);
    }
}

pub(super) fn check(messages: &[InputMessage], problems: &mut Problems) {
    if messages.len() > MAX_MESSAGES {
        problems.refuse(format!("at most {MAX_MESSAGES}, there are {}", messages.len()));
    }
    for (index, message) in messages.iter().enumerate() {
        let is_prefill = index + 1 == messages.len() && message.role == Role::Assistant;
        problems.below(index, |problems| {
            check_message(message, problems);
            if is_prefill {
                check_prefill(&message.content, problems);
            } else {
                check_empty(message, problems);
            }
        });
    }
}

fn check_message(message: &InputMessage, problems: &mut Problems) {
    let place = match message.role {
        Role::System => Place::SystemMessage,
        Role::User => Place::User,
        Role::Assistant => Place::Assistant,
        // Who knows what it may hold.
        Role::Unknown(_) => return,
    };
    for (field, is_set) in
        [("clear_at", message.clear_at.is_some()), ("output_config", message.output_config.is_some())]
    {
        if is_set && message.role != Role::System {
            problems.refuse_field(field, "only on messages of the role `system`");
        }
    }
    problems.below("content", |problems| blocks::check(message.content.blocks(), place, problems));
}

/// All have content, but one of the role `system` that only changes settings.
fn check_empty(message: &InputMessage, problems: &mut Problems) {
    let is_empty = match (&message.role, &message.content) {
        (Role::Unknown(_), _) => false,
        (_, MessageContent::Text(text)) => text.is_empty(),
        (role, MessageContent::Blocks(list)) => list.is_empty() && *role != Role::System,
    };
    if is_empty {
        problems.refuse_field("content", "must not be empty");
    }
}

/// A last message of the assistant is what the answer begins with. It alone
/// may be empty.
fn check_prefill(content: &MessageContent, problems: &mut Problems) {
    const MESSAGE: &str = "must not end with white space, as the answer begins with it";

    let ends_with_space = |text: &str| text.ends_with(char::is_whitespace);
    match content {
        MessageContent::Text(text) if ends_with_space(text) => problems.refuse_field("content", MESSAGE),
        MessageContent::Text(_) => {}
        MessageContent::Blocks(list) => {
            if let Some(ContentBlock::Text(last)) = list.last() {
                if ends_with_space(&last.text) {
                    problems.below(format_args!("content.{}.text", list.len() - 1), |problems| {
                        problems.refuse(MESSAGE);
                    });
                }
            }
        }
    }
}
