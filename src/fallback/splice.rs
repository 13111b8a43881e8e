//! One stream of the streams of several models.

use std::collections::{BTreeSet, VecDeque};

use futures::stream;

use super::call::{Call, category, credit, mark, refusal_details};
use super::iterations;
use super::request::{as_prefill, continue_after, lacks_capacity};
use crate::error::Error;
use crate::stream::{Accumulator, MessageStream};
use crate::types::events::{
    ContentBlockStartEvent, ContentBlockStopEvent, MessageDeltaEvent, MessageStartEvent, MessageStopEvent,
    StreamEvent,
};
use crate::types::fallback::{RefusalCategory, StopDetails};
use crate::types::usage::{MessageDeltaUsage, Usage, UsageIteration};
use crate::types::{ContentBlock, StopReason};

/// Returns a stream that goes on with the fallbacks of `call` when `model`, whose stream is `first`, refuses.
pub(super) fn splice(call: Call, model: String, first: MessageStream) -> MessageStream {
    first.map_events(|first| {
        let part = Part::new(first.without_accumulation(), None, model);
        // In a box, because `unfold` moves it for each event.
        let splicer = Box::new(Splicer::new(call, part));
        Box::pin(stream::unfold(splicer, |mut splicer| async { Some((splicer.next().await?, splicer)) }))
    })
}

/// The state of the whole stream.
struct Splicer {
    call: Call,
    part: Part,
    /// The events to return before another one is read.
    queue: VecDeque<Result<StreamEvent, Error>>,
    /// The position of the next fallback.
    next_fallback: usize,
    /// The index of the next block.
    next_index: u64,
    /// The marks of the changes of the model since a part has last had content.
    marks: Vec<StreamEvent>,
    /// What the models have used that have refused.
    iterations: Vec<UsageIteration>,
    /// The id of the message, once the first part has begun.
    id: Option<String>,
    /// Whether a `message_start` has been returned.
    is_started: bool,
    /// The refusal of the part, once another model is to follow.
    refused: Option<Refusal>,
}

/// The stream of one model.
struct Part {
    /// `None` once the model has refused.
    events: Option<MessageStream>,
    /// The position of the fallback; `None` for the first model.
    fallback: Option<usize>,
    model: String,
    /// What is added to the indices of the blocks.
    offset: u64,
    /// What the request contained of the output of earlier models.
    prefill: Vec<ContentBlock>,
    start: Option<Box<MessageStartEvent>>,
    /// Whether its `message_start` has been returned as that of the whole stream.
    is_start_shown: bool,
    /// Whether anything has been returned of the part.
    has_content: bool,
    /// The message so far. `None` if its events do not add up, so that it cannot be continued.
    received: Option<Accumulator>,
    /// The own indices of the blocks that have not stopped.
    open: BTreeSet<u64>,
}

/// A refusal that another model follows.
struct Refusal {
    event: Box<MessageDeltaEvent>,
    token: Option<String>,
    category: Option<RefusalCategory>,
    /// What was written until then, as far as it may be continued.
    written: Vec<ContentBlock>,
    prefill: Vec<ContentBlock>,
    /// The model from which the next one takes over.
    model: String,
    start: Option<Box<MessageStartEvent>>,
    is_start_shown: bool,
}

impl Splicer {
    fn new(call: Call, part: Part) -> Self {
        Self {
            next_fallback: call.next_position(),
            call,
            part,
            queue: VecDeque::new(),
            next_index: 0,
            marks: Vec::new(),
            iterations: Vec::new(),
            id: None,
            is_started: false,
            refused: None,
        }
    }

    async fn next(&mut self) -> Option<Result<StreamEvent, Error>> {
        loop {
            if let Some(event) = self.queue.pop_front() {
                return Some(event);
            }
            if let Some(refusal) = self.refused.take() {
                self.fall_back(refusal).await;
                continue;
            }
            match self.part.events.as_mut()?.next().await {
                Some(Ok(event)) => self.accept(event),
                Some(Err(error)) => {
                    self.open();
                    // The whole stream adds the message that it has received.
                    self.queue.push_back(Err(error.with_partial(None)));
                }
                None => self.part.events = None,
            }
        }
    }

    /// Puts what the whole stream returns for an event of the part into the queue.
    fn accept(&mut self, mut event: StreamEvent) {
        if let StreamEvent::MessageStart(start) = event {
            return self.start(start);
        }
        self.part.receive(&event);
        let offset = self.part.offset;
        let mut is_refusal = false;
        match &mut event {
            // There is nothing to keep alive before the message has started.
            StreamEvent::Ping(_) if !self.is_started => return,
            StreamEvent::Ping(_) => return self.queue.push_back(Ok(event)),
            StreamEvent::ContentBlockStart(event) => {
                self.part.open.insert(event.index);
                event.index = event.index.saturating_add(offset);
                self.next_index = self.next_index.max(event.index.saturating_add(1));
            }
            StreamEvent::ContentBlockDelta(event) => event.index = event.index.saturating_add(offset),
            StreamEvent::ContentBlockStop(event) => {
                self.part.open.remove(&event.index);
                event.index = event.index.saturating_add(offset);
            }
            StreamEvent::MessageDelta(event) => {
                is_refusal = event.delta.stop_reason == Some(StopReason::Refusal);
                if is_refusal && self.can_follow(event) {
                    self.refused = Some(self.refuse(event));
                    return;
                }
                self.complete(event);
            }
            StreamEvent::MessageStart(_)
            | StreamEvent::MessageStop(_)
            | StreamEvent::Error(_)
            | StreamEvent::Unknown(_) => {}
        }
        self.open();
        self.queue.push_back(Ok(event));
        if is_refusal {
            self.call.set_position(None);
        }
    }

    /// Keeps the start of a part until it has content.
    fn start(&mut self, mut start: Box<MessageStartEvent>) {
        // The API sends no content here. If another server does, it takes its place among the blocks.
        let content = std::mem::take(&mut start.message.content);
        self.id.get_or_insert_with(|| start.message.id.clone());
        self.part.receive(&StreamEvent::MessageStart(start.clone()));
        self.part.start = Some(start);
        for (index, block) in (0..).zip(content) {
            self.accept(ContentBlockStartEvent::new(index, block).into());
            self.accept(ContentBlockStopEvent::new(index).into());
        }
    }

    /// Returns what comes before the content of the part, once it has any: the start of the message, unless
    /// it has been returned, and the changes of the model.
    fn open(&mut self) {
        let part = &mut self.part;
        if part.has_content {
            return;
        }
        part.has_content = true;
        if !self.is_started {
            if let Some(start) = &part.start {
                let start = with_id(start.clone(), self.id.as_ref());
                self.queue.push_back(Ok(StreamEvent::MessageStart(start)));
                part.is_start_shown = true;
                self.is_started = true;
            }
        }
        self.queue.extend(self.marks.drain(..).map(Ok));
        if part.fallback.is_some() {
            self.call.set_position(part.fallback);
        }
    }

    /// Returns `true` if another model follows the refusal. Without a credit, one only follows if nothing is
    /// lost by beginning anew.
    fn can_follow(&self, refusal: &MessageDeltaEvent) -> bool {
        let has_credit = || credit(refusal_details(refusal.delta.stop_details.as_ref())).is_some();
        self.next_fallback < self.call.fallbacks().len() && (!self.part.has_content || has_credit())
    }

    /// Ends the part with a refusal that another model follows.
    fn refuse(&mut self, event: &MessageDeltaEvent) -> Refusal {
        let details = refusal_details(event.delta.stop_details.as_ref());
        let part = &mut self.part;
        for index in std::mem::take(&mut part.open) {
            part.receive(&ContentBlockStopEvent::new(index).into());
            let index = index.saturating_add(part.offset);
            self.queue.push_back(Ok(ContentBlockStopEvent::new(index).into()));
        }
        part.events = None;
        let received = part.received.as_ref().and_then(Accumulator::message);
        let content = received.map_or(&[][..], |message| &message.content);
        // The API may have fallen back itself.
        let last_mark = content.iter().rev().find_map(|block| match block {
            ContentBlock::Fallback(block) => Some(block.to.model.clone()),
            _ => None,
        });
        let usage = event.usage.clone().unwrap_or_else(|| MessageDeltaUsage::new(0));
        self.iterations.extend(iterations::refused(&usage, &part.start_usage(), &part.model));
        let may_continue = details.is_some_and(|details| details.fallback_has_prefill_claim == Some(true));
        Refusal {
            event: Box::new(event.clone()),
            token: credit(details).map(str::to_owned),
            category: category(details),
            written: if may_continue { as_prefill(content) } else { Vec::new() },
            prefill: std::mem::take(&mut part.prefill),
            model: last_mark.unwrap_or_else(|| part.model.clone()),
            start: part.start.take(),
            is_start_shown: part.is_start_shown,
        }
    }

    /// Adds to the last event of a part what concerns the whole message.
    fn complete(&mut self, event: &mut MessageDeltaEvent) {
        if self.part.fallback.is_none() {
            return;
        }
        let start = self.part.start_usage();
        let usage = event.usage.get_or_insert_with(|| MessageDeltaUsage::new(start.output_tokens));
        let accepted = iterations::accepted(usage, &start, &self.part.model);
        usage.iterations = Some(self.iterations.iter().cloned().chain(accepted).collect());
        if self.is_started && !self.part.is_start_shown {
            iterations::fill(usage, &start);
            keep_transformations(event, self.part.start.as_deref());
        }
    }

    /// Goes on with the next model that has any content to return, or ends the stream with the refusal.
    async fn fall_back(&mut self, refusal: Refusal) {
        let mut failed_for_capacity = None;
        while let Some(fallback) = self.call.fallbacks().get(self.next_fallback) {
            let (position, model) = (self.next_fallback, fallback.model.clone());
            self.next_fallback += 1;
            match attempt(&self.call, position, &refusal).await {
                Ok((events, prefill)) => {
                    self.push_mark(mark(refusal.model, &model, refusal.category));
                    let mut part = Part::new(events, Some(position), model);
                    part.offset = self.next_index;
                    part.prefill = prefill;
                    if self.next_fallback == self.call.fallbacks().len() {
                        part.received = None; // Nobody continues it.
                    }
                    self.part = part;
                    return;
                }
                Err(error) => failed_for_capacity = lacks_capacity(&error).then_some(model),
            }
        }
        self.end(refusal, failed_for_capacity);
    }

    /// Ends the stream with a refusal that no other model follows after all.
    fn end(&mut self, refusal: Refusal, recommended: Option<String>) {
        let Refusal { mut event, start, is_start_shown, .. } = refusal;
        if let Some(StopDetails::Refusal(details)) = &mut event.delta.stop_details {
            details.recommended_model = recommended;
        }
        let usage = start.as_ref().map_or_else(|| Usage::new(0, 0), |start| start.message.usage.clone());
        let usage = event.usage.get_or_insert_with(|| MessageDeltaUsage::new(usage.output_tokens));
        usage.iterations = Some(std::mem::take(&mut self.iterations));
        if self.is_started && !is_start_shown {
            keep_transformations(&mut event, start.as_deref());
        }
        if let (false, Some(start)) = (self.is_started, start) {
            let start = with_id(start, self.id.as_ref());
            self.queue.push_back(Ok(StreamEvent::MessageStart(start)));
        }
        self.queue.extend(self.marks.drain(..).map(Ok));
        self.queue.push_back(Ok(StreamEvent::MessageDelta(event)));
        self.queue.push_back(Ok(MessageStopEvent::new().into()));
        self.call.set_position(None);
    }

    fn push_mark(&mut self, mark: ContentBlock) {
        let index = self.next_index;
        self.next_index = index.saturating_add(1);
        self.marks.push(ContentBlockStartEvent::new(index, mark).into());
        self.marks.push(ContentBlockStopEvent::new(index).into());
    }
}

impl Part {
    fn new(events: MessageStream, fallback: Option<usize>, model: String) -> Self {
        Self {
            events: Some(events),
            fallback,
            model,
            offset: 0,
            prefill: Vec::new(),
            start: None,
            is_start_shown: false,
            has_content: false,
            received: Some(Accumulator::new()),
            open: BTreeSet::new(),
        }
    }

    /// Adds an event to the message so far.
    fn receive(&mut self, event: &StreamEvent) {
        if self.received.as_mut().is_some_and(|received| received.push(event).is_err()) {
            self.received = None;
        }
    }

    fn start_usage(&self) -> Usage {
        self.start.as_ref().map_or_else(|| Usage::new(0, 0), |start| start.message.usage.clone())
    }
}

/// Requests the stream of a fallback. Returns it with what the request contained of earlier output.
async fn attempt(
    call: &Call,
    position: usize,
    refusal: &Refusal,
) -> Result<(MessageStream, Vec<ContentBlock>), Error> {
    let unchanged = call.request_to(position)?;
    let prefill = [&refusal.prefill[..], &refusal.written].concat();
    let mut request = unchanged.clone();
    continue_after(&mut request, refusal.token.as_deref(), &prefill);
    match call.open(&mut request, position).await {
        Ok(events) => Ok((events, prefill)),
        Err(error) if is_bad_request(&error) && !refusal.written.is_empty() => {
            // The continuation may be what was rejected. What it was rejected for before stays away.
            let speed = request.speed;
            request = unchanged;
            request.speed = speed;
            continue_after(&mut request, refusal.token.as_deref(), &refusal.prefill);
            Ok((call.open(&mut request, position).await?, refusal.prefill.clone()))
        }
        Err(error) => Err(error),
    }
}

fn is_bad_request(error: &Error) -> bool {
    error.status().is_some_and(|status| status.as_u16() == 400)
}

fn with_id(mut start: Box<MessageStartEvent>, id: Option<&String>) -> Box<MessageStartEvent> {
    if let Some(id) = id {
        start.message.id.clone_from(id);
    }
    start
}

/// Copies the changes to the request that a `message_start` reports, which is not returned.
fn keep_transformations(event: &mut MessageDeltaEvent, start: Option<&MessageStartEvent>) {
    if event.input_transformations.is_none() {
        event.input_transformations = start.and_then(|start| start.message.input_transformations.clone());
    }
}
