//! The conversion of a message to events.

use super::merge::{has_input, replace_input};
use crate::json::Json;
use crate::types::events::{
    CitationsDelta, CompactionDelta, ContentBlockDelta, ContentBlockDeltaEvent, ContentBlockStartEvent,
    ContentBlockStopEvent, InputJsonDelta, MessageDeltaEvent, MessageStartEvent, MessageStopEvent,
    SignatureDelta, StreamEvent, TextDelta, ThinkingDelta,
};
use crate::types::{ContentBlock, Message};

/// Returns the events that add up to `message`, in the order and form that clients expect.
///
/// Use this to stream a message that is already complete; `MessageStream::from(message)` does the same. The
/// blocks come one after another, each with its text, thinking or tool input in a single delta. The usage is
/// repeated at the end. An [`Accumulator`](crate::stream::Accumulator) turns the events back into an equal
/// message.
///
/// ```
/// use messages_api::{ContentBlock, Message, Usage};
/// use messages_api::stream::replay;
///
/// let message = Message::new("msg_01", "claude-sonnet-5", vec![ContentBlock::text("hi")], Usage::new(1, 1));
/// let names: Vec<_> = replay(message).map(|event| event.type_name().to_owned()).collect();
/// assert_eq!(names, [
///     "message_start", "content_block_start", "content_block_delta", "content_block_stop",
///     "message_delta", "message_stop",
/// ]);
/// ```
pub fn replay(message: Message) -> impl Iterator<Item = StreamEvent> + Send {
    let (start, content, end) = message.into_stream_parts();
    Replay {
        ready: vec![MessageStartEvent::new(start).into()].into_iter(),
        blocks: content.into_iter(),
        index: 0,
        end: Some(end),
    }
}

/// The events of a message. Adapters in a chain would be several times as much code.
struct Replay {
    /// The events of one block that are yet to be returned.
    ready: std::vec::IntoIter<StreamEvent>,
    blocks: std::vec::IntoIter<ContentBlock>,
    /// The index of the next block.
    index: u64,
    end: Option<MessageDeltaEvent>,
}

impl Iterator for Replay {
    type Item = StreamEvent;

    fn next(&mut self) -> Option<StreamEvent> {
        if let Some(event) = self.ready.next() {
            return Some(event);
        }
        let events = match self.blocks.next() {
            Some(block) => block_events(self.index, block),
            None => vec![self.end.take()?.into(), MessageStopEvent::new().into()],
        };
        self.index += 1;
        self.ready = events.into_iter();
        self.ready.next()
    }
}

/// Returns the events of the whole content of a message.
pub(crate) fn content_events(content: Vec<ContentBlock>) -> Vec<StreamEvent> {
    let mut events = Vec::new();
    for (index, block) in (0..).zip(content) {
        events.extend(block_events(index, block));
    }
    events
}

/// Returns the events of one whole block.
pub(super) fn block_events(index: u64, block: ContentBlock) -> Vec<StreamEvent> {
    let (start, deltas) = split(block);
    let mut events = Vec::with_capacity(deltas.len() + 2);
    events.push(ContentBlockStartEvent::new(index, start).into());
    for delta in deltas {
        events.push(ContentBlockDeltaEvent::new(index, delta).into());
    }
    events.push(ContentBlockStopEvent::new(index).into());
    events
}

/// Splits a block into the block that `content_block_start` contains and the deltas.
pub(crate) fn split(mut block: ContentBlock) -> (ContentBlock, Vec<ContentBlockDelta>) {
    let mut deltas = Vec::new();
    match &mut block {
        ContentBlock::Text(block) => {
            let text = std::mem::take(&mut block.text);
            if !text.is_empty() {
                deltas.push(TextDelta::new(text).into());
            }
            let citations = block.citations.iter_mut().flat_map(std::mem::take);
            deltas.extend(citations.map(|citation| CitationsDelta::new(citation).into()));
        }
        ContentBlock::Thinking(block) => {
            let thinking = std::mem::take(&mut block.thinking);
            if !thinking.is_empty() {
                deltas.push(ThinkingDelta::new(thinking).into());
            }
            let signature = std::mem::take(&mut block.signature);
            if !signature.is_empty() {
                deltas.push(SignatureDelta::new(signature).into());
            }
        }
        ContentBlock::Compaction(block) => {
            let mut delta = CompactionDelta::new();
            delta.content = block.content.take();
            delta.encrypted_content = block.encrypted_content.take();
            if delta.content.is_some() || delta.encrypted_content.is_some() {
                deltas.push(delta.into());
            }
        }
        // A block that is not a call arrives complete in `content_block_start`.
        call if !has_input(call) => {}
        call => {
            let mut start = call.clone();
            if let Some(input) = replace_input(&mut start, Json::empty_object()) {
                deltas.push(InputJsonDelta::new(input.as_raw_str()).into());
                *call = start;
            }
        }
    }
    (block, deltas)
}
