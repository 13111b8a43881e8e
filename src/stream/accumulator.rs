//! Events to a message.

use super::accumulate_error::AccumulateError;
use super::merge::{apply, has_input, is_cut, replace_input, set_if_some, size_of_delta, size_of_json};
use crate::error::ApiError;
use crate::json::{Json, PartialMode};
use crate::types::events::{
    ContentBlockDelta, ContentBlockDeltaEvent, ContentBlockStartEvent, MessageDeltaEvent, MessageStartEvent,
    StreamEvent,
};
use crate::types::{ContentBlock, Message};

const DEFAULT_MAX_BYTES: usize = 64 * 1024 * 1024;

/// Adds the events of a streamed answer up to its [`Message`].
///
/// A [`MessageStream`](crate::stream::MessageStream) has one of its own; this is for
/// events from elsewhere.
///
/// ```
/// use messages_api::{ContentBlock, Message, StopReason, Usage};
/// use messages_api::stream::{Accumulator, replay};
///
/// let message = Message::new("msg_01", "claude-sonnet-5", vec![ContentBlock::text("hi")], Usage::new(12, 3))
///     .stop_reason(StopReason::EndTurn);
/// let mut accumulator = Accumulator::new();
/// for event in replay(message.clone()) {
///     accumulator.push(&event)?;
/// }
/// assert_eq!(accumulator.into_message()?, message);
/// # Ok::<(), messages_api::stream::AccumulateError>(())
/// ```
///
/// # How events add up
///
/// Text and thinking are appended, a signature replaces the one before, and
/// citations are collected. The input of a tool is the text of its pieces
/// together, read once when its block stops; a block without pieces keeps the
/// input that it began with. What `message_delta` says replaces what
/// `message_start` said, field by field, unless it is `null`; `stop_reason`
/// and `stop_sequence` are replaced even then. That holds for the fields of
/// `usage`, too, and for fields that this version does not know. Events,
/// blocks and deltas of unknown types do no harm: such a block is kept as it
/// began.
///
/// # Order
///
/// An accumulator is strict: an event before `message_start` or after
/// `message_stop`, a second `message_start`, an index that is skipped, taken
/// or not open, and a delta of another kind than its block are errors, and
/// the event changes nothing. Blocks may interleave, need not stop, and
/// `message_delta` may come more than once. [`lenient`](Self::lenient)
/// forgives the rest as well.
///
/// # Input of a tool that was cut off
///
/// An answer that stops early (`max_tokens`, `model_context_window_exceeded`,
/// `stop_sequence`, `refusal`) may end within the input of a tool. The input
/// is then, once `message_stop` came, what of it is whole, and
/// [`partial_input`](Self::partial_input) still holds all of the text. With
/// any other `stop_reason` it is an error that carries the text.
#[derive(Clone, Debug)]
pub struct Accumulator {
    message: Option<Box<Message>>,
    /// One for each block of the message's content.
    blocks: Vec<Block>,
    complete: bool,
    lenient: bool,
    max_bytes: usize,
    /// About how much the message holds.
    bytes: usize,
}

#[derive(Clone, Debug)]
struct Block {
    /// The index that the events name it by.
    index: u64,
    stopped: bool,
    /// The pieces of a tool's input; empty once they were read.
    input: String,
}

impl Default for Accumulator {
    fn default() -> Self {
        Self::new()
    }
}

impl Accumulator {
    /// A strict one.
    pub fn new() -> Self {
        Self {
            message: None,
            blocks: Vec::new(),
            complete: false,
            lenient: false,
            max_bytes: DEFAULT_MAX_BYTES,
            bytes: 0,
        }
    }

    /// Forgives events out of order, much as the official SDKs do: blocks are kept in the order they begin, whatever their
    /// index; a delta or a stop goes to the last block that began with its
    /// index, stopped or not; an event that has no place is skipped; and the
    /// input of a tool that is no JSON is what of it is whole.
    #[must_use]
    pub fn lenient(mut self, lenient: bool) -> Self {
        self.lenient = lenient;
        self
    }

    /// Limits about how many bytes of JSON the message may hold; 64 MiB
    /// unless set, `usize::MAX` for no limit.
    #[must_use]
    pub fn max_bytes(mut self, max_bytes: usize) -> Self {
        self.max_bytes = max_bytes;
        self
    }

    /// Adds an event.
    ///
    /// # Errors
    ///
    /// When the event is an error, has no place here, or makes the message
    /// too large. The message so far is still there.
    pub fn push(&mut self, event: &StreamEvent) -> Result<(), AccumulateError> {
        match event {
            StreamEvent::Error(response) => Err(ApiError::from((**response).clone()).into()),
            StreamEvent::Ping(_) | StreamEvent::Unknown(_) => Ok(()),
            _ if self.complete => self.forgive(|| AccumulateError::AfterStop(event.type_name().into())),
            StreamEvent::MessageStart(event) => self.start(event),
            _ if self.message.is_none() => {
                self.forgive(|| AccumulateError::BeforeStart(event.type_name().into()))
            }
            StreamEvent::ContentBlockStart(event) => self.start_block(event),
            StreamEvent::ContentBlockDelta(event) => self.grow_block(event),
            StreamEvent::ContentBlockStop(event) => self.stop_block(event.index),
            StreamEvent::MessageDelta(event) => self.merge(event),
            StreamEvent::MessageStop(_) => self.stop(),
        }
    }

    /// The message so far; `None` before `message_start`. The input of a tool
    /// stays as the block began until all of it is there.
    pub fn message(&self) -> Option<&Message> {
        self.message.as_deref()
    }

    /// The text so far of a tool's input that is not whole yet: `index` is
    /// the block's place in the content. `None` where no piece came, and once
    /// the block's `input` is set to all of it.
    pub fn partial_input(&self, index: usize) -> Option<&str> {
        let input = &self.blocks.get(index)?.input;
        (!input.is_empty()).then_some(input)
    }

    /// Whether `message_stop` came.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// The whole message.
    ///
    /// # Errors
    ///
    /// [`AccumulateError::Incomplete`] before `message_stop`.
    pub fn into_message(self) -> Result<Message, AccumulateError> {
        let message = self.message.filter(|_| self.complete);
        message.map(|message| *message).ok_or(AccumulateError::Incomplete)
    }

    fn forgive(&self, error: impl FnOnce() -> AccumulateError) -> Result<(), AccumulateError> {
        if self.lenient { Ok(()) } else { Err(error()) }
    }

    /// Counts what the message is about to grow by.
    fn charge(&mut self, bytes: usize) -> Result<(), AccumulateError> {
        let total = self.bytes.saturating_add(bytes);
        if total > self.max_bytes {
            return Err(AccumulateError::TooLarge { limit: self.max_bytes });
        }
        self.bytes = total;
        Ok(())
    }

    fn start(&mut self, event: &MessageStartEvent) -> Result<(), AccumulateError> {
        if self.message.is_some() {
            return self.forgive(|| AccumulateError::SecondStart);
        }
        self.charge(size_of_json(&event.message))?;
        let mut message = event.message.clone();
        // The content is empty here; should it not be, it is complete.
        self.blocks = (0..).zip(&message.content).map(|(index, _)| Block::new(index, true)).collect();
        if let Some(model) = message.content.iter().rev().find_map(model_of_fallback) {
            message.model = model;
        }
        self.message = Some(Box::new(message));
        Ok(())
    }

    fn start_block(&mut self, event: &ContentBlockStartEvent) -> Result<(), AccumulateError> {
        let index = event.index;
        let expected = self.blocks.len() as u64;
        if !self.lenient && index != expected {
            return Err(AccumulateError::BlockIndex { found: index, expected });
        }
        self.charge(size_of_json(&event.content_block))?;
        let Some(message) = &mut self.message else { return Ok(()) };
        if let Some(model) = model_of_fallback(&event.content_block) {
            message.model = model;
        }
        message.content.push(event.content_block.clone());
        self.blocks.push(Block::new(index, false));
        Ok(())
    }

    /// Where the block is that events call `index`.
    fn find(&self, index: u64) -> Option<usize> {
        if self.lenient {
            return self.blocks.iter().rposition(|block| block.index == index);
        }
        usize::try_from(index).ok().filter(|&at| at < self.blocks.len())
    }

    fn grow_block(&mut self, event: &ContentBlockDeltaEvent) -> Result<(), AccumulateError> {
        let ContentBlockDeltaEvent { index, delta, .. } = event;
        let index = *index;
        let Some(at) = self.find(index) else { return self.forgive(|| AccumulateError::NoBlock(index)) };
        if self.blocks[at].stopped && !self.lenient {
            return Err(AccumulateError::BlockStopped(index));
        }
        self.charge(size_of_delta(delta))?;
        let Some(block) = self.message.as_mut().and_then(|message| message.content.get_mut(at)) else {
            return Ok(());
        };
        match (block, delta) {
            (ContentBlock::Text(block), ContentBlockDelta::Text(delta)) => block.text.push_str(&delta.text),
            (ContentBlock::Text(block), ContentBlockDelta::Citations(delta)) => {
                block.citations.get_or_insert_default().push(delta.citation.clone());
            }
            (ContentBlock::Thinking(block), ContentBlockDelta::Thinking(delta)) => {
                block.thinking.push_str(&delta.thinking);
            }
            (ContentBlock::Thinking(block), ContentBlockDelta::Signature(delta)) => {
                block.signature.clone_from(&delta.signature);
            }
            (block, ContentBlockDelta::InputJson(delta)) if has_input(block) => {
                self.blocks[at].input.push_str(&delta.partial_json);
            }
            (ContentBlock::Compaction(block), ContentBlockDelta::Compaction(delta)) => {
                set_if_some(&mut block.content, &delta.content);
                set_if_some(&mut block.encrypted_content, &delta.encrypted_content);
            }
            (ContentBlock::Unknown(_), _) | (_, ContentBlockDelta::Unknown(_)) => {}
            (block, delta) => {
                let (block, delta) = (Box::from(block.type_name()), Box::from(delta.type_name()));
                return self.forgive(|| AccumulateError::WrongDelta { index, block, delta });
            }
        }
        Ok(())
    }

    fn stop_block(&mut self, index: u64) -> Result<(), AccumulateError> {
        let Some(at) = self.find(index) else { return self.forgive(|| AccumulateError::NoBlock(index)) };
        if self.blocks[at].stopped {
            return self.forgive(|| AccumulateError::BlockStopped(index));
        }
        self.blocks[at].stopped = true;
        self.read_input(at, true)
    }

    /// Sets a tool's input from its pieces. One that was cut off is left as it
    /// is if `may_be_cut`, as only `message_delta` says whether it may be.
    fn read_input(&mut self, at: usize, may_be_cut: bool) -> Result<(), AccumulateError> {
        let (Some(message), Some(block)) = (&mut self.message, self.blocks.get_mut(at)) else {
            return Ok(());
        };
        if block.input.is_empty() {
            return Ok(());
        }
        let content = &mut message.content[at];
        let input = match Json::parse(&block.input) {
            Ok(input) => {
                block.input = String::new();
                Some(input)
            }
            Err(_) if may_be_cut && Json::may_begin_with(&block.input) => None,
            Err(_)
                if self.lenient
                    || is_cut(message.stop_reason.as_ref()) && Json::may_begin_with(&block.input) =>
            {
                Json::parse_partial(&block.input, PartialMode::Complete)
            }
            Err(_) => {
                let text = block.input.clone();
                return Err(AccumulateError::InvalidInput { index: block.index, text });
            }
        };
        if let Some(input) = input {
            replace_input(content, input);
        }
        Ok(())
    }

    fn merge(&mut self, event: &MessageDeltaEvent) -> Result<(), AccumulateError> {
        self.charge(size_of_json(event))?;
        if let Some(message) = &mut self.message {
            apply(message, event);
        }
        Ok(())
    }

    fn stop(&mut self) -> Result<(), AccumulateError> {
        for at in 0..self.blocks.len() {
            self.read_input(at, false)?;
        }
        self.complete = true;
        Ok(())
    }
}

impl Block {
    fn new(index: u64, stopped: bool) -> Self {
        Self { index, stopped, input: String::new() }
    }
}

/// Names the model that goes on after another refused.
fn model_of_fallback(block: &ContentBlock) -> Option<String> {
    match block {
        ContentBlock::Fallback(block) => Some(block.to.model.clone()),
        _ => None,
    }
}
