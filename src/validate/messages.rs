//! The rules for messages and the system prompt.

use crate::types::settings::ThreadConfig;
use crate::types::{ContentBlock, CreateMessageRequest, InputMessage, MessageContent, Role, SystemPrompt};
use crate::validate::place::Place;
use crate::validate::problems::{MAX_PROBLEMS, Problems};
use crate::validate::turns::turns;
use crate::validate::{blocks, hosted_results, tool_results, whitespace};
use crate::wire::{Field, Path};

const MAX_MESSAGES: usize = 100_000;

pub(super) fn check_system(system: Option<&SystemPrompt>, problems: &mut Problems) {
    if let Some(SystemPrompt::Blocks(list)) = system {
        blocks::check(list, Place::SystemPrompt, problems);
    }
}

/// Checks the messages of `request`, which are at the current path.
pub(super) fn check(request: &CreateMessageRequest, problems: &mut Problems) {
    let messages = &request.messages;
    // Earlier messages may be stored by the API, and with them the calls that results belong to.
    let is_continued = match request.thread {
        Some(ThreadConfig::Continue(_) | ThreadConfig::Unknown(_)) => true,
        Some(ThreadConfig::Create(_)) | None => false,
    };
    if messages.is_empty() && !is_continued {
        problems.reject("must not be empty; add at least one message");
    }
    if messages.len() > MAX_MESSAGES {
        problems.reject(format!("must have at most {MAX_MESSAGES} messages, has {}", messages.len()));
    }
    check_each(messages, problems);
    let turns = turns(messages);
    whitespace::check(&turns, problems);
    tool_results::check(&turns, is_continued, problems);
    hosted_results::check(&turns, is_continued, problems);
}

fn check_each(messages: &[InputMessage], problems: &mut Problems) {
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
        // An unknown role may allow any content.
        Role::Unknown(_) => return,
    };
    for (field, is_set) in
        [("clear_at", message.clear_at.is_some()), ("output_config", message.output_config.is_some())]
    {
        if is_set && message.role != Role::System {
            problems.reject_field(field, "is only allowed on messages with the role `system`");
        }
    }
    problems.below("content", |problems| {
        blocks::check(message.content.blocks(), place, problems);
        check_gaps(&message.content, problems);
    });
}

/// Checks that nothing is missing in the content. Reading tolerates it in what the model wrote, since
/// other servers leave fields out.
fn check_gaps(content: &MessageContent, problems: &mut Problems) {
    for gap in Path::gaps(content.view(), MAX_PROBLEMS) {
        if let Some((path, reason)) = gap.split_once(": ") {
            problems.reject_field(path, reason.to_owned());
        }
    }
}

/// Checks that a message has content. A system message that only changes settings needs none.
fn check_empty(message: &InputMessage, problems: &mut Problems) {
    let is_empty = match (&message.role, &message.content) {
        (Role::Unknown(_), _) => false,
        (_, MessageContent::Text(text)) => text.is_empty(),
        (role, MessageContent::Blocks(list)) => list.is_empty() && *role != Role::System,
    };
    if is_empty {
        problems.reject_field("content", "must not be empty");
    }
}

/// Checks a prefill: an assistant message at the end of the request, whose text the model
/// continues. Unlike other messages it may be empty.
fn check_prefill(content: &MessageContent, problems: &mut Problems) {
    const MESSAGE: &str = "must not end with whitespace, because the model continues this text";

    let ends_with_space = |text: &str| text.ends_with(char::is_whitespace);
    match content {
        MessageContent::Text(text) if ends_with_space(text) => problems.reject_field("content", MESSAGE),
        MessageContent::Text(_) => {}
        MessageContent::Blocks(list) => {
            if let Some(ContentBlock::Text(last)) = list.last() {
                if ends_with_space(&last.text) {
                    problems.below(format_args!("content.{}.text", list.len() - 1), |problems| {
                        problems.reject(MESSAGE);
                    });
                }
            }
        }
    }
}
