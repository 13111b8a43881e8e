//! How blocks and messages change.

use std::{io, mem};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::raw_object::RawObject;
use crate::json::Json;
use crate::types::events::{ContentBlockDelta, MessageDeltaEvent};
use crate::types::usage::{MessageDeltaUsage, Usage};
use crate::types::{ContentBlock, Message, StopReason};

/// What only `message_start` says.
const OF_THE_START: &[&str] = &["type", "id", "role", "model", "content", "usage"];

/// Changes the message as `event` says: what it does not say, or says to be
/// `null`, stays, except why the message stopped.
pub(super) fn change(message: &mut Message, event: &MessageDeltaEvent) {
    let delta = &event.delta;
    message.stop_reason.clone_from(&delta.stop_reason);
    message.stop_sequence.clone_from(&delta.stop_sequence);
    set_if_some(&mut message.stop_details, &delta.stop_details);
    set_if_some(&mut message.container, &delta.container);
    set_if_some(&mut message.context_management, &event.context_management);
    set_if_some(&mut message.input_transformations, &event.input_transformations);
    let mut unknown = Vec::new();
    for (name, value) in delta.extra.iter().chain(event.extra.iter()).filter(|(_, value)| !value.is_null()) {
        match name {
            // Known, but not from here.
            "stop_reason" => decode_into(&mut message.stop_reason, value),
            "stop_sequence" => decode_into(&mut message.stop_sequence, value),
            "stop_details" => decode_into(&mut message.stop_details, value),
            "container" => decode_into(&mut message.container, value),
            "context_management" => decode_into(&mut message.context_management, value),
            "input_transformations" => decode_into(&mut message.input_transformations, value),
            "diagnostics" => decode_into(&mut message.diagnostics, value),
            _ if OF_THE_START.contains(&name) => {}
            _ => unknown.push((name, value)),
        }
    }
    message.extra.insert_all(&unknown);
    if let Some(usage) = &event.usage {
        merge_usage(&mut message.usage, usage);
    }
}

fn merge_usage(usage: &mut Usage, delta: &MessageDeltaUsage) {
    usage.output_tokens = delta.output_tokens;
    usage.input_tokens = delta.input_tokens.unwrap_or(usage.input_tokens);
    set_if_some(&mut usage.cache_creation_input_tokens, &delta.cache_creation_input_tokens);
    set_if_some(&mut usage.cache_read_input_tokens, &delta.cache_read_input_tokens);
    set_if_some(&mut usage.server_tool_use, &delta.server_tool_use);
    set_if_some(&mut usage.output_tokens_details, &delta.output_tokens_details);
    set_if_some(&mut usage.iterations, &delta.iterations);
    set_if_some(&mut usage.fallback_credit, &delta.fallback_credit);
    let mut unknown = Vec::new();
    // The API sends the named ones in `message_start` only; others may not.
    for (name, value) in delta.extra.iter().filter(|(_, value)| !value.is_null()) {
        match name {
            "cache_creation" => decode_into(&mut usage.cache_creation, value),
            "service_tier" => decode_into(&mut usage.service_tier, value),
            "inference_geo" => decode_into(&mut usage.inference_geo, value),
            "speed" => decode_into(&mut usage.speed, value),
            _ => unknown.push((name, value)),
        }
    }
    usage.extra.insert_all(&unknown);
}

pub(super) fn set_if_some<T: Clone>(field: &mut Option<T>, value: &Option<T>) {
    if value.is_some() {
        field.clone_from(value);
    }
}

/// Sets the field if the value has its shape.
fn decode_into<T: DeserializeOwned>(field: &mut Option<T>, value: &Json) {
    if let Ok(value) = value.decode() {
        *field = Some(value);
    }
}

/// Whether the model may have stopped in the middle of a block.
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

/// Whether a block is a call with an `input`, of whichever kind.
pub(super) fn has_input(block: &ContentBlock) -> bool {
    match block {
        ContentBlock::ToolUse(_) | ContentBlock::ServerToolUse(_) | ContentBlock::McpToolUse(_) => true,
        // A kind of call from the future takes its input as all others do.
        ContentBlock::Unknown(block) => block.type_name().ends_with("tool_use"),
        _ => false,
    }
}

/// Sets the input of a call, and returns the one that it had; `None` where a
/// block takes none.
pub(super) fn replace_input(block: &mut ContentBlock, input: Json) -> Option<Json> {
    match block {
        ContentBlock::ToolUse(block) => Some(mem::replace(&mut block.input, input)),
        ContentBlock::ServerToolUse(block) => Some(mem::replace(&mut block.input, input)),
        ContentBlock::McpToolUse(block) => Some(mem::replace(&mut block.input, input)),
        block if has_input(block) => {
            let mut raw = RawObject::of(block).ok()?;
            let before = raw.set("input", input);
            *block = raw.read().ok()?;
            before
        }
        _ => None,
    }
}

/// About how many bytes a block grows by.
pub(super) fn size_of_delta(delta: &ContentBlockDelta) -> usize {
    match delta {
        ContentBlockDelta::Text(delta) => delta.text.len(),
        ContentBlockDelta::InputJson(delta) => delta.partial_json.len(),
        ContentBlockDelta::Thinking(delta) => delta.thinking.len(),
        other => size_of_json(other),
    }
}

pub(super) fn size_of_json(value: &impl Serialize) -> usize {
    struct Counter(usize);

    impl io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let mut counter = Counter(0);
    let _ = serde_json::to_writer(&mut counter, value);
    counter.0
}
