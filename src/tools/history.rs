//! What the conversation in a request says about calls and tools.
//!
//! A run keeps no second account of this, so whatever a program changes in the request between two turns
//! holds.

use super::list::{Key, key_of};
use crate::types::context::MidConversationSystemContent;
use crate::types::server_tools::{Caller, Container, ContainerConfig};
use crate::types::tools::{ChangedTool, Tool, ToolChange};
use crate::types::{
    ContentBlock, CreateMessageRequest, InputMessage, Message, Role, StopReason, ToolUseBlock,
};

/// What may follow a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The next request, whatever the conversation ends with.
    Request,
    /// The next request, if a message of the user follows the model's. The results of the calls are one.
    RequestIfAsked,
    /// Nothing. The model's message is empty and cannot be sent back.
    Nothing,
}

/// Returns what may follow `message`, which replies to `request`.
pub(super) fn next_after(message: &Message, request: &CreateMessageRequest) -> Next {
    match &message.stop_reason {
        _ if message.content.is_empty() => Next::Nothing,
        Some(StopReason::PauseTurn) => Next::Request,
        // The request goes on with the summary, unless it asks for nothing else.
        Some(StopReason::Compaction) if request.compaction.is_none() => Next::Request,
        _ => Next::RequestIfAsked,
    }
}

/// Returns `true` if the calls of `message` are complete and meant to be run.
///
/// Some servers report the end of a turn, or no reason at all, for a message with calls. For every other
/// reason the last call may be cut off, or the model does not want the results.
pub(super) fn asks_for_tools(message: &Message) -> bool {
    matches!(message.stop_reason, None | Some(StopReason::ToolUse | StopReason::EndTurn))
}

/// Returns the calls of `message` with the positions of their blocks. Those before the last fallback are the
/// other model's, which has refused.
pub(super) fn calls(message: &Message) -> impl Iterator<Item = (usize, &ToolUseBlock)> {
    let fallback = message.content.iter().rposition(|block| matches!(block, ContentBlock::Fallback(_)));
    let after = message.content.iter().enumerate().skip(fallback.map_or(0, |at| at + 1));
    after.filter_map(|(at, block)| Some((at, block.as_tool_use()?)))
}

/// Returns `false` for a call by code that the model runs, unless the definition of the tool allows such
/// calls.
pub(super) fn may_be_called_by(
    caller: Option<&Caller>,
    key: Key<'_>,
    request: &CreateMessageRequest,
) -> bool {
    let definition = || request.tools.iter().flatten().find(|tool| key_of(tool) == Some(key));
    matches!(caller, None | Some(Caller::Direct(_))) || definition().is_some_and(may_be_called_by_code)
}

fn may_be_called_by_code(tool: &Tool) -> bool {
    // Many types have the field. Such calls are rare enough to look it up in the JSON.
    let json = serde_json::to_value(tool).unwrap_or_default();
    let callers = json["allowed_callers"].as_array();
    callers.is_some_and(|callers| callers.iter().any(|caller| caller.as_str() != Some("direct")))
}

/// Returns the position of the message with the call `id`, unless the request also has its result.
pub(super) fn position_of_open_call(request: &CreateMessageRequest, id: &str) -> Option<usize> {
    let is_call = |block: &ContentBlock| block.as_tool_use().is_some_and(|call| call.id == id);
    let is_result =
        |block: &ContentBlock| block.as_tool_result().is_some_and(|result| result.tool_use_id == id);
    let holds =
        |message: &InputMessage, is: &dyn Fn(&ContentBlock) -> bool| message.content.blocks().iter().any(is);
    let at = request.messages.iter().rposition(|message| holds(message, &is_call))?;
    let is_resolved = request.messages[at..].iter().any(|message| holds(message, &is_result));
    (!is_resolved).then_some(at)
}

/// Returns `true` if the model's last message is followed by one of the user.
pub(super) fn ends_with_user(request: &CreateMessageRequest) -> bool {
    let last = request.messages.iter().rev().find(|message| message.role != Role::System);
    last.is_some_and(|message| message.role == Role::User)
}

/// Returns `true` if the model may call the tool `key` at the end of the conversation.
pub(super) fn is_available(request: &CreateMessageRequest, key: Key<'_>) -> bool {
    let mut is_available = request.tools.iter().flatten().any(|tool| key_of(tool) == Some(key));
    for block in request.messages.iter().flat_map(|message| message.content.blocks()) {
        apply_changes(block, key, &mut is_available);
    }
    is_available
}

fn apply_changes(block: &ContentBlock, key: Key<'_>, is_available: &mut bool) {
    match block {
        ContentBlock::ToolAddition(block) => *is_available |= names(&block.tool, key),
        ContentBlock::ToolRemoval(block) => *is_available &= !names(&block.tool, key),
        ContentBlock::MidConversationSystem(block) => {
            if let MidConversationSystemContent::Blocks(blocks) = &block.content {
                blocks.iter().for_each(|block| apply_changes(block, key, is_available));
            }
        }
        // It stands for the system messages of the turns that it sums up.
        ContentBlock::Compaction(block) => {
            for change in block.tool_changes.iter().flatten() {
                match change {
                    ToolChange::Addition(block) => *is_available |= names(&block.tool, key),
                    ToolChange::Removal(block) => *is_available &= !names(&block.tool, key),
                    ToolChange::Unknown(_) => {}
                }
            }
        }
        _ => {}
    }
}

/// Returns `true` if `changed` stands for the tool `key`.
fn names(changed: &ChangedTool, key: Key<'_>) -> bool {
    match changed {
        ChangedTool::Reference(reference) => Key::Tool(&reference.name) == key,
        ChangedTool::Definition(definition) => key_of(&definition.definition) == Some(key),
        ChangedTool::McpReference(_) | ChangedTool::McpToolsetReference(_) | ChangedTool::Unknown(_) => false,
    }
}

/// Makes the next request continue in the container of the last message, unless it names one already.
pub(super) fn carry_container(request: &mut CreateMessageRequest, container: &Container) {
    match &mut request.container {
        None => request.container = Some(container.id.clone().into()),
        Some(ContainerConfig::Params(params)) => {
            params.id.get_or_insert_with(|| container.id.clone());
        }
        Some(ContainerConfig::Id(_)) => {}
    }
}
