//! What the events of a stream make of the message.

use std::future::poll_fn;

use super::accumulator::Accumulator;
use super::merge::has_input;
use super::message_stream::MessageStream;
use crate::error::Error;
use crate::types::citations::Citation;
use crate::types::context::CompactionBlock;
use crate::types::events::{ContentBlockDelta, StreamEvent};
use crate::types::{ContentBlock, Message, TextBlock, ThinkingBlock};

/// What an event of a stream has made of the message, borrowed from the message received so far.
///
/// [`MessageStream::next_update`] returns one for each event. Nothing is copied: a `delta` is the end of its
/// `snapshot`, and a block is a part of [`MessageStream::message`]. `index` is the position of the block in
/// the content.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Update<'a> {
    /// A text block has grown.
    #[non_exhaustive]
    Text {
        /// The position of the block.
        index: usize,
        /// The text that was appended; it may be empty.
        delta: &'a str,
        /// The text of the block so far.
        snapshot: &'a str,
    },
    /// A thinking block has grown.
    #[non_exhaustive]
    Thinking {
        /// The position of the block.
        index: usize,
        /// The thinking that was appended; it may be empty.
        delta: &'a str,
        /// The thinking of the block so far.
        snapshot: &'a str,
        /// The API's estimate of the thinking tokens so far (beta).
        estimated_tokens: Option<u64>,
    },
    /// The input of a tool call has grown.
    #[non_exhaustive]
    InputJson {
        /// The position of the block.
        index: usize,
        /// The JSON text that was appended; the first is often empty.
        delta: &'a str,
        /// The JSON text of the input so far, which may end anywhere. It is not parsed;
        /// [`Json::parse_partial`](crate::json::Json::parse_partial) does that, in time proportional to its
        /// length.
        snapshot: &'a str,
    },
    /// A text block has received a citation.
    #[non_exhaustive]
    Citation {
        /// The position of the block.
        index: usize,
        /// The citation, which is the last one of the block.
        citation: &'a Citation,
        /// The block so far.
        block: &'a TextBlock,
    },
    /// A thinking block has received its signature.
    #[non_exhaustive]
    Signature {
        /// The position of the block.
        index: usize,
        /// The block so far, with its signature.
        block: &'a ThinkingBlock,
    },
    /// A compaction block has received its content (beta).
    #[non_exhaustive]
    Compaction {
        /// The position of the block.
        index: usize,
        /// The block so far.
        block: &'a CompactionBlock,
    },
    /// A block is complete. If it is a tool call, its input can be read.
    ///
    /// A tool call whose input is not JSON does not become such an update, but an [`Event`](Self::Event).
    #[non_exhaustive]
    Block {
        /// The position of the block.
        index: usize,
        /// The whole block.
        block: &'a ContentBlock,
    },
    /// The message is complete.
    Message(&'a Message),
    /// Any other event: the start of the message or of a block, `message_delta`, `ping`, and whatever this
    /// version of the crate does not know.
    Event(StreamEvent),
}

impl MessageStream {
    /// Returns what the next event has made of the message, or `None` once the message is complete or an error
    /// was returned.
    ///
    /// There is one update for each event, so this method may be mixed with [`next`](Self::next). After
    /// [`without_accumulation`](Self::without_accumulation) every update is an [`Update::Event`].
    ///
    /// ```
    /// use messages_api::json::PartialMode;
    /// use messages_api::stream::Update;
    /// use messages_api::{ContentBlock, Json};
    ///
    /// # use messages_api::{Message, MessageStream, ToolUseBlock, Usage};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), messages_api::Error> {
    /// # let input = Json::parse(r#"{"city":"Oslo"}"#).unwrap();
    /// # let content = vec![ContentBlock::text("Hello!"), ToolUseBlock::new("t", "get_weather", input).into()];
    /// # let mut stream = MessageStream::from(Message::new("msg_01", "m", content, Usage::new(12, 3)));
    /// # let mut calls = Vec::new();
    /// // let mut stream = client.stream_message(&request).await?;
    /// while let Some(update) = stream.next_update().await {
    ///     match update? {
    ///         Update::Text { delta, .. } => print!("{delta}"),
    ///         Update::Thinking { snapshot, .. } => println!("thinking: {} bytes so far", snapshot.len()),
    ///         Update::InputJson { snapshot, .. } => {
    ///             println!("preview: {:?}", Json::parse_partial(snapshot, PartialMode::TrailingStrings));
    ///         }
    ///         // The call can be run while the model goes on writing.
    ///         Update::Block { block: ContentBlock::ToolUse(call), .. } => calls.push(call.clone()),
    ///         Update::Message(message) => println!("{:?}", message.stop_reason),
    ///         _ => {}
    ///     }
    /// }
    /// # assert_eq!(calls[0].input.as_raw_str(), r#"{"city":"Oslo"}"#);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`next`](Self::next).
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it is ready, no event is lost.
    pub async fn next_update(&mut self) -> Option<Result<Update<'_>, Error>> {
        let event = poll_fn(|cx| self.poll_fair(cx)).await?;
        Some(event.map(|event| update(event, self.progress.accumulator())))
    }
}

/// Returns the update of `event`, which `accumulator` has just added.
fn update(event: StreamEvent, accumulator: Option<&Accumulator>) -> Update<'_> {
    match accumulator.and_then(|accumulator| derive(&event, accumulator)) {
        Some(update) => update,
        None => Update::Event(event),
    }
}

/// Returns the update of an event that has changed or completed a part of the message.
fn derive<'a>(event: &StreamEvent, accumulator: &'a Accumulator) -> Option<Update<'a>> {
    let message = accumulator.message()?;
    match event {
        StreamEvent::ContentBlockDelta(event) => {
            let index = usize::try_from(event.index).ok()?;
            derive_delta(index, &event.delta, message.content.get(index)?, accumulator)
        }
        StreamEvent::ContentBlockStop(event) => {
            let index = usize::try_from(event.index).ok()?;
            let block = message.content.get(index)?;
            // The input that the block has now is not the one that the model wrote.
            let is_broken = accumulator.partial_input(index).is_some();
            (!is_broken).then_some(Update::Block { index, block })
        }
        StreamEvent::MessageStop(_) => Some(Update::Message(message)),
        _ => None,
    }
}

fn derive_delta<'a>(
    index: usize,
    delta: &ContentBlockDelta,
    block: &'a ContentBlock,
    accumulator: &'a Accumulator,
) -> Option<Update<'a>> {
    Some(match (delta, block) {
        (ContentBlockDelta::Text(delta), ContentBlock::Text(block)) => {
            Update::Text { index, delta: end_of(&block.text, &delta.text), snapshot: &block.text }
        }
        (ContentBlockDelta::Thinking(delta), ContentBlock::Thinking(block)) => Update::Thinking {
            index,
            delta: end_of(&block.thinking, &delta.thinking),
            snapshot: &block.thinking,
            estimated_tokens: delta.estimated_tokens,
        },
        (ContentBlockDelta::InputJson(delta), block) if has_input(block) => {
            let snapshot = accumulator.partial_input(index).unwrap_or_default();
            Update::InputJson { index, delta: end_of(snapshot, &delta.partial_json), snapshot }
        }
        (ContentBlockDelta::Citations(_), ContentBlock::Text(block)) => {
            Update::Citation { index, citation: block.citations.as_ref()?.last()?, block }
        }
        (ContentBlockDelta::Signature(_), ContentBlock::Thinking(block)) => {
            Update::Signature { index, block }
        }
        (ContentBlockDelta::Compaction(_), ContentBlock::Compaction(block)) => {
            Update::Compaction { index, block }
        }
        // Blocks of unknown types ignore their deltas.
        _ => return None,
    })
}

/// Returns the end of `whole` that was appended as `delta`.
fn end_of<'a>(whole: &'a str, delta: &str) -> &'a str {
    whole.len().checked_sub(delta.len()).and_then(|start| whole.get(start..)).unwrap_or_default()
}
