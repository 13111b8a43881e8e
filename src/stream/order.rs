//! The order of the events of a stream.

use std::collections::HashMap;

use super::accumulate_error::AccumulateError;
use super::deviation::Deviation;
use super::merge::has_input;
use crate::error::ApiError;
use crate::types::events::{ContentBlockDelta, ContentBlockDeltaEvent, StreamEvent};
use crate::types::{ContentBlock, Message};
use crate::wire::Tagged;

/// The maximum number of deviations that are listed, so that a hostile stream does not fill memory.
const MAX_DEVIATIONS: usize = 100;

/// The number of events in a row that add nothing at which a stream is given up. One that only pings, once a
/// second, reaches it after a day.
const MAX_IDLE_EVENTS: u32 = 100_000;

/// What has been seen of a stream, as far as the order of its events depends on it.
#[derive(Clone, Debug, Default)]
pub(super) struct Order {
    mode: Mode,
    /// The id of the message; `None` before `message_start`.
    id: Option<Box<str>>,
    is_complete: bool,
    blocks: Vec<BlockState>,
    /// Where the blocks are, if the mode is lenient. In other modes the index of a block is its position.
    positions: Option<Box<Positions>>,
    /// The number of events so far.
    events: u64,
    /// The number of events since the last one that added something.
    idle: u32,
    deviations: Vec<Deviation>,
}

/// How to treat an event that is out of order.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Mode {
    /// Every such event is an error.
    Strict,
    /// Only an event by which something would be lost is an error.
    #[default]
    Tolerant,
    /// No such event is an error.
    Lenient,
    /// What a server sends: whatever changes nothing for any client is skipped, all else is an error.
    Legal,
}

/// What to do with an event.
pub(super) enum Verdict {
    /// Apply it. A delta or a stop belongs to the block at this position.
    Take(usize),
    Skip,
}

#[derive(Clone, Copy, Debug)]
struct BlockState {
    /// The position of the block's type among the known types.
    tag: u8,
    accepts: Accepts,
    is_stopped: bool,
}

/// The deltas that belong to a block.
#[derive(Clone, Copy, Debug)]
enum Accepts {
    Text,
    Thinking,
    Input,
    Compaction,
    Everything,
    Nothing,
}

impl Order {
    pub(super) fn set_mode(&mut self, mode: Mode) {
        self.mode = mode;
    }

    pub(super) fn mode(&self) -> Mode {
        self.mode
    }

    pub(super) fn is_complete(&self) -> bool {
        self.is_complete
    }

    pub(super) fn deviations(&self) -> &[Deviation] {
        &self.deviations
    }

    /// Decides about an event and lists it if it deviates. If the event is taken, [`commit`](Self::commit)
    /// must follow, unless applying it fails.
    pub(super) fn judge(&mut self, event: &StreamEvent) -> Result<Verdict, AccumulateError> {
        let number = self.events;
        self.events += 1;
        let (at, fault) = self.examine(event);
        let Some(cause) = fault else { return Ok(Verdict::Take(at)) };
        let verdict = self.tolerate(event, &cause).map(|is_taken| match is_taken {
            true => Verdict::Take(at),
            false => Verdict::Skip,
        });
        let Some(verdict) = verdict else { return Err(cause) };
        if self.deviations.len() < MAX_DEVIATIONS {
            #[cfg(feature = "tracing")]
            tracing::debug!(event = number, cause = %cause, "tolerated a fault in a stream");
            self.deviations.push(Deviation { event: number, cause });
        }
        Ok(verdict)
    }

    /// Returns the position of the block to which the event adds, if it is a delta that is in order, as
    /// nearly all events are. If the mode is lenient, only [`judge`](Self::judge) knows.
    #[inline(always)]
    pub(super) fn fitting(&self, event: &StreamEvent) -> Option<usize> {
        let StreamEvent::ContentBlockDelta(event) = event else { return None };
        self.fitting_delta(event)
    }

    #[inline(always)]
    pub(super) fn fitting_delta(&self, event: &ContentBlockDeltaEvent) -> Option<usize> {
        let at = usize::try_from(event.index).ok()?;
        let block = self.blocks.get(at).filter(|_| self.mode != Mode::Lenient)?;
        let fits = !self.is_complete && !block.is_stopped && block.accepts.delta(&event.delta);
        fits.then_some(at)
    }

    /// Counts the event and returns the position of its block and the delta, if it is a delta that is in
    /// order. Such an event needs no [`commit`](Self::commit).
    #[inline]
    pub(super) fn take_delta<'a>(
        &mut self,
        event: &'a StreamEvent,
    ) -> Option<(usize, &'a ContentBlockDelta)> {
        let StreamEvent::ContentBlockDelta(delta) = event else { return None };
        let at = self.fitting(event)?;
        self.events += 1;
        Some((at, &delta.delta))
    }

    /// Returns `true` if a block of the type `name` has started.
    pub(super) fn has_block(&self, name: &str) -> bool {
        self.blocks.iter().any(|block| block.type_name() == name)
    }

    /// Records that an event was applied.
    #[inline]
    pub(super) fn commit(&mut self, event: &StreamEvent, at: usize) {
        match event {
            StreamEvent::MessageStart(event) => self.start(&event.message),
            StreamEvent::ContentBlockStart(event) => self.push(event.index, &event.content_block, false),
            StreamEvent::ContentBlockStop(_) => {
                if let Some(block) = self.blocks.get_mut(at) {
                    block.is_stopped = true;
                }
            }
            StreamEvent::MessageStop(_) => self.is_complete = true,
            _ => {}
        }
    }

    /// Counts a delta that is in order and adds something. It needs no [`commit`](Self::commit).
    #[inline(always)]
    pub(super) fn count_delta(&mut self) {
        self.events += 1;
        self.idle = 0;
    }

    /// Counts an event towards the limit of those that add nothing.
    #[inline]
    pub(super) fn count(&mut self, adds: bool) -> Result<(), AccumulateError> {
        self.idle = if adds { 0 } else { self.idle.saturating_add(1) };
        if self.idle >= MAX_IDLE_EVENTS {
            return Err(AccumulateError::TooManyEvents { limit: MAX_IDLE_EVENTS });
        }
        Ok(())
    }

    fn start(&mut self, message: &Message) {
        self.id = Some(message.id.as_str().into());
        // The API sends no content here. If another sender does, these blocks are complete.
        for (index, block) in (0..).zip(&message.content) {
            self.push(index, block, true);
        }
    }

    fn push(&mut self, index: u64, block: &ContentBlock, is_stopped: bool) {
        let tag = ContentBlock::TAGS.names.iter().position(|tag| *tag == block.type_name());
        let tag = tag.and_then(|tag| u8::try_from(tag).ok()).unwrap_or(u8::MAX);
        if self.mode == Mode::Lenient {
            self.positions.get_or_insert_default().set(index, self.blocks.len());
        }
        self.blocks.push(BlockState { tag, accepts: Accepts::of(block), is_stopped });
    }

    /// Returns the position of the block that the event refers to, and what is wrong with the event.
    fn examine(&self, event: &StreamEvent) -> (usize, Option<AccumulateError>) {
        let name = || Box::from(event.type_name());
        let fault = match event {
            StreamEvent::Unknown(unknown) if unknown.type_name().is_empty() => Some(AccumulateError::Untyped),
            StreamEvent::Ping(_) => None,
            StreamEvent::Unknown(_) if self.mode != Mode::Legal => None,
            _ if self.is_complete => Some(AccumulateError::AfterStop(name())),
            StreamEvent::Error(response) => Some(ApiError::from((**response).clone()).into()),
            StreamEvent::MessageStart(_) => self.id.is_some().then_some(AccumulateError::SecondStart),
            _ if self.id.is_none() => Some(AccumulateError::BeforeStart(name())),
            StreamEvent::ContentBlockStart(event) => {
                let (found, expected) = (event.index, self.blocks.len() as u64);
                (found != expected).then_some(AccumulateError::BlockIndex { found, expected })
            }
            StreamEvent::ContentBlockDelta(event) => return self.examine_delta(event),
            StreamEvent::ContentBlockStop(event) => {
                let Some(at) = self.find(event.index) else {
                    return (0, Some(AccumulateError::NoBlock(event.index)));
                };
                let is_stopped = self.blocks[at].is_stopped;
                return (at, is_stopped.then_some(AccumulateError::BlockStopped(event.index)));
            }
            StreamEvent::MessageDelta(_) | StreamEvent::MessageStop(_) | StreamEvent::Unknown(_) => None,
        };
        (0, fault)
    }

    fn examine_delta(&self, event: &ContentBlockDeltaEvent) -> (usize, Option<AccumulateError>) {
        let index = event.index;
        let Some(at) = self.find(index) else { return (0, Some(AccumulateError::NoBlock(index))) };
        let block = self.blocks[at];
        let fault = if !block.accepts.delta(&event.delta) {
            let (block, delta) = (block.type_name().into(), event.delta.type_name().into());
            Some(AccumulateError::WrongDelta { index, block, delta })
        } else if block.is_stopped {
            Some(AccumulateError::BlockStopped(index))
        } else {
            None
        };
        (at, fault)
    }

    fn find(&self, index: u64) -> Option<usize> {
        if self.mode == Mode::Lenient {
            return self.positions.as_ref()?.find(index);
        }
        usize::try_from(index).ok().filter(|&at| at < self.blocks.len())
    }

    /// Returns `Some(true)` if the event is taken in spite of its fault, `Some(false)` if it is skipped, and
    /// `None` if the fault is an error.
    fn tolerate(&self, event: &StreamEvent, fault: &AccumulateError) -> Option<bool> {
        use AccumulateError::{
            AfterStop, Api, BeforeStart, BlockIndex, BlockStopped, NoBlock, SecondStart, Untyped, WrongDelta,
        };
        match (self.mode, event, fault) {
            (Mode::Strict, ..) | (_, _, Api(_)) => None,
            (Mode::Legal, StreamEvent::Unknown(_), Untyped | BeforeStart(_)) => Some(false),
            (Mode::Legal, _, WrongDelta { .. }) => None,
            (_, _, Untyped) => Some(true),
            (_, _, AfterStop(_) | WrongDelta { .. }) => Some(false),
            (_, StreamEvent::ContentBlockStop(_), NoBlock(_) | BlockStopped(_)) => Some(false),
            (Mode::Tolerant | Mode::Legal, StreamEvent::MessageStart(event), SecondStart) => {
                let id = &event.message.id;
                (!id.is_empty() && self.id.as_deref() == Some(id)).then_some(false)
            }
            (Mode::Tolerant | Mode::Legal, ..) => None,
            (Mode::Lenient, _, BlockIndex { .. } | BlockStopped(_)) => Some(true),
            (Mode::Lenient, ..) => Some(false),
        }
    }
}

/// The position of the last block that started with each index. A peer may send any number of blocks, so the
/// list of their indices is not searched.
#[derive(Clone, Debug, Default)]
struct Positions {
    by_index: HashMap<u64, usize>,
    /// The number of entries looked at so far, by which a test sees that events take linear time.
    #[cfg(test)]
    steps: std::cell::Cell<usize>,
}

impl Positions {
    fn set(&mut self, index: u64, position: usize) {
        self.by_index.insert(index, position);
        self.count_step();
    }

    fn find(&self, index: u64) -> Option<usize> {
        self.count_step();
        self.by_index.get(&index).copied()
    }

    fn count_step(&self) {
        #[cfg(test)]
        self.steps.set(self.steps.get() + 1);
    }
}

impl BlockState {
    fn type_name(self) -> &'static str {
        ContentBlock::TAGS.names.get(usize::from(self.tag)).copied().unwrap_or("unknown")
    }
}

impl Accepts {
    fn of(block: &ContentBlock) -> Self {
        match block {
            ContentBlock::Text(_) => Self::Text,
            ContentBlock::Thinking(_) => Self::Thinking,
            ContentBlock::Compaction(_) => Self::Compaction,
            // Its deltas are unknown as well.
            ContentBlock::Unknown(_) => Self::Everything,
            block if has_input(block) => Self::Input,
            _ => Self::Nothing,
        }
    }

    /// Returns `true` if `delta` belongs to the block. The match has no wildcard, so a new kind of delta does
    /// not compile until it has an arm here.
    fn delta(self, delta: &ContentBlockDelta) -> bool {
        match delta {
            _ if matches!(self, Self::Everything) => true,
            ContentBlockDelta::Text(_) | ContentBlockDelta::Citations(_) => matches!(self, Self::Text),
            ContentBlockDelta::Thinking(_) | ContentBlockDelta::Signature(_) => {
                matches!(self, Self::Thinking)
            }
            ContentBlockDelta::InputJson(_) => matches!(self, Self::Input),
            ContentBlockDelta::Compaction(_) => matches!(self, Self::Compaction),
            ContentBlockDelta::Unknown(_) => true,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::stream::Accumulator;
    use crate::types::TextBlock;
    use crate::types::events::{ContentBlockStartEvent, MessageStartEvent, TextDelta};
    use crate::types::usage::Usage;

    /// Each event looks at one block, however many there are and wherever it is.
    #[test]
    fn finding_the_blocks_of_a_lenient_accumulator_takes_linear_time() {
        let mut accumulator = Accumulator::new().lenient(true);
        let mut push = |event: StreamEvent| accumulator.push(&event).unwrap();
        push(MessageStartEvent::new(Message::new("m", "m", vec![], Usage::new(1, 1))).into());
        let blocks = 20_000;
        for index in 0..blocks {
            push(ContentBlockStartEvent::new(index, TextBlock::new("")).into());
        }
        for index in 0..blocks {
            push(ContentBlockDeltaEvent::new(index, TextDelta::new("a")).into());
        }
        push(ContentBlockDeltaEvent::new(blocks, TextDelta::new("nowhere")).into());
        let (order, message) = accumulator.into_parts();
        assert_eq!(message.unwrap().text().len() as u64, blocks);
        assert_eq!(order.positions.unwrap().steps.get() as u64, 2 * blocks + 1);
    }
}
