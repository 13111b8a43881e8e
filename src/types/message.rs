//! Messages that the model returns.

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
    /// A message that the model returns: the body of a successful HTTP response, or the result of a stream of
    /// events.
    ///
    /// It becomes the next turn of the conversation with
    /// [`CreateMessageRequest::message`](crate::types::CreateMessageRequest::message). Call
    /// [`into_resumable`](Self::into_resumable) first on a message that was cut off.
    ///
    /// ```
    /// use messages_api::{CreateMessageRequest, Message, StopReason};
    ///
    /// let request = CreateMessageRequest::new("claude-sonnet-5", 512).user("What is Norway's capital?");
    /// let json = r#"{"type":"message","id":"msg_01","role":"assistant","model":"claude-sonnet-5",
    ///     "content":[{"type":"text","text":"Oslo."}],"stop_reason":"end_turn","stop_sequence":null,
    ///     "usage":{"input_tokens":14,"output_tokens":5}}"#;
    /// let message: Message = serde_json::from_str(json)?;
    /// assert_eq!(message.text(), "Oslo.");
    /// assert_eq!(message.stop_reason, Some(StopReason::EndTurn));
    ///
    /// let request = request.message(message).user("And Sweden's?");
    /// # assert_eq!(request.messages.len(), 3);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct Message = "message" or absent, fn from_parts;
    required {}
    defaulted {
        /// The id of the message; opaque.
        id: String,
        /// The role of the message, `assistant`.
        role: Role,
        /// The model that wrote the message. It may differ from the alias in the request, and after a
        /// fallback it is the model that took over.
        model: String,
        /// The blocks of the message, in order; may be empty.
        content: [ContentBlock],
        /// The token counts of the request and the message.
        usage: Usage,
    }
    optional {
        /// The reason why the model stopped; `null` until a stream reports it.
        stop_reason: StopReason,
        /// The stop sequence that the model wrote; `null` unless `stop_reason` is `stop_sequence`.
        stop_sequence: String,
        /// Details of a refusal; `null` unless the model refused.
        stop_details: StopDetails,
        /// The container that server tools ran in.
        container: Container,
        /// The edits that shortened the conversation before the model read it (beta).
        context_management: ContextManagementResponse,
        /// The reason for a prompt cache miss, if the request asked for `diagnostics`.
        diagnostics: Diagnostics,
        /// Changes that the API made to the request, such as thinking that it dropped (beta).
        input_transformations: [InputTransformation],
    }
}

/// Fields that the API sends as `null` until their value is known.
const STREAM_NULLS: [usize; 4] =
    Message::places(["stop_reason", "stop_sequence", "stop_details", "container"]);

impl Message {
    /// Creates a message with the role `assistant`, as a server returns it.
    ///
    /// Set its [`stop_reason`](Self::stop_reason), which clients expect. Like the other nullable fields
    /// that the API always sends, it is written as `null` until it is set.
    ///
    /// ```
    /// use messages_api::{ContentBlock, Message, StopReason, Usage};
    ///
    /// let content = vec![ContentBlock::text("Hello!")];
    /// let message = Message::new("msg_01", "my-model", content, Usage::new(12, 3))
    ///     .stop_reason(StopReason::EndTurn);
    /// ```
    pub fn new(
        id: impl Into<String>,
        model: impl Into<String>,
        content: Vec<ContentBlock>,
        usage: Usage,
    ) -> Self {
        Self::from_parts(id, Role::Assistant, model, content, usage).with_nulls(STREAM_NULLS)
    }

    /// Splits the message into the parts that a stream carries: the message of `message_start`, the content,
    /// and the `message_delta` at the end.
    ///
    /// The pattern names every field, so a new one does not compile until it is assigned to one of the
    /// events.
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
            gaps: _,
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

    /// Returns the text blocks of the message, joined without a separator.
    pub fn text(&self) -> String {
        text_of(&self.content)
    }

    /// Iterates over the thinking blocks of the message, without the redacted ones.
    pub fn thinking(&self) -> impl Iterator<Item = &ThinkingBlock> {
        self.content.iter().filter_map(ContentBlock::as_thinking)
    }

    /// Iterates over the calls to the caller's tools, in order.
    ///
    /// Each of them needs a [`ToolResultBlock`](crate::types::ToolResultBlock) in the next user message.
    /// Calls to server tools and MCP tools are not included, because the API runs those.
    pub fn tool_uses(&self) -> impl Iterator<Item = &ToolUseBlock> {
        self.content.iter().filter_map(ContentBlock::as_tool_use)
    }
}

wire_string! {
    /// The reason why the model stopped.
    ///
    /// ```
    /// use messages_api::StopReason;
    ///
    /// fn next_step(stop_reason: &StopReason) -> &str {
    ///     match stop_reason {
    ///         StopReason::ToolUse => "run the tools and send their results",
    ///         StopReason::PauseTurn => "send the message back unchanged",
    ///         StopReason::MaxTokens | StopReason::ModelContextWindowExceeded => "use `into_resumable`",
    ///         StopReason::Refusal => "show that the model refused",
    ///         _ => "show the message",
    ///     }
    /// }
    /// # assert_eq!(next_step(&StopReason::EndTurn), "show the message");
    /// ```
    pub enum StopReason {
        /// The model finished its turn.
        EndTurn = "end_turn",
        /// The message reached the `max_tokens` of the request. Its last block may be cut off.
        MaxTokens = "max_tokens",
        /// The model wrote one of the `stop_sequences` of the request. [`Message::stop_sequence`] names it.
        StopSequence = "stop_sequence",
        /// The model called the caller's tools. The next turn must hold a result for each call.
        ToolUse = "tool_use",
        /// The API paused a long turn. Send the message back unchanged, and the model continues.
        PauseTurn = "pause_turn",
        /// The model refused. [`Message::stop_details`] may give the reason, and the last block may be cut
        /// off.
        Refusal = "refusal",
        /// The context window is full. The last block may be cut off.
        ModelContextWindowExceeded = "model_context_window_exceeded",
        /// The request was a compaction. The message holds only a `compaction` block (beta).
        Compaction = "compaction",
    }
}
