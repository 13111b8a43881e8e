//! The text of an event that a review looks at.

use std::collections::VecDeque;
use std::mem;

use crate::stream::{block_events, split};
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

/// Adds an event to `events`, so that text comes in deltas only: that of a block's start follows as if it had
/// been written after it.
pub(super) fn spread(event: StreamEvent, events: &mut VecDeque<StreamEvent>) {
    match event {
        StreamEvent::MessageStart(mut event) if !event.message.content.is_empty() => {
            let content = mem::take(&mut event.message.content);
            events.push_back(StreamEvent::MessageStart(event));
            events.extend((0..).zip(content).flat_map(|(index, block)| block_events(index, block)));
        }
        StreamEvent::ContentBlockStart(mut event) if has_text(&event.content_block) => {
            let (block, deltas) = split(event.content_block);
            event.content_block = block;
            let index = event.index;
            events.push_back(StreamEvent::ContentBlockStart(event));
            events.extend(deltas.into_iter().map(|delta| ContentBlockDeltaEvent::new(index, delta).into()));
        }
        event => events.push_back(event),
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
