//! The answer.

use crate::types::block::text_of;
use crate::types::context::ContextManagementResponse;
use crate::types::diagnostics::{Diagnostics, InputTransformation};
use crate::types::events::{MessageDelta, MessageDeltaEvent};
use crate::types::fallback::StopDetails;
use crate::types::server_tools::Container;
use crate::types::usage::Usage;
use crate::types::{ContentBlock, Role, ThinkingBlock, ToolUseBlock};
use crate::wire::{wire_string, wire_struct};

wire_struct! {
    /// The model's answer.
    ///
    /// ```
    /// use messages_api::{ContentBlock, Message, StopReason, Usage};
    ///
    /// let message = Message::new("msg_01", "claude-sonnet-5", vec![ContentBlock::text("hi")], Usage::new(12, 3))
    ///     .stop_reason(StopReason::EndTurn);
    /// assert_eq!(message.text(), "hi");
    /// ```
    pub struct Message = "message", fn from_parts;
    required {
        /// Names the message; opaque.
        id: String,
        /// `assistant`.
        role: Role,
        /// The model that answered; may differ from the alias asked for.
        model: String,
        /// The blocks of the answer.
        content: [ContentBlock],
        /// What the answer cost.
        usage: Usage,
    }
    optional {
        /// Why the model stopped; `null` only in a `message_start` event.
        stop_reason: StopReason,
        /// The sequence that stopped it, where `stop_reason` says so.
        stop_sequence: String,
        /// Why the model refused, where it did.
        stop_details: StopDetails,
        /// The container that server tools ran in.
        container: Container,
        /// What was removed from the conversation (beta).
        context_management: ContextManagementResponse,
        /// Why the cache was missed, where that was asked.
        diagnostics: Diagnostics,
        /// What the API changed in the request (beta).
        input_transformations: [InputTransformation],
    }
}

/// What the API sends as `null` as long as it is not known.
const STREAM_NULLS: [usize; 4] =
    Message::places(["stop_reason", "stop_sequence", "stop_details", "container"]);

impl Message {
    /// An answer that has not stopped yet. Fields that the API always sends
    /// are `null` until they are set.
    pub fn new(
        id: impl Into<String>,
        model: impl Into<String>,
        content: Vec<ContentBlock>,
        usage: Usage,
    ) -> Self {
        Self::from_parts(id, Role::Assistant, model, content, usage).with_nulls(STREAM_NULLS)
    }

    /// Splits the message as a stream carries it: what `message_start` holds,
    /// the content, and the `message_delta` at the end.
    ///
    /// The patterns are complete, so a new field does not compile until it is
    /// decided which of the events carries it.
    pub(crate) fn into_stream_parts(mut self) -> (Self, Vec<ContentBlock>, MessageDeltaEvent) {
        let Self {
            id: _,
            role: _,
            model: _,
            content,
            usage,
            stop_reason,
            stop_sequence,
            stop_details,
            container,
            context_management,
            diagnostics: _,
            input_transformations,
            extra: _,
            nulls: _,
        } = &mut self;
        let content = std::mem::take(content);
        let mut delta = MessageDelta::new();
        delta.stop_reason = stop_reason.take();
        delta.stop_sequence = stop_sequence.take();
        delta.stop_details = stop_details.take();
        delta.container = container.take();
        let mut end = MessageDeltaEvent::new(delta, usage.to_delta());
        end.context_management = context_management.take();
        end.input_transformations = input_transformations.take();
        // Some clients add up the counts of both events.
        usage.output_tokens = 0;
        (self.with_nulls(STREAM_NULLS), content, end)
    }

    /// The text of the answer: its text blocks joined without a separator.
    pub fn text(&self) -> String {
        text_of(&self.content)
    }

    /// The model's thinking.
    pub fn thinking(&self) -> impl Iterator<Item = &ThinkingBlock> {
        self.content.iter().filter_map(|block| match block {
            ContentBlock::Thinking(block) => Some(&**block),
            _ => None,
        })
    }

    /// The calls of the caller's tools.
    pub fn tool_uses(&self) -> impl Iterator<Item = &ToolUseBlock> {
        self.content.iter().filter_map(|block| match block {
            ContentBlock::ToolUse(block) => Some(&**block),
            _ => None,
        })
    }
}

wire_string! {
    /// Why the model stopped.
    ///
    /// ```
    /// use messages_api::StopReason;
    ///
    /// assert_eq!(StopReason::from("end_turn"), StopReason::EndTurn);
    /// assert_eq!(StopReason::from("bored").as_str(), "bored");
    /// ```
    pub enum StopReason {
        /// It was done.
        EndTurn = "end_turn",
        /// It reached `max_tokens`.
        MaxTokens = "max_tokens",
        /// It wrote one of the `stop_sequences`.
        StopSequence = "stop_sequence",
        /// It waits for the results of tools.
        ToolUse = "tool_use",
        /// A long turn paused: send the answer back to go on.
        PauseTurn = "pause_turn",
        /// It refused.
        Refusal = "refusal",
        /// The context window is full.
        ModelContextWindowExceeded = "model_context_window_exceeded",
        /// The request was a compaction, and it is done.
        Compaction = "compaction",
    }
}
