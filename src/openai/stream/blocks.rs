//! The blocks of the message, one after another.

use std::collections::VecDeque;

use super::calls::Calls;
use crate::openai::exchange::Exchange;
use crate::types::events::{
    ContentBlockDelta, ContentBlockDeltaEvent, ContentBlockStartEvent, ContentBlockStopEvent, SignatureDelta,
    StreamEvent, TextDelta, ThinkingDelta,
};
use crate::types::{ContentBlock, TextBlock, ThinkingBlock};

/// The blocks of a message, of which one is open at a time.
///
/// While the arguments of a call are incomplete, only this call is written, and what else arrives waits in a
/// queue. So there is a queue only as long as such a call is open.
#[derive(Debug)]
pub(super) struct Blocks {
    pub(super) exchange: Exchange,
    pub(super) events: VecDeque<StreamEvent>,
    pub(super) calls: Calls,
    pub(super) open: Open,
    queue: VecDeque<Waiting>,
    /// The number of blocks that have started.
    started: u64,
    /// The memory in bytes of the queue.
    queued: usize,
    /// The bytes that the model has written.
    written: u64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Open {
    Nothing,
    Text,
    Thinking,
    /// The call at this position, whose block may not have started yet.
    Call(usize),
}

/// Content whose turn has not come.
#[derive(Debug)]
pub(super) enum Waiting {
    Text(String),
    Thinking(String),
    Call(usize),
}

impl Blocks {
    pub(super) fn new(exchange: Exchange, is_whole: bool) -> Self {
        Self {
            exchange,
            events: VecDeque::new(),
            calls: Calls::new(is_whole),
            open: Open::Nothing,
            queue: VecDeque::new(),
            started: 0,
            queued: 0,
            written: 0,
        }
    }

    pub(super) fn has_content(&self) -> bool {
        self.started > 0 || !self.calls.is_empty()
    }

    /// Returns the bytes that the model has written.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    /// Returns the memory in bytes of what waits.
    pub(super) fn held(&self) -> usize {
        self.queued.saturating_add(self.calls.held())
    }

    /// Counts what the model has written.
    pub(super) fn count(&mut self, text: &str) {
        self.written += text.len() as u64;
    }

    /// Adds text.
    #[inline]
    pub(super) fn text(&mut self, text: String) {
        if text.is_empty() {
            return;
        }
        self.count(&text);
        if self.open == Open::Text {
            self.delta(TextDelta::new(text).into());
        } else {
            self.add(Waiting::Text(text));
        }
    }

    /// Adds thinking.
    pub(super) fn thinking(&mut self, text: String) {
        self.count(&text);
        if self.open == Open::Thinking {
            self.delta(ThinkingDelta::new(text).into());
        } else {
            self.add(Waiting::Thinking(text));
        }
    }

    /// Adds content of another kind than the open block.
    pub(super) fn add(&mut self, content: Waiting) {
        if self.must_wait() {
            self.wait(content);
        } else {
            self.close(false);
            self.begin(content);
        }
    }

    /// Goes on with what waits, as far as possible.
    pub(super) fn advance(&mut self) {
        while !self.must_wait() {
            let Some(content) = self.pop() else { return };
            self.close(false);
            self.begin(content);
        }
    }

    /// Ends the last block, and writes what still waits. If `is_cut`, a limit cut the message off.
    pub(super) fn finish(&mut self, is_cut: bool) {
        while let Some(content) = self.pop() {
            self.close(is_cut);
            match content {
                // Nothing of it has been written, so that it can be judged as a whole.
                Waiting::Call(at) => self.open = Open::Call(at),
                content => self.begin(content),
            }
        }
        self.close(is_cut);
        if self.started == 0 && self.exchange.profile.empty_text_block {
            self.start(TextBlock::new("").into());
            self.stop();
        }
    }

    fn must_wait(&self) -> bool {
        matches!(self.open, Open::Call(at) if !self.calls.is_complete(at))
    }

    fn wait(&mut self, content: Waiting) {
        match (content, self.queue.back_mut()) {
            (Waiting::Text(text), Some(Waiting::Text(last)))
            | (Waiting::Thinking(text), Some(Waiting::Thinking(last))) => {
                self.queued += text.len();
                last.push_str(&text);
            }
            (content, _) => {
                self.queued += content.size();
                self.queue.push_back(content);
            }
        }
    }

    /// Takes what has waited longest.
    fn pop(&mut self) -> Option<Waiting> {
        let content = self.queue.pop_front()?;
        self.queued -= content.size();
        Some(content)
    }

    fn begin(&mut self, content: Waiting) {
        match content {
            Waiting::Text(text) => {
                self.start(TextBlock::new("").into());
                self.open = Open::Text;
                self.delta(TextDelta::new(text).into());
            }
            Waiting::Thinking(text) => {
                self.start(ThinkingBlock::new("", "").into());
                self.open = Open::Thinking;
                self.delta(ThinkingDelta::new(text).into());
            }
            Waiting::Call(at) => {
                self.open = Open::Call(at);
                self.write_call(at);
            }
        }
    }

    fn close(&mut self, is_cut: bool) {
        match std::mem::replace(&mut self.open, Open::Nothing) {
            Open::Nothing => {}
            Open::Text => self.stop(),
            Open::Thinking => {
                self.delta(SignatureDelta::new(self.exchange.profile.signature()).into());
                self.stop();
            }
            Open::Call(at) => self.end_call(at, is_cut),
        }
    }

    pub(super) fn start(&mut self, block: ContentBlock) {
        self.events.push_back(ContentBlockStartEvent::new(self.started, block).into());
        self.started += 1;
    }

    /// Adds to the block that has started last.
    #[inline]
    pub(super) fn delta(&mut self, delta: ContentBlockDelta) {
        self.events.push_back(ContentBlockDeltaEvent::new(self.started - 1, delta).into());
    }

    pub(super) fn stop(&mut self) {
        self.events.push_back(ContentBlockStopEvent::new(self.started - 1).into());
    }
}

impl Waiting {
    /// Returns the memory in bytes that the content takes.
    fn size(&self) -> usize {
        let text = match self {
            Self::Text(text) | Self::Thinking(text) => text.len(),
            Self::Call(_) => 0,
        };
        // An allocation takes more than its length.
        size_of::<Self>() + 32 + text
    }
}
