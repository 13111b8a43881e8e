//! The events of a streamed message.

use crate::types::context::ContextManagementResponse;
use crate::types::diagnostics::InputTransformation;
use crate::types::events::ContentBlockDelta;
use crate::types::fallback::StopDetails;
use crate::types::server_tools::Container;
use crate::types::usage::MessageDeltaUsage;
use crate::types::{ContentBlock, ErrorResponse, Message, StopReason};
use crate::wire::{wire_struct, wire_union};

wire_union! {
    /// One event of a streamed message.
    ///
    /// The [module](crate::types::events) describes the order of events. [`text_delta`](Self::text_delta)
    /// and its siblings pick out what most programs show; match on the event for everything else.
    ///
    /// ```
    /// use messages_api::StreamEvent;
    ///
    /// let json = r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hel"}}"#;
    /// let event: StreamEvent = serde_json::from_str(json)?;
    /// assert_eq!(event.text_delta(), Some("Hel"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub enum StreamEvent {
        /// The message begins.
        MessageStart(Box MessageStartEvent) = "message_start",
        /// A block of the content begins.
        ContentBlockStart(ContentBlockStartEvent) = "content_block_start",
        /// An addition to a block has arrived.
        ContentBlockDelta(ContentBlockDeltaEvent) = "content_block_delta",
        /// A block is complete. Use the input of a tool call only after this event.
        ContentBlockStop(ContentBlockStopEvent) = "content_block_stop",
        /// The content is complete. The event carries the stop reason and the final token counts.
        MessageDelta(Box MessageDeltaEvent) = "message_delta",
        /// The message is complete, and the stream ends. A stream that ends without it was cut off.
        MessageStop(MessageStopEvent) = "message_stop",
        /// A keep-alive without content, which may be ignored.
        Ping(PingEvent) = "ping",
        /// The message failed, and the stream ends.
        Error(Box ErrorResponse) = "error",
    }
}

impl StreamEvent {
    /// Returns the text that the event appends to a text block.
    ///
    /// `None` for all other events. The text may be empty.
    pub fn text_delta(&self) -> Option<&str> {
        match self.delta()? {
            ContentBlockDelta::Text(delta) => Some(&delta.text),
            _ => None,
        }
    }

    /// Returns the thinking that the event appends to a thinking block.
    ///
    /// `None` for all other events, the signature of the block included.
    pub fn thinking_delta(&self) -> Option<&str> {
        match self.delta()? {
            ContentBlockDelta::Thinking(delta) => Some(&delta.thinking),
            _ => None,
        }
    }

    /// Returns the JSON text that the event appends to the input of a tool call.
    ///
    /// `None` for all other events. The pieces of a block are valid JSON only once all of them are joined,
    /// and the first is often empty.
    ///
    /// ```
    /// use messages_api::StreamEvent;
    ///
    /// let json = r#"{"type":"content_block_delta","index":1,
    ///     "delta":{"type":"input_json_delta","partial_json":"{\"city\":\"Os"}}"#;
    /// let event: StreamEvent = serde_json::from_str(json)?;
    /// assert_eq!(event.input_json_delta(), Some(r#"{"city":"Os"#));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn input_json_delta(&self) -> Option<&str> {
        match self.delta()? {
            ContentBlockDelta::InputJson(delta) => Some(&delta.partial_json),
            _ => None,
        }
    }

    fn delta(&self) -> Option<&ContentBlockDelta> {
        match self {
            Self::ContentBlockDelta(event) => Some(&event.delta),
            _ => None,
        }
    }
}

wire_struct! {
    /// The first event of a stream, which carries the message without its content.
    ///
    /// ```
    /// use messages_api::{Message, StreamEvent, Usage};
    /// use messages_api::types::events::MessageStartEvent;
    ///
    /// let message = Message::new("msg_01", "my-model", vec![], Usage::new(12, 1));
    /// let event = StreamEvent::from(MessageStartEvent::new(message));
    /// ```
    pub struct MessageStartEvent = "message_start",
        /// Creates the event that begins `message`, which must have no content.
        pub fn new;
    required {
        /// The message as it begins: without content and stop reason, but with the token counts of the
        /// input.
        message: Message,
    }
    optional {}
}

wire_struct! {
    /// An event that begins a block.
    ///
    /// Text, thinking and calls begin empty and grow by deltas. Blocks that the model does not write piece by
    /// piece, such as the results of server tools, are complete from the start.
    ///
    /// ```
    /// use messages_api::ContentBlock;
    /// use messages_api::types::events::ContentBlockStartEvent;
    ///
    /// let event = ContentBlockStartEvent::new(0, ContentBlock::text(""));
    /// ```
    pub struct ContentBlockStartEvent = "content_block_start",
        /// Creates the event that begins `content_block` at the position `index`.
        pub fn new;
    required {
        /// The position of the block in the content: 0, 1, 2, … without gaps.
        index: u64,
        /// The block as it begins; empty if deltas fill it.
        content_block: ContentBlock,
    }
    optional {}
}

wire_struct! {
    /// An event that adds to a block.
    ///
    /// ```
    /// use messages_api::types::events::{ContentBlockDeltaEvent, TextDelta};
    ///
    /// let event = ContentBlockDeltaEvent::new(0, TextDelta::new("Hel"));
    /// assert_eq!(
    ///     serde_json::to_string(&event)?,
    ///     r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hel"}}"#,
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct ContentBlockDeltaEvent = "content_block_delta",
        /// Creates the event that adds `delta` to the block at the position `index`.
        pub fn new;
    required {
        /// The position of the block in the content.
        index: u64,
        /// The addition to the block.
        delta: ContentBlockDelta,
    }
    optional {}
}

wire_struct! {
    /// An event that ends a block.
    pub struct ContentBlockStopEvent = "content_block_stop",
        /// Creates the event that ends the block at the position `index`.
        pub fn new;
    required {
        /// The position of the block in the content.
        index: u64,
    }
    optional {}
}

wire_struct! {
    /// The fields of the message that are known only after its content: the stop reason and the token
    /// counts.
    ///
    /// A stream has at least one such event. If it has more, a later one overrides the fields that it sets.
    ///
    /// ```
    /// use messages_api::{MessageDeltaUsage, StopReason};
    /// use messages_api::types::events::{MessageDelta, MessageDeltaEvent};
    ///
    /// let delta = MessageDelta::from(StopReason::EndTurn);
    /// let event = MessageDeltaEvent::new(delta, MessageDeltaUsage::new(15));
    /// ```
    pub struct MessageDeltaEvent = "message_delta", fn from_delta;
    required {}
    defaulted {
        /// The fields of the message that have changed.
        delta: MessageDelta,
    }
    optional {
        /// The token counts so far. The API always sends them; some other servers do not.
        usage: MessageDeltaUsage,
        /// The edits that shortened the conversation before the model read it (beta).
        context_management: ContextManagementResponse,
        /// Changes that the API made to the request (beta).
        input_transformations: [InputTransformation],
    }
}

impl MessageDeltaEvent {
    /// Creates the event from the changed fields and the token counts so far.
    pub fn new(delta: MessageDelta, usage: MessageDeltaUsage) -> Self {
        Self::from_delta(delta).usage(usage)
    }
}

wire_struct! {
    /// The changed fields in a [`MessageDeltaEvent`]. Each means the same as the field of that name in
    /// [`Message`].
    ///
    /// ```
    /// use messages_api::StopReason;
    /// use messages_api::types::events::MessageDelta;
    ///
    /// let delta = MessageDelta::new().stop_reason(StopReason::StopSequence).stop_sequence("END");
    /// assert_eq!(delta.stop_details, None);
    /// ```
    pub struct MessageDelta, fn empty;
    required {}
    optional {
        /// The reason why the model stopped.
        stop_reason: StopReason,
        /// The stop sequence that the model wrote.
        stop_sequence: String,
        /// Details of a refusal.
        stop_details: StopDetails,
        /// The container that server tools ran in.
        container: Container,
    }
}

impl MessageDelta {
    /// Creates a delta without changes. Its fields are written as `null` until they are set, because the API
    /// always sends them.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self::empty()
            .with_nulls(const { Self::places(["stop_reason", "stop_sequence", "stop_details", "container"]) })
    }
}

impl From<StopReason> for MessageDelta {
    fn from(stop_reason: StopReason) -> Self {
        Self::new().stop_reason(stop_reason)
    }
}

wire_struct! {
    /// The last event of a complete stream.
    pub struct MessageStopEvent = "message_stop",
        /// Creates the event, which has no fields.
        pub fn new;
    required {}
    optional {}
}

wire_struct! {
    /// A keep-alive event, which a server sends while the connection is idle.
    pub struct PingEvent = "ping",
        /// Creates the event, which has no fields.
        pub fn new;
    required {}
    optional {}
}
