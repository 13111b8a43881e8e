//! The conversion of events to a message.

use super::accumulate_error::AccumulateError;
use super::deviation::Deviation;
use super::merge::{Merger, has_input, is_cut, replace_input};
use super::order::{Mode, Order, Verdict};
use super::size::{BLOCK, size_of_delta, size_of_held, size_of_merged};
use crate::json::{Json, PartialMode};
use crate::types::events::{
    ContentBlockDelta, ContentBlockStartEvent, MessageDeltaEvent, MessageStartEvent, StreamEvent,
};
use crate::types::usage::set_if_some;
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
/// - The fields of `message_delta` and of its `usage` replace those of `message_start` and of an earlier
///   `message_delta`, unless they are `null`. Fields that this version of the crate does not know are merged
///   in the same way.
/// - Events and deltas of unknown types are ignored. A block of an unknown type is kept as it started, but if
///   its type ends in `tool_use`, it receives its input like any other tool call.
///
/// # Order
///
/// An event that is out of order is an error if something would be lost by going on: an event before
/// `message_start`, a second `message_start`, a block whose index is not the next, and a delta for a block
/// that is not open. Such an event changes nothing.
///
/// If nothing is lost, the event is skipped and listed in [`deviations`](Self::deviations): a second
/// `message_start` with the id of the first, a delta that does not belong to the type of its block, a stop
/// for a block that is not open, and whatever follows `message_stop`. [`strict`](Self::strict) makes these
/// errors as well, and [`lenient`](Self::lenient) tolerates everything. Blocks may interleave and need not
/// stop, and there may be several `message_delta` events.
///
/// # Tool inputs that are not JSON
///
/// A message that stops early, that is for `max_tokens`, `model_context_window_exceeded`, `stop_sequence` or
/// `refusal`, may end in the middle of a tool input, and so may what a model has written before a `fallback`
/// block, with which another takes over. At `message_stop` the input then becomes the part of it
/// that is complete, as [`Json::parse_partial`] reads it, and [`partial_input`](Self::partial_input) still
/// returns the whole text.
///
/// Any other input that is not JSON is an error at `message_stop`, when everything else has been received:
/// [`AccumulateError::InvalidInput`] carries the text, and [`message`](Self::message) has the stop reason,
/// the usage and all other blocks. An input of nothing but white space counts as absent.
#[derive(Clone, Debug)]
pub struct Accumulator {
    order: Order,
    message: Option<Box<Message>>,
    /// The text of the tool input of each block so far; empty once it has been parsed.
    inputs: Vec<String>,
    merger: Merger,
    max_bytes: usize,
    /// The approximate memory that the message takes.
    bytes: usize,
}

impl Default for Accumulator {
    fn default() -> Self {
        Self::new()
    }
}

impl Accumulator {
    /// Creates an accumulator with the default limit.
    pub fn new() -> Self {
        Self {
            order: Order::default(),
            message: None,
            inputs: Vec::new(),
            merger: Merger::default(),
            max_bytes: DEFAULT_MAX_BYTES,
            bytes: 0,
        }
    }

    /// Returns an accumulator with the same settings and no events.
    #[cfg(any(feature = "client", feature = "policy"))]
    pub(super) fn fresh(&self) -> Self {
        let mut fresh = Self::new().max_bytes(self.max_bytes);
        fresh.order.set_mode(self.order.mode());
        fresh
    }

    /// Sets whether every event out of order is an error, even if nothing would be lost by skipping it;
    /// `false` by default. Takes back [`lenient`](Self::lenient).
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.order.set_mode(if strict { Mode::Strict } else { Mode::Tolerant });
        self
    }

    /// Sets whether all events out of order are tolerated, much as the official SDKs do; `false` by default.
    /// Takes back [`strict`](Self::strict), and must be set before the first event.
    ///
    /// Blocks are then kept in the order in which they start, whatever their index. A delta or a stop applies
    /// to the last block that started with its index, even if that block has stopped. An event that fits
    /// nowhere is ignored, and a tool input that is not JSON becomes what [`Json::parse_partial`] makes of
    /// it.
    #[must_use]
    pub fn lenient(mut self, lenient: bool) -> Self {
        self.order.set_mode(if lenient { Mode::Lenient } else { Mode::Tolerant });
        self
    }

    /// Sets the approximate maximum memory that the message may take, in bytes; 64 MiB by default,
    /// `usize::MAX` for no limit.
    ///
    /// Text counts by its length, and every block by the memory of its fields as well, so a message of many
    /// small blocks reaches the limit before its JSON is as long.
    #[must_use]
    pub fn max_bytes(mut self, max_bytes: usize) -> Self {
        self.max_bytes = max_bytes;
        self
    }

    /// Adds an event.
    ///
    /// # Errors
    ///
    /// When the event is an `error` event, is out of order, makes the message too large, has a field of the
    /// message with the wrong JSON type, or completes a message that has a tool input that is not JSON; and
    /// when 100,000 events in a row have added nothing. The message so far remains available.
    pub fn push(&mut self, event: &StreamEvent) -> Result<(), AccumulateError> {
        self.accept(event).map(|_| ())
    }

    /// Adds an event. Returns `false` if it was skipped.
    pub(super) fn accept(&mut self, event: &StreamEvent) -> Result<bool, AccumulateError> {
        if let Some((at, delta)) = self.order.take_delta(event) {
            let has_grown = self.apply_delta(at, delta)?;
            self.order.count(has_grown)?;
            return Ok(true);
        }
        self.accept_other(event)
    }

    #[inline(never)]
    fn accept_other(&mut self, event: &StreamEvent) -> Result<bool, AccumulateError> {
        let Verdict::Take(at) = self.order.judge(event)? else {
            self.order.count(false)?;
            return Ok(false);
        };
        let has_grown = match event {
            StreamEvent::MessageStart(event) => self.start(event)?,
            StreamEvent::ContentBlockStart(event) => self.start_block(event)?,
            StreamEvent::ContentBlockDelta(event) => self.apply_delta(at, &event.delta)?,
            StreamEvent::ContentBlockStop(_) => self.stop_block(at),
            StreamEvent::MessageDelta(event) => self.merge(event)?,
            StreamEvent::MessageStop(_) => self.stop()?,
            StreamEvent::Ping(_) | StreamEvent::Error(_) | StreamEvent::Unknown(_) => false,
        };
        self.order.commit(event, at);
        self.order.count(has_grown)?;
        Ok(true)
    }

    /// Returns the message so far; `None` before `message_start`. Until its block stops, a tool call has the
    /// input that it started with, usually `{}`.
    pub fn message(&self) -> Option<&Message> {
        self.message.as_deref()
    }

    /// Returns the text received so far of a tool input that is not complete yet or is not JSON, for the
    /// block at position `index` of the content.
    ///
    /// Returns `None` if no piece has arrived, and again once the input has been parsed and the block
    /// contains it. [`Json::parse_partial`] reads the text.
    pub fn partial_input(&self, index: usize) -> Option<&str> {
        self.inputs.get(index).map(String::as_str).filter(|input| !input.is_empty())
    }

    /// Returns `true` once `message_stop` has arrived.
    pub fn is_complete(&self) -> bool {
        self.order.is_complete()
    }

    /// Returns the faults of the stream that were tolerated so far. Only the first 100 are listed.
    pub fn deviations(&self) -> &[Deviation] {
        self.order.deviations()
    }

    /// Returns the whole message.
    ///
    /// # Errors
    ///
    /// [`AccumulateError::Incomplete`] before `message_stop`.
    pub fn into_message(self) -> Result<Message, AccumulateError> {
        let message = self.message.filter(|_| self.order.is_complete());
        message.map(|message| *message).ok_or(AccumulateError::Incomplete)
    }

    /// Splits off what is needed to go on checking the order.
    pub(super) fn into_parts(self) -> (Order, Option<Box<Message>>) {
        (self.order, self.message)
    }

    /// Counts the bytes that an event is about to add towards the limit of the message.
    fn charge(&mut self, bytes: usize) -> Result<(), AccumulateError> {
        self.bytes = self.check(bytes)?;
        Ok(())
    }

    /// Returns the size that the message has with `bytes` more, unless it exceeds the limit.
    fn check(&self, bytes: usize) -> Result<usize, AccumulateError> {
        let total = self.bytes.saturating_add(bytes);
        if total > self.max_bytes {
            return Err(AccumulateError::TooLarge { limit: self.max_bytes });
        }
        Ok(total)
    }

    fn start(&mut self, event: &MessageStartEvent) -> Result<bool, AccumulateError> {
        self.charge(size_of_held(&event.message) + BLOCK * event.message.content.len())?;
        let mut message = event.message.clone();
        self.inputs = vec![String::new(); message.content.len()];
        if let Some(model) = message.content.iter().rev().find_map(model_of_fallback) {
            message.model = model;
        }
        self.message = Some(Box::new(message));
        Ok(true)
    }

    fn start_block(&mut self, event: &ContentBlockStartEvent) -> Result<bool, AccumulateError> {
        self.charge(size_of_held(&event.content_block) + BLOCK)?;
        let Some(message) = &mut self.message else { return Ok(false) };
        if let Some(model) = model_of_fallback(&event.content_block) {
            message.model = model;
        }
        message.content.push(event.content_block.clone());
        self.inputs.push(String::new());
        Ok(true)
    }

    #[inline]
    fn apply_delta(&mut self, at: usize, delta: &ContentBlockDelta) -> Result<bool, AccumulateError> {
        let bytes = size_of_delta(delta);
        self.charge(bytes)?;
        let Some(block) = self.message.as_mut().and_then(|message| message.content.get_mut(at)) else {
            return Ok(false);
        };
        // That the delta belongs to the block has been checked. Blocks of unknown types ignore theirs.
        match (delta, block) {
            (ContentBlockDelta::Text(delta), ContentBlock::Text(block)) => block.text.push_str(&delta.text),
            (ContentBlockDelta::Citations(delta), ContentBlock::Text(block)) => {
                block.citations.get_or_insert_default().push(delta.citation.clone());
            }
            (ContentBlockDelta::Thinking(delta), ContentBlock::Thinking(block)) => {
                block.thinking.push_str(&delta.thinking);
            }
            (ContentBlockDelta::Signature(delta), ContentBlock::Thinking(block)) => {
                block.signature.clone_from(&delta.signature);
            }
            (ContentBlockDelta::InputJson(delta), block) if has_input(block) => {
                self.inputs[at].push_str(&delta.partial_json);
            }
            (ContentBlockDelta::Compaction(delta), ContentBlock::Compaction(block)) => {
                set_if_some(&mut block.content, &delta.content);
                set_if_some(&mut block.encrypted_content, &delta.encrypted_content);
            }
            _ => return Ok(false),
        }
        Ok(bytes > 0)
    }

    /// Parses the input of a block that stops. If it is not JSON, it is left alone until `message_stop`: the
    /// stop reason, which is not known yet, may explain it.
    fn stop_block(&mut self, at: usize) -> bool {
        self.read_input(at);
        true
    }

    /// Parses the pieces of a tool input and returns `true` if they are JSON or absent.
    fn read_input(&mut self, at: usize) -> bool {
        let (Some(message), Some(input)) = (&mut self.message, self.inputs.get_mut(at)) else { return true };
        if input.trim_ascii().is_empty() {
            *input = String::new();
            return true;
        }
        input.shrink_to_fit();
        let Ok(json) = Json::parse(input) else { return false };
        *input = String::new();
        replace_input(&mut message.content[at], json);
        true
    }

    fn merge(&mut self, event: &MessageDeltaEvent) -> Result<bool, AccumulateError> {
        // Known fields replace those of the last event, so only the unknown ones add up.
        self.check(size_of_held(event))?;
        self.charge(size_of_merged(event))?;
        if let Some(message) = &mut self.message {
            self.merger.apply(message, event)?;
        }
        Ok(true)
    }

    fn stop(&mut self) -> Result<bool, AccumulateError> {
        let content = self.message.as_ref().map_or(&[][..], |message| &message.content);
        let last_fallback = content.iter().rposition(|block| matches!(block, ContentBlock::Fallback(_)));
        let mut result = Ok(true);
        for at in 0..self.inputs.len() {
            if !self.read_input(at) {
                let is_abandoned = last_fallback.is_some_and(|fallback| at < fallback);
                result = result.and(self.read_cut_input(at, is_abandoned));
            }
        }
        result
    }

    /// Sets a tool input that is not JSON to the part of it that is complete, if the message may have been
    /// cut off in it, or if another model took over after it.
    fn read_cut_input(&mut self, at: usize, is_abandoned: bool) -> Result<bool, AccumulateError> {
        let (Some(message), Some(input)) = (&mut self.message, self.inputs.get(at)) else { return Ok(true) };
        let may_be_cut =
            (is_abandoned || is_cut(message.stop_reason.as_ref())) && Json::may_begin_with(input);
        if !may_be_cut && self.order.mode() != Mode::Lenient {
            return Err(AccumulateError::InvalidInput { index: at as u64, text: input.clone() });
        }
        if let Some(json) = Json::parse_partial(input, PartialMode::Complete) {
            replace_input(&mut message.content[at], json);
        }
        Ok(true)
    }
}

/// Returns the model that a fallback block switches to.
fn model_of_fallback(block: &ContentBlock) -> Option<String> {
    match block {
        ContentBlock::Fallback(block) => Some(block.to.model.clone()),
        _ => None,
    }
}
