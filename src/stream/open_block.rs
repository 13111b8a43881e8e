//! The block that is open in a stream which a checker looks at.

use super::merge::{has_input, input_of};
use crate::json::ObjectEnd;
use crate::types::events::ContentBlockDelta;
use crate::types::{ContentBlock, Message};
use crate::wire::{Union, fill_gaps, has_gap};

/// The block that has started and not stopped.
#[derive(Clone, Debug)]
pub(super) struct OpenBlock {
    pub(super) index: u64,
    /// The input that came with the start of a call, as long as no delta has brought one.
    pub(super) input: Option<String>,
    /// What the deltas have brought of the input. `None` if the block is no call that the client has to run.
    call: Option<ObjectEnd>,
    /// Whether its stop is held back.
    pub(super) is_stopped: bool,
}

impl OpenBlock {
    pub(super) fn new(index: u64, block: &ContentBlock) -> Self {
        let is_run_by_server = matches!(block, ContentBlock::ServerToolUse(_) | ContentBlock::McpToolUse(_));
        let call = (has_input(block) && !is_run_by_server).then(ObjectEnd::default);
        Self { index, input: None, call, is_stopped: false }
    }

    /// Takes note of what a delta brings of the input of a call.
    #[inline]
    pub(super) fn receive(&mut self, delta: &ContentBlockDelta) {
        let ContentBlockDelta::InputJson(delta) = delta else { return };
        if let Some(call) = &mut self.call {
            call.find(&delta.partial_json);
        }
        if !delta.partial_json.trim_ascii().is_empty() {
            self.input = None;
        }
    }

    /// Returns `true` for a call whose input has begun and not ended.
    pub(super) fn is_cut(&self) -> bool {
        self.call.as_ref().is_some_and(ObjectEnd::is_cut)
    }

    /// Returns `true` for a call whose input is not complete, although it could be.
    pub(super) fn lacks_input(&self) -> bool {
        self.input.is_none() && self.call.as_ref().is_some_and(|call| !call.is_found() && !call.is_broken())
    }
}

/// Returns `true` if a block begins as clients expect it: without what deltas bring, and with all its fields.
pub(super) fn begins_empty(block: &ContentBlock) -> bool {
    match block {
        block if block.view().is_ok_and(has_gap) => false,
        ContentBlock::Text(block) => block.text.is_empty() && block.citations.iter().all(Vec::is_empty),
        ContentBlock::Thinking(block) => block.thinking.is_empty() && block.signature.is_empty(),
        call if has_input(call) => input_of(call).is_some_and(|input| input.as_raw_str() == "{}"),
        _ => true,
    }
}

/// Fills in what a message lacks on the wire although it has to have it.
pub(crate) fn fill_message(message: &mut Message) {
    fill_gaps(message);
    fill_gaps(&mut message.usage);
    message.content.iter_mut().for_each(fill_block);
}

/// Fills in what a block lacks on the wire although it has to have it.
pub(super) fn fill_block(block: &mut ContentBlock) {
    if let Some(block) = block.object_mut() {
        fill_gaps(block);
    }
}
