//! The events of a streamed message as chunks of a completion.

use bytes::BytesMut;
use serde_json::Value;

use super::completion::{explanation, finish_reason, id, usage};
use super::errors::error_document;
use super::exchange::ChatExchange;
use crate::json::push_escaped;
use crate::types::events::{ContentBlockDelta, MessageDelta, StreamEvent};
use crate::types::usage::Usage;
use crate::types::{ContentBlock, Message, ToolUseBlock};
use crate::wire::{Field, push_json};

/// Writes the events of a streamed message as the chunks of a streamed completion, without I/O.
///
/// The events are those of one legal stream, in their order. A ping becomes a comment, which clients skip. An
/// `error` event becomes an error, after which there is no `[DONE]`, so that no client takes what it has
/// received for the whole completion.
///
/// ```
/// use messages_api::openai::types::ChatRequest;
/// use messages_api::openai::{ChunkEncoder, FacadeOptions, request_from_openai};
/// use messages_api::stream::replay;
/// use messages_api::{ContentBlock, Message, StopReason, Usage};
///
/// let chat: ChatRequest =
///     serde_json::from_str(r#"{"model":"m","messages":[{"role":"user","content":"Hi!"}]}"#)?;
/// let (_request, exchange) = request_from_openai(chat, &FacadeOptions::default())?;
/// let message = Message::new("msg_01", "m", vec![ContentBlock::text("Hello!")], Usage::new(9, 3))
///     .stop_reason(StopReason::EndTurn);
///
/// let mut encoder = ChunkEncoder::new(exchange);
/// let mut out = bytes::BytesMut::new();
/// replay(message).for_each(|event| encoder.encode(&event, &mut out));
/// assert!(out.ends_with(b"data: [DONE]\n\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ChunkEncoder {
    exchange: ChatExchange,
    /// What all chunks begin with, up to their `choices`.
    head: BytesMut,
    usage: Usage,
    end: MessageDelta,
    /// The number of calls so far.
    calls: usize,
    /// The call whose block is open.
    call: Option<OpenCall>,
    has_text: bool,
}

/// A call whose arguments are arriving.
#[derive(Debug)]
struct OpenCall {
    /// What stands in a delta before and after a part of the arguments.
    before: String,
    after: &'static str,
    /// The input in the start of the block, if there are no parts.
    input: Option<String>,
}

impl ChunkEncoder {
    /// Creates an encoder for the response to the request of `exchange`.
    pub fn new(exchange: ChatExchange) -> Self {
        Self {
            exchange,
            head: BytesMut::new(),
            usage: Usage::new(0, 0),
            end: MessageDelta::new(),
            calls: 0,
            call: None,
            has_text: false,
        }
    }

    /// Appends what `event` adds to the completion, as frames of an event stream. Many events add nothing.
    pub fn encode(&mut self, event: &StreamEvent, out: &mut BytesMut) {
        match event {
            StreamEvent::MessageStart(event) => self.start(&event.message, out),
            StreamEvent::ContentBlockStart(event) => match &event.content_block {
                ContentBlock::Text(block) => self.write_text(&block.text, out),
                ContentBlock::Thinking(block) => self.write_thinking(&block.thinking, out),
                ContentBlock::ToolUse(block) => self.start_call(block, out),
                _ => {}
            },
            StreamEvent::ContentBlockDelta(event) => match &event.delta {
                ContentBlockDelta::Text(delta) => self.write_text(&delta.text, out),
                ContentBlockDelta::Thinking(delta) => self.write_thinking(&delta.thinking, out),
                ContentBlockDelta::InputJson(delta) => self.write_arguments(&delta.partial_json, out),
                _ => {}
            },
            StreamEvent::ContentBlockStop(_) => {
                if let Some(input) = self.call.as_mut().and_then(|call| call.input.take()) {
                    self.write_arguments(&input, out);
                }
                self.call = None;
            }
            StreamEvent::MessageDelta(event) => {
                if let Some(usage) = &event.usage {
                    self.usage.update(usage);
                }
                self.end = event.delta.clone();
            }
            StreamEvent::MessageStop(_) => self.finish(out),
            StreamEvent::Ping(_) => out.extend_from_slice(b": ping\n\n"),
            StreamEvent::Error(error) => {
                out.extend_from_slice(b"data: ");
                out.extend_from_slice(error_document(error).as_raw_str().as_bytes());
                out.extend_from_slice(b"\n\n");
            }
            StreamEvent::Unknown(_) => {}
        }
    }

    fn start(&mut self, message: &Message, out: &mut BytesMut) {
        self.usage = message.usage.clone();
        self.head.extend_from_slice(b"data: {\"id\":\"");
        push_escaped(&mut self.head, &id(message));
        self.head.extend_from_slice(b"\",\"object\":\"chat.completion.chunk\",\"created\":");
        push_json(&mut self.head, self.exchange.created.view());
        self.head.extend_from_slice(b",\"model\":\"");
        push_escaped(&mut self.head, &self.exchange.model);
        self.head.extend_from_slice(b"\",\"choices\":[");
        self.write_delta(r#"{"role":"assistant","content":""#, "", r#""}"#, out);
    }

    fn start_call(&mut self, block: &ToolUseBlock, out: &mut BytesMut) {
        // The older form has no place for a second one.
        if self.exchange.has_functions && self.calls > 0 {
            return;
        }
        let name = Value::from(block.name.as_str());
        let (start, before, after) = if self.exchange.has_functions {
            (
                format!(r#"{{"function_call":{{"name":{name},"arguments":""}}}}"#),
                r#"{"function_call":{"arguments":""#.to_owned(),
                r#""}}"#,
            )
        } else {
            let (index, id) = (self.calls, Value::from(block.id.as_str()));
            let function = format!(r#"{{"name":{name},"arguments":""}}"#);
            (
                format!(
                    r#"{{"tool_calls":[{{"index":{index},"id":{id},"type":"function","function":{function}}}]}}"#
                ),
                format!(r#"{{"tool_calls":[{{"index":{index},"function":{{"arguments":""#),
                r#""}}]}"#,
            )
        };
        self.calls += 1;
        self.write_delta(&start, "", "", out);
        self.call = Some(OpenCall { before, after, input: Some(block.input.as_raw_str().to_owned()) });
    }

    fn write_text(&mut self, text: &str, out: &mut BytesMut) {
        if !text.is_empty() {
            self.has_text = true;
            self.write_delta(r#"{"content":""#, text, r#""}"#, out);
        }
    }

    fn write_thinking(&self, text: &str, out: &mut BytesMut) {
        if self.exchange.reasoning && !text.is_empty() {
            self.write_delta(r#"{"reasoning_content":""#, text, r#""}"#, out);
        }
    }

    /// Writes a part of the arguments of the open call. The inputs of the server's tools have none.
    fn write_arguments(&mut self, part: &str, out: &mut BytesMut) {
        if part.is_empty() {
            return;
        }
        if let Some(call) = &mut self.call {
            call.input = None;
        }
        if let Some(call) = &self.call {
            self.write_delta(&call.before, part, call.after, out);
        }
    }

    fn finish(&mut self, out: &mut BytesMut) {
        let delta = match explanation(self.end.stop_details.as_ref()).filter(|_| !self.has_text) {
            Some(explanation) => format!(r#"{{"refusal":{}}}"#, Value::from(explanation)),
            None => "{}".to_owned(),
        };
        let reason = finish_reason(self.end.stop_reason.as_ref(), &self.exchange);
        self.write_choice(&delta, "", "", &format!(r#""{reason}""#), out);
        if self.exchange.include_usage {
            out.extend_from_slice(&self.head);
            out.extend_from_slice(b"],\"usage\":");
            push_json(out, usage(&self.usage).view());
            out.extend_from_slice(b"}\n\n");
        }
        out.extend_from_slice(b"data: [DONE]\n\n");
    }

    /// Writes a chunk whose delta is `before`, then `text` escaped, then `after`.
    fn write_delta(&self, before: &str, text: &str, after: &str, out: &mut BytesMut) {
        self.write_choice(before, text, after, "null", out);
    }

    fn write_choice(&self, before: &str, text: &str, after: &str, reason: &str, out: &mut BytesMut) {
        out.extend_from_slice(&self.head);
        out.extend_from_slice(b"{\"index\":0,\"delta\":");
        out.extend_from_slice(before.as_bytes());
        push_escaped(out, text);
        out.extend_from_slice(after.as_bytes());
        out.extend_from_slice(b",\"finish_reason\":");
        out.extend_from_slice(reason.as_bytes());
        let end: &[u8] = if self.exchange.include_usage { b"}],\"usage\":null}\n\n" } else { b"}]}\n\n" };
        out.extend_from_slice(end);
    }
}
