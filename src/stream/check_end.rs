//! The end of a message, which a checker holds back until it is whole.

use super::accumulate_error::AccumulateError;
use super::size::size_of_merged;
use crate::types::StopReason;
use crate::types::events::{MessageDelta, MessageDeltaEvent};
use crate::types::usage::{MessageDeltaUsage, set_if_some};
use crate::wire::{Extra, ExtraIndex, fill_gaps};

/// The most that the `message_delta` events of a message may take, in bytes of JSON.
const MAX_BYTES: usize = 1 << 20;

/// The `message_delta` of a message so far.
#[derive(Clone, Debug)]
pub(super) struct End {
    /// The usage to send if no event has one.
    usage: MessageDeltaUsage,
    /// `None` before the first event. In a box, as it is large, and for most of a stream there is none.
    merged: Option<Box<Merged>>,
}

/// What the events so far add up to.
#[derive(Clone, Debug)]
struct Merged {
    event: MessageDeltaEvent,
    bytes: usize,
    event_fields: ExtraIndex,
    delta_fields: ExtraIndex,
    usage_fields: ExtraIndex,
}

impl End {
    /// Creates the end of a message that began with `usage`.
    pub(super) fn new(usage: MessageDeltaUsage) -> Self {
        Self { usage, merged: None }
    }

    /// Creates the end of a message that was known at its start.
    pub(super) fn of_message(event: MessageDeltaEvent) -> Self {
        let usage = event.usage.clone().unwrap_or_else(|| MessageDeltaUsage::new(0));
        Self { usage, merged: Some(Box::new(Merged::new(event, 0))) }
    }

    pub(super) fn stop_reason(&self) -> Option<&StopReason> {
        self.merged.as_ref().and_then(|merged| merged.event.delta.stop_reason.as_ref())
    }

    /// Adds an event.
    pub(super) fn merge(&mut self, later: &MessageDeltaEvent) -> Result<(), AccumulateError> {
        let before = self.merged.as_ref().map_or(0, |merged| merged.bytes);
        let bytes = before.saturating_add(size_of_merged(later));
        if bytes > MAX_BYTES {
            return Err(AccumulateError::TooLarge { limit: MAX_BYTES });
        }
        match &mut self.merged {
            Some(merged) => merged.add(later, bytes),
            None => self.merged = Some(Box::new(Merged::new(later.clone(), bytes))),
        }
        Ok(())
    }

    /// Returns the event, with what it lacks. `is_call` says whether the message has a call of one of the
    /// caller's tools.
    pub(super) fn into_event(self, is_call: bool) -> MessageDeltaEvent {
        let reason = default_stop_reason(is_call);
        let Some(merged) = self.merged else { return MessageDeltaEvent::new(reason.into(), self.usage) };
        let mut event = merged.event;
        event.delta.stop_reason.get_or_insert(reason);
        let output_tokens = self.usage.output_tokens;
        let usage = event.usage.get_or_insert(self.usage);
        if !usage.has_output_tokens() {
            usage.output_tokens = output_tokens;
            fill_gaps(usage);
        }
        event
    }
}

/// Returns why a message ended that does not say so. Agents wait for a stop reason, or loop.
pub(crate) fn default_stop_reason(is_call: bool) -> StopReason {
    if is_call { StopReason::ToolUse } else { StopReason::EndTurn }
}

impl Merged {
    fn new(event: MessageDeltaEvent, bytes: usize) -> Self {
        Self {
            event,
            bytes,
            event_fields: ExtraIndex::default(),
            delta_fields: ExtraIndex::default(),
            usage_fields: ExtraIndex::default(),
        }
    }

    /// Sets the fields that `later` has. The patterns have no `..`, so a new field does not compile until it is
    /// decided what becomes of it.
    fn add(&mut self, later: &MessageDeltaEvent, bytes: usize) {
        let MessageDeltaEvent { delta, usage, context_management, input_transformations, extra, gaps: _ } =
            later;
        self.bytes = bytes;
        let to = &mut self.event;
        set_if_some(&mut to.context_management, context_management);
        set_if_some(&mut to.input_transformations, input_transformations);
        merge_extra(&mut to.extra, extra, &mut self.event_fields);

        let MessageDelta { stop_reason, stop_sequence, stop_details, container, extra, gaps: _ } = delta;
        set_if_some(&mut to.delta.stop_reason, stop_reason);
        set_if_some(&mut to.delta.stop_sequence, stop_sequence);
        set_if_some(&mut to.delta.stop_details, stop_details);
        set_if_some(&mut to.delta.container, container);
        merge_extra(&mut to.delta.extra, extra, &mut self.delta_fields);

        let Some(usage) = usage else { return };
        let Some(to) = &mut to.usage else {
            to.usage = Some(usage.clone());
            return;
        };
        let MessageDeltaUsage {
            output_tokens,
            input_tokens,
            cache_creation_input_tokens,
            cache_read_input_tokens,
            server_tool_use,
            output_tokens_details,
            iterations,
            fallback_credit,
            extra,
            gaps: _,
        } = usage;
        if usage.has_output_tokens() {
            to.output_tokens = *output_tokens;
        }
        set_if_some(&mut to.input_tokens, input_tokens);
        set_if_some(&mut to.cache_creation_input_tokens, cache_creation_input_tokens);
        set_if_some(&mut to.cache_read_input_tokens, cache_read_input_tokens);
        set_if_some(&mut to.server_tool_use, server_tool_use);
        set_if_some(&mut to.output_tokens_details, output_tokens_details);
        set_if_some(&mut to.iterations, iterations);
        set_if_some(&mut to.fallback_credit, fallback_credit);
        merge_extra(&mut to.extra, extra, &mut self.usage_fields);
    }
}

fn merge_extra(to: &mut Extra, later: &Extra, index: &mut ExtraIndex) {
    let changes: Vec<_> = later.iter().filter(|(_, value)| !value.is_null()).collect();
    to.merge(&changes, index);
}
