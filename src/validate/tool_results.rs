//! The rules for tool calls and their results: the turn after a call contains its result, and
//! results come before all other blocks of their turn.

use std::collections::HashSet;

use crate::types::settings::ThreadConfig;
use crate::types::{ContentBlock, CreateMessageRequest, InputMessage, MessageContent, Role};
use crate::validate::problems::Problems;

pub(super) fn check(request: &CreateMessageRequest, problems: &mut Problems) {
    let turns = turns(&request.messages);
    // The calls that belong to the results in the first turn may be in the stored thread.
    let is_continued = matches!(request.thread, Some(ThreadConfig::Continue(_)));
    for (index, turn) in turns.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| &turns[before]);
        if before.is_some() || !is_continued {
            check_results(turn, before, problems);
        }
        check_calls(turn, turns.get(index + 1), problems);
    }
}

/// A run of messages with the same role, which the API merges. System messages may come in between
/// and belong to no turn.
struct Turn<'a> {
    role: &'a Role,
    /// Each block with the index of its message and its own index within the message.
    blocks: Vec<(usize, usize, Part<'a>)>,
}

enum Part<'a> {
    Call(&'a str),
    Result(&'a str),
    Unknown,
    Other,
}

fn turns(messages: &[InputMessage]) -> Vec<Turn<'_>> {
    let mut turns: Vec<Turn<'_>> = Vec::new();
    for (at, message) in messages.iter().enumerate().filter(|(_, message)| message.role != Role::System) {
        if turns.last().is_none_or(|last| *last.role != message.role) {
            turns.push(Turn { role: &message.role, blocks: Vec::new() });
        }
        let Some(turn) = turns.last_mut() else { continue };
        match &message.content {
            // A message with an unknown role may contain calls and results in any form.
            _ if matches!(message.role, Role::Unknown(_)) => turn.blocks.push((at, 0, Part::Unknown)),
            MessageContent::Text(_) => turn.blocks.push((at, 0, Part::Other)),
            MessageContent::Blocks(blocks) => {
                // Like system messages, instructions in the form of a block belong to no turn.
                let parts = blocks
                    .iter()
                    .enumerate()
                    .filter(|(_, block)| !matches!(block, ContentBlock::MidConversationSystem(_)));
                turn.blocks.extend(parts.map(|(index, block)| (at, index, part(block))));
            }
        }
    }
    turns
}

fn part(block: &ContentBlock) -> Part<'_> {
    match block {
        ContentBlock::ToolUse(call) => Part::Call(&call.id),
        ContentBlock::ToolResult(result) => Part::Result(&result.tool_use_id),
        ContentBlock::Unknown(_) => Part::Unknown,
        _ => Part::Other,
    }
}

impl Turn<'_> {
    fn has_unknown(&self) -> bool {
        self.blocks.iter().any(|(.., part)| matches!(part, Part::Unknown))
    }
}

/// Checks that each result in `turn` has its call in the turn `before`, and that results come
/// first.
fn check_results(turn: &Turn<'_>, before: Option<&Turn<'_>>, problems: &mut Problems) {
    let calls: HashSet<&str> = before
        .iter()
        .flat_map(|before| &before.blocks)
        .filter_map(|(.., part)| if let Part::Call(id) = part { Some(*id) } else { None })
        .collect();
    let is_known = before.is_none_or(|before| !before.has_unknown());
    let mut is_first = true;
    for (message, block, part) in &turn.blocks {
        let id = match part {
            Part::Result(id) => id,
            Part::Unknown => continue,
            Part::Call(_) | Part::Other => {
                is_first = false;
                continue;
            }
        };
        if is_known && !calls.contains(id) {
            problems.below(format_args!("{message}.content.{block}.tool_use_id"), |problems| {
                problems.reject("no `tool_use` in the previous turn has this id");
            });
        } else if !is_first {
            problems.below(format_args!("{message}.content.{block}"), |problems| {
                problems.reject("`tool_result` blocks must come before all other blocks of their turn");
            });
        }
    }
}

/// Checks that each call in `turn` has its result in the turn `after`.
fn check_calls(turn: &Turn<'_>, after: Option<&Turn<'_>>, problems: &mut Problems) {
    if after.is_some_and(Turn::has_unknown) {
        return;
    }
    let results: HashSet<&str> = after
        .iter()
        .flat_map(|after| &after.blocks)
        .filter_map(|(.., part)| if let Part::Result(id) = part { Some(*id) } else { None })
        .collect();
    for (message, block, part) in &turn.blocks {
        if matches!(part, Part::Call(id) if !results.contains(id)) {
            problems.below(format_args!("{message}.content.{block}.id"), |problems| {
                problems.reject("the next turn has no `tool_result` for this call");
            });
        }
    }
}
