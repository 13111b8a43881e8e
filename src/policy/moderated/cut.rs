//! The end of a message that a review has objected to.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::ends::{Cut, Delivered, Fate, Piece};
use crate::types::StopReason;
use crate::types::events::{
    ContentBlockDelta, ContentBlockStopEvent, MessageDelta, MessageDeltaEvent, MessageStopEvent, StreamEvent,
};
use crate::types::fallback::RefusalStopDetails;
use crate::types::usage::{MessageDeltaUsage, Usage};

/// What is known of the events that have left and of those that were written.
pub(super) struct Progress {
    fate: Fate,
    upstream_model: Option<Arc<str>>,
    has_started: bool,
    /// The index of the block that the caller takes for open.
    open_block: Option<u64>,
    /// What the inner handler has written.
    written: Delivered,
    /// What it has reported at the start and at the end.
    usage: Usage,
    reported: Option<MessageDeltaUsage>,
}

impl Progress {
    pub(super) fn new(fate: Fate, upstream_model: Option<Arc<str>>) -> Self {
        Self {
            fate,
            upstream_model,
            has_started: false,
            open_block: None,
            written: Delivered::default(),
            usage: Usage::new(0, 0),
            reported: None,
        }
    }

    pub(super) fn has_started(&self) -> bool {
        self.has_started
    }

    /// Notes a delta that the inner handler has written.
    pub(super) fn written_delta(&mut self, delta: &ContentBlockDelta) {
        self.written.add_delta(delta);
    }

    /// Notes a piece of content that the inner handler has written.
    #[inline(always)]
    pub(super) fn written_piece(&mut self, piece: Piece) {
        self.written.add_piece(piece);
    }

    /// Notes an event that the inner handler has written.
    pub(super) fn written(&mut self, event: &StreamEvent) {
        self.written.add(event);
        match event {
            StreamEvent::MessageStart(event) => {
                self.usage.clone_from(&event.message.usage);
                self.has_started = true;
            }
            StreamEvent::MessageDelta(event) if event.usage.is_some() => {
                self.reported.clone_from(&event.usage);
            }
            _ => {}
        }
    }

    /// Notes an event that leaves.
    pub(super) fn left(&mut self, event: &StreamEvent) {
        match event {
            StreamEvent::ContentBlockStart(event) => self.open_block = Some(event.index),
            StreamEvent::ContentBlockStop(_) => self.open_block = None,
            _ => {}
        }
    }

    /// Cuts the message off, and returns the events that end it as a refusal.
    pub(super) fn refuse(&self, details: RefusalStopDetails) -> VecDeque<StreamEvent> {
        let usage = self.cut_off();
        let stop = self.open_block.map(|index| ContentBlockStopEvent::new(index).into());
        let delta = MessageDelta::from(StopReason::Refusal).stop_details(details);
        let end = [MessageDeltaEvent::new(delta, usage).into(), MessageStopEvent::new().into()];
        stop.into_iter().chain(end).collect()
    }

    /// Cuts the message off. Returns its usage: as it was reported, or estimated from what was written.
    pub(super) fn cut_off(&self) -> MessageDeltaUsage {
        let delta = self.reported.clone().unwrap_or_else(|| {
            MessageDeltaUsage::new(self.usage.output_tokens.max(self.written.estimate_tokens()))
        });
        let mut usage = self.usage.clone();
        usage.update(&delta);
        let (is_estimated, upstream_model) = (self.reported.is_none(), self.upstream_model.clone());
        self.fate.cut_off(Cut { usage, is_estimated, upstream_model });
        delta
    }
}
