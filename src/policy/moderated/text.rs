//! The text in the events of a message that a review looks at.

use std::collections::VecDeque;
use std::mem;
use std::task::{Context, Poll};

use super::cut::Progress;
use crate::stream::{Item, Within, content_events, split};
use crate::types::ContentBlock;
use crate::types::citations::Citation;
use crate::types::events::{ContentBlockDelta, ContentBlockDeltaEvent, StreamEvent};

/// A kind of text. A text ends where another kind begins.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Text,
    Thinking,
}

impl Kind {
    /// Returns the kind of the text of a block.
    pub(super) fn of(block: &ContentBlock) -> Option<Self> {
        match block {
            ContentBlock::Text(_) => Some(Self::Text),
            ContentBlock::Thinking(_) => Some(Self::Thinking),
            _ => None,
        }
    }
}

/// What comes before the events within a watch: those that were read ahead, and the text that is spread over
/// deltas. So text comes in deltas only, and that of the start of the message or of a block follows as if it had
/// been written after it. The order of the events has not been checked.
pub(super) struct Source {
    /// The events that were read before.
    read: VecDeque<StreamEvent>,
    /// What comes before all other events.
    spread: VecDeque<StreamEvent>,
}

impl Source {
    pub(super) fn new(read: VecDeque<StreamEvent>) -> Self {
        Self { read, spread: VecDeque::new() }
    }

    /// Returns `true` if what follows is what is within.
    pub(super) fn is_empty(&self) -> bool {
        self.read.is_empty() && self.spread.is_empty()
    }

    /// Polls for the next event, of which `progress` takes note.
    #[inline(always)] // What it returns is large.
    pub(super) fn poll_next(
        &mut self,
        progress: &mut Progress,
        within: &mut Within<'_>,
        cx: &mut Context<'_>,
    ) -> Poll<Item> {
        if !self.spread.is_empty() {
            return Poll::Ready(self.spread.pop_front().map(Ok));
        }
        let mut item = match self.read.pop_front() {
            Some(event) => Poll::Ready(Some(Ok(event))),
            None => within.poll_next(cx),
        };
        match &mut item {
            Poll::Ready(Some(Ok(StreamEvent::ContentBlockDelta(event)))) => {
                progress.written_delta(&event.delta);
            }
            Poll::Ready(Some(Ok(event))) => self.note(event, progress),
            _ => {}
        }
        item
    }

    /// Takes note of an event that is not a delta.
    #[inline(never)]
    fn note(&mut self, event: &mut StreamEvent, progress: &mut Progress) {
        let is_first = !progress.has_started();
        progress.written(event);
        self.take_text(event, is_first);
    }

    fn take_text(&mut self, event: &mut StreamEvent, is_first: bool) {
        match event {
            StreamEvent::MessageStart(event) if is_first => {
                let content = mem::take(&mut event.message.content);
                self.spread.extend(content_events(content));
            }
            StreamEvent::ContentBlockStart(event) if has_text(&event.content_block) => {
                let (block, deltas) = split(event.content_block.clone());
                event.content_block = block;
                let deltas = deltas.into_iter().map(|delta| ContentBlockDeltaEvent::new(event.index, delta));
                self.spread.extend(deltas.map(StreamEvent::from));
            }
            _ => {}
        }
    }
}

fn has_text(block: &ContentBlock) -> bool {
    match block {
        ContentBlock::Text(block) => !block.text.is_empty() || block.citations.is_some(),
        ContentBlock::Thinking(block) => !block.thinking.is_empty(),
        ContentBlock::Compaction(block) => block.content.is_some(),
        _ => false,
    }
}

/// Returns the text that an event adds to its block.
pub(super) fn text_of(event: &StreamEvent) -> Option<(Kind, &str)> {
    let StreamEvent::ContentBlockDelta(event) = event else { return None };
    let (kind, text) = match &event.delta {
        ContentBlockDelta::Text(delta) => (Kind::Text, &delta.text),
        ContentBlockDelta::Thinking(delta) => (Kind::Thinking, &delta.thinking),
        _ => return None,
    };
    (!text.is_empty()).then_some((kind, text))
}

/// Returns the text that an event adds to its block, which may be empty.
pub(super) fn text_mut(event: &mut StreamEvent) -> Option<&mut String> {
    let StreamEvent::ContentBlockDelta(event) = event else { return None };
    match &mut event.delta {
        ContentBlockDelta::Text(delta) => Some(&mut delta.text),
        ContentBlockDelta::Thinking(delta) => Some(&mut delta.thinking),
        _ => None,
    }
}

/// Returns a text that stands alone in an event: the quote of a citation, or the summary of a compaction.
pub(super) fn quote_of(event: &StreamEvent) -> Option<&str> {
    let StreamEvent::ContentBlockDelta(event) = event else { return None };
    let text = match &event.delta {
        ContentBlockDelta::Citations(delta) => quote(&delta.citation)?,
        ContentBlockDelta::Compaction(delta) => delta.content.as_deref()?,
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// Returns the text that a citation quotes.
pub(super) fn quote(citation: &Citation) -> Option<&str> {
    match citation {
        Citation::CharLocation(citation) => Some(&citation.cited_text),
        Citation::PageLocation(citation) => Some(&citation.cited_text),
        Citation::ContentBlockLocation(citation) => Some(&citation.cited_text),
        Citation::WebSearchResultLocation(citation) => Some(&citation.cited_text),
        Citation::SearchResultLocation(citation) => Some(&citation.cited_text),
        _ => None,
    }
}
