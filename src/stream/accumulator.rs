//! The conversion of events to a message.

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

/// A message under construction, to which the events of a stream are added one by one.
///
/// A [`MessageStream`](crate::stream::MessageStream) contains an accumulator, so it is only needed for events
/// that come from elsewhere: a recording, a queue, or an [`EventDecoder`](crate::stream::EventDecoder) that
/// is driven by hand. The reverse conversion is [`replay`](crate::stream::replay()).
///
/// ```
/// use messages_api::StreamEvent;
/// use messages_api::stream::Accumulator;
///
/// let recording = r#"
///     {"type":"message_start","message":{"id":"msg_01","type":"message","role":"assistant",
///         "model":"claude-sonnet-5","content":[],"usage":{"input_tokens":12,"output_tokens":1}}}
///     {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}
///     {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hel"}}
///     {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"lo"}}
///     {"type":"content_block_stop","index":0}
///     {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}
///     {"type":"message_stop"}
/// "#;
/// let mut accumulator = Accumulator::new();
/// for event in serde_json::Deserializer::from_str(recording).into_iter::<StreamEvent>() {
///     accumulator.push(&event?)?;
/// }
/// let message = accumulator.into_message()?;
/// assert_eq!(message.text(), "Hello");
/// assert_eq!((message.usage.input_tokens, message.usage.output_tokens), (12, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # How events add up
///
/// - Text and thinking are appended, citations are collected, and a signature replaces the previous one.
/// - The pieces of a tool input are collected as text, which is parsed once, when the block stops. A block
///   without pieces keeps the input that it started with.
/// - The fields of `message_delta` and of its `usage` replace those of `message_start`, unless they are
///   `null`. `stop_reason` and `stop_sequence` are replaced even by `null`. Fields that this version of the
///   crate does not know are merged in the same way.
/// - Events and deltas of unknown types are ignored. A block of an unknown type is kept as it started, but if
///   its type ends in `tool_use`, it receives its input like any other tool call.
///
/// # Order
///
/// An accumulator is strict. It rejects an event before `message_start` or after `message_stop`, a second
/// `message_start`, a block whose index is not the next, a delta or a stop for a block that is not open, and
/// a delta that does not belong to the type of its block. Such an event changes nothing. Blocks may
/// interleave and need not stop, and there may be several `message_delta` events. [`lenient`](Self::lenient)
/// tolerates the rest as well.
///
/// # Tool inputs that are cut off
///
/// A message that stops early, that is for `max_tokens`, `model_context_window_exceeded`, `stop_sequence` or
/// `refusal`, may end in the middle of a tool input. At `message_stop` the input then becomes the part of it
/// that is complete, as [`Json::parse_partial`] reads it, and [`partial_input`](Self::partial_input) still
/// returns the whole text. With any other stop reason, such an input is an error that carries the text.
#[derive(Clone, Debug)]
pub struct Accumulator {
    message: Option<Box<Message>>,
    /// One entry for each block in the content of the message.
    blocks: Vec<Block>,
    complete: bool,
    lenient: bool,
    max_bytes: usize,
    /// The approximate size of the message.
    bytes: usize,
}

#[derive(Clone, Debug)]
struct Block {
    /// The index by which events refer to the block.
    index: u64,
    stopped: bool,
    /// The text of the tool input so far; empty once it has been parsed.
    input: String,
}

impl Default for Accumulator {
    fn default() -> Self {
        Self::new()
    }
}

impl Accumulator {
    /// Creates a strict accumulator with the default limit.
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

    /// Sets whether events out of order are tolerated, much as the official SDKs do; `false` by default.
    ///
    /// Blocks are then kept in the order in which they start, whatever their index. A delta or a stop applies
    /// to the last block that started with its index, even if that block has stopped. An event that fits
    /// nowhere is ignored, and a tool input that is not JSON becomes what [`Json::parse_partial`] makes of
    /// it.
    #[must_use]
    pub fn lenient(mut self, lenient: bool) -> Self {
        self.lenient = lenient;
        self
    }

    /// Sets the approximate maximum size of the message in bytes of JSON; 64 MiB by default, `usize::MAX` for
    /// no limit.
    #[must_use]
    pub fn max_bytes(mut self, max_bytes: usize) -> Self {
        self.max_bytes = max_bytes;
        self
    }

    /// Adds an event.
    ///
    /// # Errors
    ///
    /// When the event is an `error` event, is out of order, makes the message too large, or completes a tool
    /// input that is not JSON. The message so far remains available.
    pub fn push(&mut self, event: &StreamEvent) -> Result<(), AccumulateError> {
        match event {
            StreamEvent::Error(response) => Err(ApiError::from((**response).clone()).into()),
            StreamEvent::Ping(_) | StreamEvent::Unknown(_) => Ok(()),
            _ if self.complete => self.reject(|| AccumulateError::AfterStop(event.type_name().into())),
            StreamEvent::MessageStart(event) => self.start(event),
            _ if self.message.is_none() => {
                self.reject(|| AccumulateError::BeforeStart(event.type_name().into()))
            }
            StreamEvent::ContentBlockStart(event) => self.start_block(event),
            StreamEvent::ContentBlockDelta(event) => self.apply_delta(event),
            StreamEvent::ContentBlockStop(event) => self.stop_block(event.index),
            StreamEvent::MessageDelta(event) => self.merge(event),
            StreamEvent::MessageStop(_) => self.stop(),
        }
    }

    /// Returns the message so far; `None` before `message_start`. Until its block stops, a tool call has the
    /// input that it started with, usually `{}`.
    pub fn message(&self) -> Option<&Message> {
        self.message.as_deref()
    }

    /// Returns the text received so far of a tool input that is not complete yet, for the block at position
    /// `index` of the content.
    ///
    /// Returns `None` if no piece has arrived, and again once the input has been parsed and the block
    /// contains it. [`Json::parse_partial`] reads the text.
    pub fn partial_input(&self, index: usize) -> Option<&str> {
        let input = &self.blocks.get(index)?.input;
        (!input.is_empty()).then_some(input)
    }

    /// Returns `true` once `message_stop` has arrived.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Returns the approximate size of the message so far, which is what [`max_bytes`](Self::max_bytes) limits.
    #[cfg(feature = "server")]
    pub(crate) fn size(&self) -> usize {
        self.bytes
    }

    /// Returns the whole message.
    ///
    /// # Errors
    ///
    /// [`AccumulateError::Incomplete`] before `message_stop`.
    pub fn into_message(self) -> Result<Message, AccumulateError> {
        let message = self.message.filter(|_| self.complete);
        message.map(|message| *message).ok_or(AccumulateError::Incomplete)
    }

    /// Rejects an event that is out of order, unless the accumulator is lenient and ignores it.
    fn reject(&self, error: impl FnOnce() -> AccumulateError) -> Result<(), AccumulateError> {
        if self.lenient { Ok(()) } else { Err(error()) }
    }

    /// Counts the bytes that an event is about to add towards the limit of the message.
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
            return self.reject(|| AccumulateError::SecondStart);
        }
        self.charge(size_of_json(&event.message))?;
        let mut message = event.message.clone();
        // The API sends no content here. If another sender does, these blocks are complete.
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

    /// Returns the position of the block that events refer to by `index`.
    fn find(&self, index: u64) -> Option<usize> {
        if self.lenient {
            return self.blocks.iter().rposition(|block| block.index == index);
        }
        usize::try_from(index).ok().filter(|&at| at < self.blocks.len())
    }

    fn apply_delta(&mut self, event: &ContentBlockDeltaEvent) -> Result<(), AccumulateError> {
        let ContentBlockDeltaEvent { index, delta, .. } = event;
        let index = *index;
        let Some(at) = self.find(index) else { return self.reject(|| AccumulateError::NoBlock(index)) };
        if self.blocks[at].stopped && !self.lenient {
            return Err(AccumulateError::BlockStopped(index));
        }
        self.charge(size_of_delta(delta))?;
        let Some(block) = self.message.as_mut().and_then(|message| message.content.get_mut(at)) else {
            return Ok(());
        };
        // The match has no wildcard, so a new kind of delta does not compile until it has an arm here.
        let fits = match (delta, &mut *block) {
            (ContentBlockDelta::Text(delta), ContentBlock::Text(block)) => {
                block.text.push_str(&delta.text);
                true
            }
            (ContentBlockDelta::Citations(delta), ContentBlock::Text(block)) => {
                block.citations.get_or_insert_default().push(delta.citation.clone());
                true
            }
            (ContentBlockDelta::Thinking(delta), ContentBlock::Thinking(block)) => {
                block.thinking.push_str(&delta.thinking);
                true
            }
            (ContentBlockDelta::Signature(delta), ContentBlock::Thinking(block)) => {
                block.signature.clone_from(&delta.signature);
                true
            }
            (ContentBlockDelta::InputJson(delta), block) if has_input(block) => {
                self.blocks[at].input.push_str(&delta.partial_json);
                true
            }
            (ContentBlockDelta::Compaction(delta), ContentBlock::Compaction(block)) => {
                set_if_some(&mut block.content, &delta.content);
                set_if_some(&mut block.encrypted_content, &delta.encrypted_content);
                true
            }
            (ContentBlockDelta::Unknown(_), _) => true,
            (
                ContentBlockDelta::Text(_)
                | ContentBlockDelta::Citations(_)
                | ContentBlockDelta::Thinking(_)
                | ContentBlockDelta::Signature(_)
                | ContentBlockDelta::InputJson(_)
                | ContentBlockDelta::Compaction(_),
                block,
            ) => matches!(block, ContentBlock::Unknown(_)),
        };
        if fits {
            return Ok(());
        }
        let (block, delta) = (Box::from(block.type_name()), Box::from(delta.type_name()));
        self.reject(|| AccumulateError::WrongDelta { index, block, delta })
    }

    fn stop_block(&mut self, index: u64) -> Result<(), AccumulateError> {
        let Some(at) = self.find(index) else { return self.reject(|| AccumulateError::NoBlock(index)) };
        if self.blocks[at].stopped {
            return self.reject(|| AccumulateError::BlockStopped(index));
        }
        self.blocks[at].stopped = true;
        self.read_input(at, true)
    }

    /// Parses the pieces of a tool input. When a block stops, the stop reason is not known yet, so
    /// `may_be_cut` is set and an input that may be cut off is left alone until `message_stop`.
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

/// Returns the model that a fallback block switches to.
fn model_of_fallback(block: &ContentBlock) -> Option<String> {
    match block {
        ContentBlock::Fallback(block) => Some(block.to.model.clone()),
        _ => None,
    }
}
