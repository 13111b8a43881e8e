//! Completions as messages, and what they share with those that are streamed.

pub(super) mod arguments;
pub(super) mod failure;
pub(super) mod finish;
pub(super) mod ids;
pub(super) mod reasoning;
pub(super) mod usage;

use crate::error::ApiError;
use crate::openai::exchange::Exchange;
use crate::openai::stream::{ChunksEnd, StreamBridge};
use crate::openai::types::{
    ChatChoice, ChatChunk, ChatChunkChoice, ChatCompletion, ChatContent, ChatDelta, ChatFunctionDelta,
    ChatMessage, ChatToolCallDelta,
};
use crate::stream::Accumulator;
use crate::types::Message;

/// Translates a completion into a message.
///
/// Of several choices, the first one is the message. A completion and the same completion in chunks become
/// the same message, except for a tool call of which a stream has begun to write the arguments when they turn
/// out to be wrong: here it is left out if the token limit cut it off, and arguments that are not JSON are put
/// into the field `_raw` of an object. What could not be carried over is added to the losses of `exchange`.
///
/// ```
/// use std::sync::Arc;
///
/// use messages_api::openai::{UpstreamProfile, request_to_openai, response_from_openai};
/// use messages_api::{CreateMessageRequest, StopReason};
///
/// let request = CreateMessageRequest::new("claude-sonnet-5", 512).user("What is Norway's capital?");
/// let profile = Arc::new(UpstreamProfile::default());
/// let (_, mut exchange) = request_to_openai(&request, "gpt-oss-20b", &profile)?;
///
/// let completion = r#"{"id":"chatcmpl-1","model":"gpt-oss-20b","choices":[{"index":0,"message":
///     {"role":"assistant","content":"Oslo."},"finish_reason":"stop"}],
///     "usage":{"prompt_tokens":14,"completion_tokens":3,"total_tokens":17}}"#;
/// let message = response_from_openai(serde_json::from_str(completion)?, &mut exchange)?;
/// assert_eq!(message.text(), "Oslo.");
/// assert_eq!(message.stop_reason, Some(StopReason::EndTurn));
/// assert_eq!(message.model, "claude-sonnet-5");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// The error that the completion contains if there is one, and an `api_error` if the completion has no
/// choice, or if the model did not finish because the server failed.
pub fn response_from_openai(
    completion: ChatCompletion,
    exchange: &mut Exchange,
) -> Result<Message, ApiError> {
    if let Some(error) = failure::in_completion(&completion, &exchange.model) {
        return Err(error);
    }
    // Both ways share all decisions if a completion is a stream of one chunk.
    let chunk = chunk_of(completion, &exchange.repeated);
    let mut bridge = StreamBridge::of_whole(exchange.take());
    bridge.push(chunk);
    bridge.finish(ChunksEnd::Done);
    let mut accumulator = Accumulator::new().max_bytes(usize::MAX);
    while let Some(event) = bridge.next_event() {
        // An `error` event fails here, and the bridge has the error.
        if accumulator.push(&event).is_err() {
            break;
        }
    }
    let (after, failure) = bridge.into_parts();
    *exchange = after;
    match failure {
        Some(error) => Err(error),
        None => accumulator.into_message().map_err(|_| failure::bad_gateway("The upstream failed")),
    }
}

/// Returns the completion as the only chunk of a stream, without a text that it repeats.
fn chunk_of(completion: ChatCompletion, repeated: &str) -> ChatChunk {
    let ChatCompletion { id, object, created, model, choices, usage, service_tier, .. } = completion;
    let choices =
        choices.into_iter().enumerate().map(|(at, choice)| chunk_choice(at as u64, choice, repeated));
    let mut chunk = ChatChunk::new(id, object, created, model, choices.collect());
    (chunk.usage, chunk.service_tier) = (usage, service_tier);
    chunk
}

fn chunk_choice(index: u64, choice: ChatChoice, repeated: &str) -> ChatChunkChoice {
    let ChatChoice { message, finish_reason, stop_reason, matched_stop, extra, .. } = choice;
    let mut chunk = ChatChunkChoice::new(index);
    let mut delta = delta_of(message);
    if let Some(ChatContent::Text(text)) = &mut delta.content {
        if text.starts_with(repeated) {
            text.drain(..repeated.len());
        }
    }
    chunk.delta = Some(delta);
    (chunk.finish_reason, chunk.stop_reason, chunk.matched_stop) = (finish_reason, stop_reason, matched_stop);
    chunk.extra = extra;
    chunk
}

fn delta_of(message: ChatMessage) -> ChatDelta {
    let mut delta = ChatDelta::new();
    delta.content = message.content;
    delta.refusal = message.refusal;
    delta.reasoning_content = message.reasoning_content;
    delta.reasoning = message.reasoning;
    delta.reasoning_details = message.reasoning_details;
    delta.extra = message.extra;
    let function = |call: crate::openai::types::ChatFunctionCall| {
        let mut function = ChatFunctionDelta::new();
        (function.name, function.arguments) = (Some(call.name), call.arguments);
        function
    };
    delta.function_call = message.function_call.map(function);
    let calls = message.tool_calls.unwrap_or_default().into_iter().enumerate();
    let calls = calls.map(|(at, call)| {
        let mut part = ChatToolCallDelta::new();
        (part.index, part.id, part.function) =
            (Some(at as u64), Some(call.id), Some(function(call.function)));
        part
    });
    delta.tool_calls = Some(calls.collect());
    delta
}
