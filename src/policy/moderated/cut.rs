//! The end of a message that a review has objected to.

use std::collections::VecDeque;

use crate::types::StopReason;
use crate::types::events::{
    ContentBlockStopEvent, MessageDelta, MessageDeltaEvent, MessageStopEvent, StreamEvent,
};
use crate::types::fallback::RefusalStopDetails;
use crate::types::usage::MessageDeltaUsage;

/// The bytes of text that one token has at least, so that an estimate is rather too high than too low.
const BYTES_PER_TOKEN: u64 = 4;

/// What is known of the events that have left and of the text that was written.
#[derive(Default)]
pub(super) struct Progress {
    /// The index of the block that the caller takes for open.
    open_block: Option<u64>,
    /// The bytes of text and thinking that the inner handler has written.
    pub(super) written: u64,
}

impl Progress {
    /// Notes an event that leaves.
    pub(super) fn see(&mut self, event: &StreamEvent) {
        match event {
            StreamEvent::ContentBlockStart(event) => self.open_block = Some(event.index),
            StreamEvent::ContentBlockStop(_) => self.open_block = None,
            _ => {}
        }
    }

    /// Returns the events that end the message as a refusal.
    pub(super) fn refusal(&self, details: RefusalStopDetails) -> VecDeque<StreamEvent> {
        let stop = self.open_block.map(|index| ContentBlockStopEvent::new(index).into());
        let delta = MessageDelta::from(StopReason::Refusal).stop_details(details);
        let usage = MessageDeltaUsage::new(self.written.div_ceil(BYTES_PER_TOKEN));
        let end = [MessageDeltaEvent::new(delta, usage).into(), MessageStopEvent::new().into()];
        stop.into_iter().chain(end).collect()
    }
}
