//! A message to events.

use super::merge::{has_input, replace_input};
use crate::json::Json;
use crate::types::events::{
    CitationsDelta, CompactionDelta, ContentBlockDelta, ContentBlockDeltaEvent, ContentBlockStartEvent,
    ContentBlockStopEvent, InputJsonDelta, MessageStartEvent, MessageStopEvent, SignatureDelta, StreamEvent,
    TextDelta, ThinkingDelta,
};
use crate::types::{ContentBlock, Message};

/// The events that add up to `message`, in the order and the shape that
/// clients expect: blocks one after the other, each in one delta, a tool's
/// input only as a delta, the usage repeated at the end.
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
    let blocks = content.into_iter().zip(0..).flat_map(|(block, index)| block_events(index, block));
    std::iter::once(MessageStartEvent::new(start).into())
        .chain(blocks)
        .chain([end.into(), MessageStopEvent::new().into()])
}

/// The events of one whole block.
pub(super) fn block_events(index: u64, block: ContentBlock) -> impl Iterator<Item = StreamEvent> + Send {
    let (start, deltas) = split(block);
    let deltas = deltas.into_iter().map(move |delta| ContentBlockDeltaEvent::new(index, delta).into());
    std::iter::once(ContentBlockStartEvent::new(index, start).into())
        .chain(deltas)
        .chain(std::iter::once(ContentBlockStopEvent::new(index).into()))
}

/// A block as it begins, and what it grows by.
fn split(mut block: ContentBlock) -> (ContentBlock, Vec<ContentBlockDelta>) {
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
        // All that are no calls come whole.
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
