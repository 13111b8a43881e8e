//! Merging of events into the message and its blocks.

use std::mem;

use serde::de::DeserializeOwned;

use super::accumulate_error::AccumulateError;
use crate::json::{Json, RawObject};
use crate::types::events::{MessageDelta, MessageDeltaEvent};
use crate::types::usage::{MessageDeltaUsage, Usage, set_if_some};
use crate::types::{ContentBlock, Message, StopReason};
use crate::wire::{ExtraIndex, at, shared_json, shared_json_mut};

/// Merges `message_delta` events into a message, in time linear in their length: it remembers where the
/// fields are that the crate does not know, of which a peer may send any number.
#[derive(Clone, Debug, Default)]
pub(super) struct Merger {
    message_fields: ExtraIndex,
    usage_fields: ExtraIndex,
}

impl Merger {
    /// Applies `event` to the message. A field that the event lacks, or has as `null`, keeps its value.
    ///
    /// # Errors
    ///
    /// [`AccumulateError::WrongField`] if a field of the message comes at a place where events do not have it,
    /// and has the wrong JSON type. The message is left as it was.
    pub(super) fn apply(
        &mut self,
        message: &mut Message,
        event: &MessageDeltaEvent,
    ) -> Result<(), AccumulateError> {
        // Fields of the wrong type are found before anything is changed.
        let mut scratch = Message::new("", "", Vec::new(), Usage::new(0, 0));
        apply(&mut scratch, event, &mut Self::default())?;
        apply(message, event, self)
    }
}

/// No pattern here has a `..`, so a new field of any of these types does not compile until it is decided what
/// becomes of it.
fn apply(
    message: &mut Message,
    event: &MessageDeltaEvent,
    merger: &mut Merger,
) -> Result<(), AccumulateError> {
    let MessageDeltaEvent { delta, usage, context_management, input_transformations, extra, gaps: _ } = event;
    let MessageDelta { stop_reason, stop_sequence, stop_details, container, extra: delta_extra, gaps: _ } =
        delta;
    let to = message;
    set_if_some(&mut to.stop_reason, stop_reason);
    set_if_some(&mut to.stop_sequence, stop_sequence);
    set_if_some(&mut to.stop_details, stop_details);
    set_if_some(&mut to.container, container);
    set_if_some(&mut to.context_management, context_management);
    set_if_some(&mut to.input_transformations, input_transformations);
    if let Some(usage) = usage {
        merge_usage(&mut to.usage, usage, &mut merger.usage_fields)?;
    }
    let in_delta = delta_extra.iter().map(|(name, value)| ("delta.", name, value));
    let in_event = extra.iter().map(|(name, value)| ("", name, value));
    merge_unknown(to, in_delta.chain(in_event), &mut merger.message_fields)
}

/// Applies those fields of an event that its own type does not know, each with the path to its object. A
/// field that the message knows is set there; any other goes to the message's `extra`.
fn merge_unknown<'a>(
    message: &mut Message,
    fields: impl Iterator<Item = (&'static str, &'a str, &'a Json)>,
    index: &mut ExtraIndex,
) -> Result<(), AccumulateError> {
    let Message {
        id: _,
        role: _,
        model: _,
        content: _,
        usage: _,
        stop_reason,
        stop_sequence,
        stop_details,
        container,
        context_management,
        diagnostics,
        input_transformations,
        extra,
        gaps: _,
    } = message;
    let mut unknown = Vec::new();
    for (place, name, value) in fields.filter(|(.., value)| !value.is_null()) {
        match name {
            "stop_reason" => decode_into(stop_reason, place, name, value)?,
            "stop_sequence" => decode_into(stop_sequence, place, name, value)?,
            "stop_details" => decode_into(stop_details, place, name, value)?,
            "container" => decode_into(container, place, name, value)?,
            "context_management" => decode_into(context_management, place, name, value)?,
            "diagnostics" => decode_into(diagnostics, place, name, value)?,
            "input_transformations" => decode_into(input_transformations, place, name, value)?,
            // Only `message_start` decides these; the tag `type` is not a field.
            "id" | "role" | "model" | "content" | "usage" | "type" => {}
            _ => unknown.push((name, value)),
        }
    }
    extra.merge(&unknown, index);
    Ok(())
}

fn merge_usage(
    usage: &mut Usage,
    delta: &MessageDeltaUsage,
    index: &mut ExtraIndex,
) -> Result<(), AccumulateError> {
    usage.update(delta);
    let mut unknown = Vec::new();
    // The API sends the four fields named here in `message_start` only; other
    // servers may send them here.
    for (name, value) in delta.extra.iter().filter(|(_, value)| !value.is_null()) {
        match name {
            "cache_creation" => decode_into(&mut usage.cache_creation, "usage.", name, value)?,
            "service_tier" => decode_into(&mut usage.service_tier, "usage.", name, value)?,
            "inference_geo" => decode_into(&mut usage.inference_geo, "usage.", name, value)?,
            "speed" => decode_into(&mut usage.speed, "usage.", name, value)?,
            _ => unknown.push((name, value)),
        }
    }
    usage.extra.merge(&unknown, index);
    Ok(())
}

/// Sets the field `name` of the object at `place`.
fn decode_into<T: DeserializeOwned>(
    field: &mut Option<T>,
    place: &str,
    name: &str,
    value: &Json,
) -> Result<(), AccumulateError> {
    let value = value.decode().map_err(|error| {
        let error = at(format_args!("{place}{name}"), error);
        AccumulateError::WrongField(error.to_string().into())
    })?;
    *field = Some(value);
    Ok(())
}

/// Returns `true` if the model may have stopped in the middle of a block.
pub(super) fn is_cut(stop_reason: Option<&StopReason>) -> bool {
    matches!(
        stop_reason,
        Some(
            StopReason::MaxTokens
                | StopReason::ModelContextWindowExceeded
                | StopReason::StopSequence
                | StopReason::Refusal
        )
    )
}

/// Returns `true` if the block is a tool call of any kind.
pub(super) fn has_input(block: &ContentBlock) -> bool {
    match block {
        // A future kind of call receives its input as all others do.
        ContentBlock::Unknown(block) => block.type_name().ends_with("tool_use"),
        block => input_of(block).is_some(),
    }
}

/// Returns the input of a tool call of a known kind.
pub(super) fn input_of(block: &ContentBlock) -> Option<&Json> {
    shared_json(block, "input")
}

/// Sets the input of a tool call and returns the previous one. Returns `None` for
/// blocks without an input.
pub(super) fn replace_input(block: &mut ContentBlock, input: Json) -> Option<Json> {
    if let Some(current) = shared_json_mut(block, "input") {
        return Some(mem::replace(current, input));
    }
    if !has_input(block) {
        return None;
    }
    let mut raw = RawObject::of(block).ok()?;
    let before = raw.set("input", input);
    *block = raw.read().ok()?;
    before
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::Merger;
    use crate::types::Message;
    use crate::types::events::MessageDeltaEvent;

    /// Any number of unknown fields and events is looked at once, whether the fields are known from
    /// `message_start` or new with each event.
    #[test]
    fn merging_takes_linear_time() {
        let fields =
            |range: std::ops::Range<usize>| range.map(|at| format!(",\"k{at}\":{at}")).collect::<String>();
        let (count, deltas) = (40_000, 4_000);
        let json = format!(
            r#"{{"id":"m","type":"message","role":"assistant","model":"m","content":[],"usage":{{"input_tokens":1{0}}}{0}}}"#,
            fields(0..count)
        );
        let mut message: Message = serde_json::from_str(&json).unwrap();
        let mut merger = Merger::default();
        for at in 0..deltas {
            let fields = fields(count + at - 1..count + at + 1);
            let json = format!(
                r#"{{"type":"message_delta","delta":{{"a":{at}{fields}}},"usage":{{"b":{at}{fields}}}}}"#
            );
            let event: MessageDeltaEvent = serde_json::from_str(&json).unwrap();
            merger.apply(&mut message, &event).unwrap();
        }
        for (index, extra, name) in
            [(&merger.message_fields, &message.extra, "a"), (&merger.usage_fields, &message.usage.extra, "b")]
        {
            assert_eq!(extra.iter().count(), count + deltas + 1);
            assert_eq!(extra.get(name).unwrap().as_raw_str(), (deltas - 1).to_string());
            assert_eq!(index.steps, count + deltas + 1 + 3 * deltas, "one for each entry and each change");
        }
    }
}
