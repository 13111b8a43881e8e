//! The check of the events that a server sends.

use super::accumulate_error::AccumulateError;
use super::check_end::End;
use super::merge::is_cut;
use super::open_block::{OpenBlock, begins_empty, fill_block, fill_message};
use super::order::{Mode, Order, Verdict};
use super::replay::{content_events, split};
use crate::types::events::{
    ContentBlockDelta, ContentBlockDeltaEvent, ContentBlockStartEvent, ContentBlockStopEvent, InputJsonDelta,
    MessageDeltaEvent, MessageStartEvent, StreamEvent,
};
use crate::types::{ContentBlock, StopReason};
use crate::wire::has_gap;

/// A check that the events of a message are in an order that every client understands.
///
/// A server passes each event through a checker before it sends it. The checker repairs what it can
/// without guessing at the content, and refuses all else. `MessagesService` does so with the stream of
/// every handler; a test can check the events of a handler with [`check`].
///
/// What leaves a checker is `message_start`, without content; the blocks, one after another and with
/// indices 0, 1, 2, …, each with its start, its deltas and its stop; exactly one `message_delta`, which
/// has a stop reason and a usage; and `message_stop`. Pings may be anywhere. An `error` event may be
/// anywhere before the end, and is then the last event.
///
/// | event | what leaves | because |
/// |---|---|---|
/// | a block that starts while another is open | the open block is stopped before it | clients take what overlaps for damaged |
/// | the same, but the open block is a `tool_use` block whose input is not complete | refused | agents run every call that was stopped |
/// | a stop for a `tool_use` block whose input is cut off | nothing yet; it leaves before the next block or the end | the stop reason will tell whether the model was cut off |
/// | `message_stop` after such a stop | refused, unless a `fallback` block follows the call, or the stop reason [explains the cut](crate::stream::Accumulator#tool-inputs-that-are-not-json) or is unknown | the official SDKs run the call with `{}` |
/// | a stop for a block that is not open | nothing | the block has been stopped |
/// | `message_delta` | nothing yet; it leaves right before `message_stop`, also if content follows it | some clients act on it at once |
/// | another `message_delta` | nothing; its fields replace those of the first | some clients add up both, others read only the first |
/// | `message_stop` while a block is open | the block is stopped first | clients lose a block that is not stopped |
/// | `message_stop` without `message_delta`, or without a stop reason | `tool_use` if there is a `tool_use` block, or else `end_turn` | agents wait for a stop reason, or loop |
/// | `message_stop` without a usage, or without `output_tokens` in it | that of `message_start` | the official SDKs fail without it |
/// | a usage without input tokens | as it is | clients keep those of `message_start` |
/// | text or thinking in the start of a block | the start without it, and a delta | clients that listen to deltas miss it |
/// | an input in the start of a call | the start without it, and a delta before the stop, unless others come | agents take only deltas |
/// | a field missing in `message_start` or in the start of a block, such as `content` or `text` | its default | the official SDKs fail without it |
/// | content in `message_start` | the message without it, and the blocks after it | clients ignore it |
/// | a second `message_start` with the same id | nothing | the message has begun |
/// | a second `message_start` with another id | refused | it is another message |
/// | anything but a ping after `message_stop` | nothing | the message is complete |
/// | an unknown event before `message_start`, or an event without a type | nothing | the official SDKs fail, or ignore it |
/// | any other event before `message_start` | refused | there is no message that it could be part of |
/// | a block whose index is not the next | refused | a block has been lost |
/// | a delta for a block that is not open | refused, unless it is empty | its content has no place any more |
/// | a delta of a type that does not belong to the block | refused | clients drop it, and with it content |
/// | the end without `message_stop` | refused by [`finish`](Self::finish) | a part must not pass for the whole message |
/// | an `error` event after `message_delta` | the `error` event alone, so that the usage is lost as well | some clients take a message with a stop reason for whole, whatever follows |
///
/// Unknown events, blocks, deltas and stop reasons pass if they are in order, so that a gateway forwards
/// what is newer than itself. What is in a block is not checked any further. The input of a call must not break
/// off in the middle of a JSON object, but text that is not JSON passes, as a model may write it.
///
/// A reader has other rules, which [`Accumulator`](crate::stream::Accumulator#order) describes: it
/// accepts whatever adds up to a message.
///
/// ```
/// use messages_api::stream::{Checked, Checker};
/// use messages_api::types::events::{ContentBlockStartEvent, MessageStartEvent, MessageStopEvent};
/// use messages_api::{ContentBlock, Message, StreamEvent, Usage};
///
/// let mut checker = Checker::new();
/// let start = Message::new("msg_01", "my-model", vec![], Usage::new(12, 0));
/// for event in [
///     StreamEvent::from(MessageStartEvent::new(start)),
///     ContentBlockStartEvent::new(0, ContentBlock::text("")).into(),
/// ] {
///     assert_eq!(checker.push(&event)?, Checked::Unchanged);
/// }
/// // The handler has stopped neither the block nor the message.
/// let Checked::Replaced(events) = checker.push(&MessageStopEvent::new().into())? else { panic!() };
/// let names: Vec<_> = events.iter().map(StreamEvent::type_name).collect();
/// assert_eq!(names, ["content_block_stop", "message_delta", "message_stop"]);
/// # Ok::<(), messages_api::stream::AccumulateError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Checker {
    order: Order,
    open: Option<OpenBlock>,
    /// The index of the first call that has stopped in the middle of its input.
    cut: Option<u64>,
    /// What the `message_delta` will say.
    end: Option<Box<End>>,
    /// Whether an event was refused, so that nothing but an error may follow.
    is_broken: bool,
    /// Whether an `error` event has left, so that nothing may follow.
    has_failed: bool,
}

/// What leaves a [`Checker`] for an event.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Checked {
    /// The event, as it is.
    Unchanged,
    /// These events instead. There are none if the event is skipped or held back.
    Replaced(Vec<StreamEvent>),
}

/// Passes the events of a whole stream through a [`Checker`], and returns those that leave it.
///
/// ```
/// use messages_api::stream::{check, replay};
/// use messages_api::{ContentBlock, Message, StopReason, Usage};
///
/// let message = Message::new("msg_01", "my-model", vec![ContentBlock::text("hi")], Usage::new(1, 1));
/// let events: Vec<_> = replay(message.stop_reason(StopReason::EndTurn)).collect();
/// assert_eq!(check(events.clone())?, events);
/// assert!(check(events[..4].to_vec()).is_err()); // cut off
/// # Ok::<(), messages_api::stream::AccumulateError>(())
/// ```
///
/// # Errors
///
/// The reason why an event is refused, or [`AccumulateError::Incomplete`] if the events are cut off.
pub fn check(events: impl IntoIterator<Item = StreamEvent>) -> Result<Vec<StreamEvent>, AccumulateError> {
    let (mut checker, mut leaving) = (Checker::new(), Vec::new());
    for event in events {
        match checker.push(&event)? {
            Checked::Unchanged => leaving.push(event),
            Checked::Replaced(events) => leaving.extend(events),
        }
    }
    checker.finish()?;
    Ok(leaving)
}

impl Checker {
    /// Creates a checker of the events of one message.
    pub fn new() -> Self {
        let mut order = Order::default();
        order.set_mode(Mode::Legal);
        Self { order, open: None, cut: None, end: None, is_broken: false, has_failed: false }
    }

    /// Checks the next event, and returns what leaves instead of it.
    ///
    /// # Errors
    ///
    /// The reason why the event is refused: it does not leave, and neither does any that follows but an
    /// `error` event, with which the stream should end. [`AccumulateError::TooLarge`] if the
    /// `message_delta` events have more than 1 MiB of JSON.
    #[inline]
    pub fn push(&mut self, event: &StreamEvent) -> Result<Checked, AccumulateError> {
        // As soon as the checker is broken, no block is open.
        if let (Some(open), StreamEvent::ContentBlockDelta(delta)) = (&mut self.open, event) {
            if open.input.is_none() && self.order.fitting(event).is_some() {
                open.receive(&delta.delta);
                return Ok(Checked::Unchanged);
            }
        }
        self.push_other(event)
    }

    /// Returns an error unless the events so far are complete, or have ended with an `error` event.
    ///
    /// # Errors
    ///
    /// [`AccumulateError::Incomplete`].
    pub fn finish(&self) -> Result<(), AccumulateError> {
        if self.is_complete() || self.has_failed { Ok(()) } else { Err(AccumulateError::Incomplete) }
    }

    /// Returns `true` once `message_stop` has left.
    pub fn is_complete(&self) -> bool {
        self.order.is_complete()
    }

    fn push_other(&mut self, event: &StreamEvent) -> Result<Checked, AccumulateError> {
        match event {
            StreamEvent::Error(_) => return Ok(self.fail()),
            _ if self.is_broken || self.has_failed => return Ok(SKIPPED),
            StreamEvent::Ping(_) => return Ok(Checked::Unchanged),
            _ => {}
        }
        let checked = self.judge(event);
        if checked.is_err() {
            self.is_broken = true;
            // Its content is lost, so it never stops.
            self.open = None;
            self.end = None;
        }
        checked
    }

    fn judge(&mut self, event: &StreamEvent) -> Result<Checked, AccumulateError> {
        let at = match self.order.judge(event) {
            Ok(Verdict::Take(at)) => at,
            Ok(Verdict::Skip) => return Ok(SKIPPED),
            // llama.cpp's server signs its thinking with nothing, and only when all blocks are there.
            Err(AccumulateError::BlockStopped(_)) if adds_nothing(event) => return Ok(SKIPPED),
            Err(error) => return Err(error),
        };
        if let Some(index) = self.cut_input(event) {
            return Err(AccumulateError::CutInput(index));
        }
        self.order.commit(event, at);
        Ok(match event {
            StreamEvent::MessageStart(event) => self.start(event),
            StreamEvent::ContentBlockStart(event) => self.start_block(event),
            StreamEvent::ContentBlockDelta(event) => {
                if let Some(open) = &mut self.open {
                    open.receive(&event.delta);
                }
                Checked::Unchanged
            }
            StreamEvent::ContentBlockStop(stop) => self.stop_block(stop.index, event),
            StreamEvent::MessageDelta(event) => {
                self.hold(event)?;
                SKIPPED
            }
            StreamEvent::MessageStop(_) => self.stop(event),
            _ => Checked::Unchanged,
        })
    }

    fn start(&mut self, event: &MessageStartEvent) -> Checked {
        let message = &event.message;
        if message.content.is_empty() && message.stop_reason.is_none() {
            self.end = Some(Box::new(End::new(message.usage.to_delta())));
            if !has_gap(message) && !has_gap(&message.usage) {
                return Checked::Unchanged;
            }
            let mut event = event.clone();
            fill_message(&mut event.message);
            return Checked::Replaced(vec![event.into()]);
        }
        let mut message = message.clone();
        fill_message(&mut message);
        let (message, content, end) = message.into_stream_parts();
        self.end = Some(Box::new(End::of_message(end)));
        let start = MessageStartEvent { message, ..event.clone() };
        let mut events = vec![start.into()];
        events.extend(content_events(content));
        Checked::Replaced(events)
    }

    fn start_block(&mut self, event: &ContentBlockStartEvent) -> Checked {
        let (mut events, index) = (self.close(), event.index);
        if let ContentBlock::Fallback(_) = event.content_block {
            self.cut = None; // another model takes over
        }
        let open = self.open.insert(OpenBlock::new(index, &event.content_block));
        if begins_empty(&event.content_block) {
            if events.is_empty() {
                return Checked::Unchanged;
            }
            events.push(event.clone().into());
            return Checked::Replaced(events);
        }
        let (mut content_block, deltas) = split(event.content_block.clone());
        fill_block(&mut content_block);
        events.push(ContentBlockStartEvent { content_block, ..event.clone() }.into());
        for delta in deltas {
            match delta {
                // It is held back, because deltas that follow do not continue it but replace it.
                ContentBlockDelta::InputJson(delta) => {
                    let stands_for_nothing = matches!(&*delta.partial_json, "{}" | "null" | r#""""#);
                    open.input = (!stands_for_nothing).then_some(delta.partial_json);
                }
                delta => events.push(ContentBlockDeltaEvent::new(index, delta).into()),
            }
        }
        Checked::Replaced(events)
    }

    fn stop_block(&mut self, index: u64, event: &StreamEvent) -> Checked {
        if let Some(open) = self.open.as_mut().filter(|open| open.is_cut()) {
            open.is_stopped = true;
            return SKIPPED;
        }
        match self.open.take().and_then(|open| open.input) {
            Some(input) => Checked::Replaced(vec![input_event(index, input), event.clone()]),
            None => Checked::Unchanged,
        }
    }

    /// Returns the index of a call whose input lacks something that cannot come after `event`, or should have come.
    fn cut_input(&self, event: &StreamEvent) -> Option<u64> {
        let open = self.open.as_ref();
        match event {
            // Its input may follow, but nobody waits for it once the call has stopped.
            StreamEvent::ContentBlockStart(_) => {
                open.filter(|open| !open.is_stopped && open.lacks_input()).map(|open| open.index)
            }
            StreamEvent::MessageStop(_) => {
                let stop_reason = self.end.as_ref().and_then(|end| end.stop_reason());
                // A reason that is newer than this crate may explain it.
                let is_explained = is_cut(stop_reason) || matches!(stop_reason, Some(StopReason::Unknown(_)));
                let index = open.filter(|open| open.is_cut()).map(|open| open.index).or(self.cut);
                index.filter(|_| !is_explained)
            }
            _ => None,
        }
    }

    fn hold(&mut self, event: &MessageDeltaEvent) -> Result<(), AccumulateError> {
        self.end.as_mut().map_or(Ok(()), |end| end.merge(event))
    }

    fn stop(&mut self, event: &StreamEvent) -> Checked {
        let mut events = self.close();
        if let Some(end) = self.end.take() {
            let is_call = self.order.has_block("tool_use");
            events.push(end.into_event(is_call).into());
        }
        events.push(event.clone());
        Checked::Replaced(events)
    }

    /// Ends the stream with an `error` event. What has been held back is dropped, as it belongs to a message that is
    /// whole.
    fn fail(&mut self) -> Checked {
        if self.is_complete() || std::mem::replace(&mut self.has_failed, true) {
            return SKIPPED;
        }
        self.open = None;
        self.end = None;
        Checked::Unchanged
    }

    /// Closes the open block, and returns the events that do so.
    fn close(&mut self) -> Vec<StreamEvent> {
        let Some(open) = self.open.take() else { return Vec::new() };
        if open.is_cut() {
            self.cut.get_or_insert(open.index);
        }
        let OpenBlock { index, input, .. } = open;
        let mut events: Vec<_> = input.map(|input| input_event(index, input)).into_iter().collect();
        let stop = ContentBlockStopEvent::new(index).into();
        self.order.commit(&stop, usize::try_from(index).unwrap_or(usize::MAX));
        events.push(stop);
        events
    }
}

/// Returns `true` for a delta without content.
fn adds_nothing(event: &StreamEvent) -> bool {
    let StreamEvent::ContentBlockDelta(event) = event else { return false };
    match &event.delta {
        ContentBlockDelta::Text(delta) => delta.text.is_empty(),
        ContentBlockDelta::Thinking(delta) => delta.thinking.is_empty(),
        ContentBlockDelta::Signature(delta) => delta.signature.is_empty(),
        ContentBlockDelta::InputJson(delta) => delta.partial_json.is_empty(),
        _ => false,
    }
}

fn input_event(index: u64, input: String) -> StreamEvent {
    ContentBlockDeltaEvent::new(index, InputJsonDelta::new(input)).into()
}

const SKIPPED: Checked = Checked::Replaced(Vec::new());

impl Default for Checker {
    fn default() -> Self {
        Self::new()
    }
}
