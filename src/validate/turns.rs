//! The turns of a conversation, and the parts of its blocks that tie turns together.

use crate::types::{ContentBlock, InputMessage, MessageContent, Role};
use crate::validate::problems::Problems;
use crate::wire::shared_text;

/// A run of messages with the same role, which the API merges. System messages may come in between
/// and belong to no turn.
pub(super) struct Turn<'a> {
    pub(super) role: &'a Role,
    pub(super) parts: Vec<Located<'a>>,
}

/// A part of a turn, with its position in the request.
pub(super) struct Located<'a> {
    message: usize,
    /// `None` if the content of the message is a string.
    block: Option<usize>,
    pub(super) part: Part<'a>,
}

/// What the rules for turns need to know about a block, or about content that is a string.
pub(super) enum Part<'a> {
    Text(&'a str),
    /// A call of a tool that the caller runs, with its `id`.
    Call(&'a str),
    /// The result of such a call, with its `tool_use_id`.
    Result(&'a str),
    /// A call of a tool that somebody else runs, with its `id`.
    HostedCall(Host, &'a str),
    /// The result of such a call, with its `tool_use_id`.
    HostedResult(Host, &'a str),
    /// Instructions in the form of a block, which are no part of the turn itself.
    Instructions,
    /// A summary of blocks that the request may no longer contain.
    Summary,
    Other,
    /// Content that may contain calls and results in any form.
    Unknown,
}

/// The party that runs a tool in place of the caller.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Host {
    Api,
    McpServer,
}

pub(super) fn turns(messages: &[InputMessage]) -> Vec<Turn<'_>> {
    let mut turns: Vec<Turn<'_>> = Vec::new();
    for (index, message) in messages.iter().enumerate().filter(|(_, message)| message.role != Role::System) {
        if turns.last().is_none_or(|last| *last.role != message.role) {
            turns.push(Turn { role: &message.role, parts: Vec::new() });
        }
        let Some(turn) = turns.last_mut() else { continue };
        let located = |block, part| Located { message: index, block, part };
        match &message.content {
            _ if matches!(message.role, Role::Unknown(_)) => turn.parts.push(located(None, Part::Unknown)),
            MessageContent::Text(text) => turn.parts.push(located(None, Part::Text(text))),
            MessageContent::Blocks(blocks) => {
                let parts = blocks.iter().map(Part::of).enumerate();
                turn.parts.extend(parts.map(|(block, part)| located(Some(block), part)));
            }
        }
    }
    turns
}

impl Turn<'_> {
    pub(super) fn has_unknown(&self) -> bool {
        self.parts.iter().any(|at| matches!(at.part, Part::Unknown))
    }
}

impl Located<'_> {
    /// Records a problem with the block, or with the string. The current path is that of the
    /// messages.
    pub(super) fn reject(&self, problems: &mut Problems, message: impl Into<String>) {
        problems.below(format_args!("{}.content", self.message), |problems| match self.block {
            Some(block) => problems.below(block, |problems| problems.reject(message)),
            None => problems.reject(message),
        });
    }

    /// Records a problem with `field` of the block, or with the string, as [`reject`](Self::reject)
    /// does.
    pub(super) fn reject_field(&self, field: &str, problems: &mut Problems, message: impl Into<String>) {
        problems.below(format_args!("{}.content", self.message), |problems| match self.block {
            Some(block) => problems.below(block, |problems| problems.reject_field(field, message)),
            None => problems.reject(message),
        });
    }
}

impl<'a> Part<'a> {
    fn of(block: &'a ContentBlock) -> Self {
        use ContentBlock as B;

        match block {
            B::Text(block) => Self::Text(&block.text),
            B::ToolUse(call) => Self::Call(&call.id),
            B::ToolResult(result) => Self::Result(&result.tool_use_id),
            B::ServerToolUse(call) => Self::HostedCall(Host::Api, &call.id),
            B::McpToolUse(call) => Self::HostedCall(Host::McpServer, &call.id),
            B::McpToolResult(result) => Self::HostedResult(Host::McpServer, &result.tool_use_id),
            B::MidConversationSystem(_) => Self::Instructions,
            B::Compaction(_) => Self::Summary,
            B::Unknown(_) => Self::Unknown,
            // The result of a tool that the API runs names its call.
            block => match shared_text(block, "tool_use_id") {
                Some(id) => Self::HostedResult(Host::Api, id),
                None => Self::Other,
            },
        }
    }
}
