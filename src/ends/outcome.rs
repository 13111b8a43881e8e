//! How a request ended.

use std::sync::Arc;
use std::time::Duration;

use super::principal::Principal;
use crate::error::{ApiError, Mark};
use crate::json::Json;
use crate::types::events::{ContentBlockDelta, StreamEvent};
use crate::types::usage::Usage;
use crate::types::{ContentBlock, Message, StopReason};
use crate::wire::shared_json;

/// How a request ended, what it used, and what the caller received of it.
///
/// A hook receives one, exactly once for each request: see [`OnEnd`](crate::handler::OnEnd),
/// [`Reply::on_end`](crate::handler::Reply::on_end) and `MessagesServiceBuilder::on_end`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// How the request ended.
    pub end: End,
    /// The id of the request; empty if the hook was added to a reply that no server has sent.
    pub request_id: String,
    /// Who made the request; [anonymous](Principal::anonymous) if that is not known.
    pub principal: Principal,
    /// The model that the request names, cut after 256 bytes; empty if the request could not be read.
    pub model: String,
    /// The model that served the request, by the name that its upstream knows, which is the one to find the
    /// price by; `None` if no `Routed` of the module `policy` has chosen an upstream, or if none has replied,
    /// and for a stream that a `RefusalFallback` around it may have continued with another model.
    pub upstream_model: Option<Arc<str>>,
    /// The reason why the model stopped; `None` if it had not stopped by then.
    pub stop_reason: Option<StopReason>,
    /// The token counts that the reply reported last; `None` if it reported none. A count of zero is a
    /// report.
    ///
    /// A stream reports the input at its start, and the output together with the stop reason. If it ended
    /// before, `output_tokens` is the small number of its start, and [`delivered`](Self::delivered) shows how
    /// much was written.
    pub usage: Option<Usage>,
    /// What was handed over.
    pub delivered: Delivered,
    /// The time from the start of the request to the first event of a stream; `None` for a whole message, and
    /// where there is no clock.
    pub first_event: Option<Duration>,
    /// The time from the start of the request to the first piece of text, thinking or tool input of a stream;
    /// `None` for a whole message, and where there is no clock.
    pub first_token: Option<Duration>,
    /// The time from the start of the request to its end; `None` where there is no clock, as on
    /// `wasm32-unknown-unknown`.
    ///
    /// The request starts when the server routes it, when the [`OnEnd`](crate::handler::OnEnd) is created, or
    /// when the hook is added to a reply or a stream: whichever of these the hook belongs to.
    pub duration: Option<Duration>,
}

/// The way in which a request ended.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum End {
    /// The whole message was handed over: its last event, or the body of the HTTP response.
    ///
    /// Many callers close the connection right after the last event, so nothing that happens later changes
    /// this.
    Completed,
    /// The caller left, or whatever else had asked for the message dropped it. This is normal where the
    /// caller is an agent whose user can interrupt it.
    Cancelled,
    /// The request failed with this error, which the caller received.
    ///
    /// [`Outcome::delivered`] says whether the caller had received content by then.
    Failed(ApiError),
    /// The handler, its stream or the authenticator panicked.
    Panicked,
    /// The server shut down before the message was complete.
    Drained,
}

impl End {
    /// Returns a word for logs and metrics: `completed`, `cancelled`, `failed`, `panicked` or `drained`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Failed(_) => "failed",
            Self::Panicked => "panicked",
            Self::Drained => "drained",
        }
    }

    /// Returns how a request ended that this error ended.
    pub(crate) fn of(error: &ApiError) -> Self {
        match error.mark() {
            Mark::Panicked => Self::Panicked,
            Mark::Drained => Self::Drained,
            Mark::None | Mark::Policy | Mark::CallerLimited => Self::Failed(error.clone()),
        }
    }
}

/// What was handed over of a message: to the HTTP server, or, without one, to whoever reads the reply.
///
/// Whether the caller has read it cannot be known. Only content is counted, not the JSON around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivered {
    /// The number of events, `ping` included; 0 for a whole message.
    pub events: u64,
    /// The bytes of text, in UTF-8.
    pub text_bytes: u64,
    /// The bytes of thinking, in UTF-8.
    pub thinking_bytes: u64,
    /// The tokens of thinking, as the upstream has estimated them last while it thought, also where it keeps
    /// the text to itself; 0 if it did not say (beta).
    pub thinking_tokens: u64,
    /// The bytes of JSON in the inputs of tool calls.
    pub tool_input_bytes: u64,
}

impl Delivered {
    /// Returns `true` if neither text nor thinking nor tool input was handed over.
    pub fn is_empty(&self) -> bool {
        self.text_bytes == 0 && self.thinking_bytes == 0 && self.tool_input_bytes == 0
    }

    /// Returns the bytes of all content.
    #[cfg(feature = "policy")]
    pub(crate) fn bytes(&self) -> u64 {
        self.text_bytes + self.thinking_bytes + self.tool_input_bytes
    }

    /// Estimates the tokens of the output: two for seven bytes. What the upstream says of its thinking counts
    /// if it is more than was delivered.
    #[cfg(feature = "policy")]
    pub(crate) fn estimate_tokens(&self) -> u64 {
        let tokens = |bytes: u64| bytes.saturating_mul(2).div_ceil(7);
        let thinking = tokens(self.thinking_bytes).max(self.thinking_tokens);
        thinking.saturating_add(tokens(self.text_bytes + self.tool_input_bytes))
    }

    /// Returns what is delivered with a whole message.
    pub(super) fn of(message: &Message) -> Self {
        let mut this = Self::default();
        message.content.iter().for_each(|block| this.add_block(block));
        this
    }

    /// Counts an event. Returns `true` if it is a piece of text, thinking or tool input.
    #[inline]
    pub(crate) fn add(&mut self, event: &StreamEvent) -> bool {
        self.events += 1;
        match event {
            StreamEvent::ContentBlockDelta(event) => self.add_delta(&event.delta),
            event => {
                self.add_start(event);
                false
            }
        }
    }

    /// Counts a delta, but not its event. Returns `true` if it is a piece of text, thinking or tool input.
    #[inline]
    pub(crate) fn add_delta(&mut self, delta: &ContentBlockDelta) -> bool {
        let (count, text) = match delta {
            ContentBlockDelta::Text(delta) => (&mut self.text_bytes, &delta.text),
            ContentBlockDelta::Thinking(delta) => {
                self.thinking_tokens = self.thinking_tokens.max(delta.estimated_tokens.unwrap_or(0));
                (&mut self.thinking_bytes, &delta.thinking)
            }
            ContentBlockDelta::InputJson(delta) => (&mut self.tool_input_bytes, &delta.partial_json),
            _ => return false,
        };
        *count += length(text);
        true
    }

    /// Counts a piece of content, but not its event.
    #[inline(always)]
    pub(crate) fn add_piece(&mut self, piece: Piece) {
        match piece.kind {
            PieceKind::Text => self.text_bytes += piece.bytes,
            PieceKind::Thinking => self.thinking_bytes += piece.bytes,
            PieceKind::ToolInput => self.tool_input_bytes += piece.bytes,
        }
    }

    /// Adds the content that was counted elsewhere of the same message. Its events are not counted there.
    #[cfg(feature = "policy")]
    pub(crate) fn join(&mut self, other: &Self) {
        let Self { events: _, text_bytes, thinking_bytes, thinking_tokens, tool_input_bytes } = other;
        self.text_bytes += text_bytes;
        self.thinking_bytes += thinking_bytes;
        self.thinking_tokens = self.thinking_tokens.max(*thinking_tokens);
        self.tool_input_bytes += tool_input_bytes;
    }

    /// Counts the content with which a message or a block starts.
    #[inline(never)]
    fn add_start(&mut self, event: &StreamEvent) {
        match event {
            StreamEvent::MessageStart(event) => {
                event.message.content.iter().for_each(|block| self.add_block(block));
            }
            StreamEvent::ContentBlockStart(event) => self.add_block(&event.content_block),
            _ => {}
        }
    }

    /// Counts the content of a block; of one in a stream, that which it has from its start.
    fn add_block(&mut self, block: &ContentBlock) {
        match block {
            ContentBlock::Text(block) => self.text_bytes += length(&block.text),
            ContentBlock::Thinking(block) => self.thinking_bytes += length(&block.thinking),
            block => {
                // A call in a stream starts with `{}`, which its deltas replace.
                let input = shared_json(block, "input").map(Json::as_raw_str).filter(|input| *input != "{}");
                self.tool_input_bytes += input.map_or(0, length);
            }
        }
    }
}

/// What a delta adds that has nothing but text, thinking or tool input.
#[derive(Clone, Copy)]
pub(crate) struct Piece {
    pub(crate) kind: PieceKind,
    pub(crate) bytes: u64,
}

#[derive(Clone, Copy)]
pub(crate) enum PieceKind {
    Text,
    Thinking,
    ToolInput,
}

impl Piece {
    /// Returns what a delta adds, and the text that it consists of.
    #[inline(always)]
    pub(crate) fn of(delta: &mut ContentBlockDelta) -> Option<(Self, &mut String)> {
        let (kind, text) = match delta {
            ContentBlockDelta::Text(delta) => (PieceKind::Text, &mut delta.text),
            ContentBlockDelta::Thinking(delta) if delta.estimated_tokens.is_none() => {
                (PieceKind::Thinking, &mut delta.thinking)
            }
            ContentBlockDelta::InputJson(delta) => (PieceKind::ToolInput, &mut delta.partial_json),
            _ => return None,
        };
        Some((Self { kind, bytes: length(text) }, text))
    }
}

fn length(text: &str) -> u64 {
    text.len() as u64
}
