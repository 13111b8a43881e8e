//! The events of a streamed answer.

use crate::types::context::ContextManagementResponse;
use crate::types::diagnostics::InputTransformation;
use crate::types::events::ContentBlockDelta;
use crate::types::fallback::StopDetails;
use crate::types::server_tools::Container;
use crate::types::usage::MessageDeltaUsage;
use crate::types::{ContentBlock, ErrorResponse, Message, StopReason};
use crate::wire::{wire_struct, wire_union};

wire_union! {
    /// One event of a streamed answer.
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
        /// The answer begins.
        MessageStart(Box MessageStartEvent) = "message_start",
        /// A block begins.
        ContentBlockStart(ContentBlockStartEvent) = "content_block_start",
        /// A block grows.
        ContentBlockDelta(ContentBlockDeltaEvent) = "content_block_delta",
        /// A block is complete.
        ContentBlockStop(ContentBlockStopEvent) = "content_block_stop",
        /// The answer as a whole changes: why it stops, and what it cost.
        MessageDelta(Box MessageDeltaEvent) = "message_delta",
        /// The answer is complete.
        MessageStop(MessageStopEvent) = "message_stop",
        /// Keeps the connection open.
        Ping(PingEvent) = "ping",
        /// The answer failed and will not go on.
        Error(Box ErrorResponse) = "error",
    }
}

impl StreamEvent {
    /// The text that a text block grows by, if that is what the event says.
    pub fn text_delta(&self) -> Option<&str> {
        match self {
            Self::ContentBlockDelta(ContentBlockDeltaEvent {
                delta: ContentBlockDelta::Text(delta), ..
            }) => Some(&delta.text),
            _ => None,
        }
    }
}

wire_struct! {
    /// The answer begins.
    ///
    /// ```
    /// use messages_api::{Message, Usage};
    /// use messages_api::types::events::MessageStartEvent;
    ///
    /// let event = MessageStartEvent::new(Message::new("msg_01", "claude-sonnet-5", vec![], Usage::new(12, 1)));
    /// ```
    pub struct MessageStartEvent = "message_start",
        /// The answer without its content.
        pub fn new;
    required {
        /// The answer so far: no content and no `stop_reason`, but the input's usage.
        message: Message,
    }
    optional {}
}

wire_struct! {
    /// A block begins.
    ///
    /// ```
    /// use messages_api::ContentBlock;
    /// use messages_api::types::events::ContentBlockStartEvent;
    ///
    /// let event = ContentBlockStartEvent::new(0, ContentBlock::text(""));
    /// ```
    pub struct ContentBlockStartEvent = "content_block_start",
        /// The block at `index` begins.
        pub fn new;
    required {
        /// The block's place in the content; 0, 1, 2, … without gaps.
        index: u64,
        /// The block, empty where deltas will fill it.
        content_block: ContentBlock,
    }
    optional {}
}

wire_struct! {
    /// A block grows.
    ///
    /// ```
    /// use messages_api::types::events::{ContentBlockDeltaEvent, TextDelta};
    ///
    /// let event = ContentBlockDeltaEvent::new(0, TextDelta::new("Hel"));
    /// ```
    pub struct ContentBlockDeltaEvent = "content_block_delta",
        /// The block at `index` grows.
        pub fn new;
    required {
        /// The block's place in the content.
        index: u64,
        /// What it grows by.
        delta: ContentBlockDelta,
    }
    optional {}
}

wire_struct! {
    /// A block is complete.
    ///
    /// ```
    /// let event = messages_api::types::events::ContentBlockStopEvent::new(0);
    /// ```
    pub struct ContentBlockStopEvent = "content_block_stop",
        /// The block at `index` is complete.
        pub fn new;
    required {
        /// The block's place in the content.
        index: u64,
    }
    optional {}
}

wire_struct! {
    /// The answer as a whole changes: why it stops, and what it cost.
    ///
    /// ```
    /// use messages_api::{MessageDeltaUsage, StopReason};
    /// use messages_api::types::events::{MessageDelta, MessageDeltaEvent};
    ///
    /// let event = MessageDeltaEvent::new(MessageDelta::new().stop_reason(StopReason::EndTurn), MessageDeltaUsage::new(15));
    /// ```
    pub struct MessageDeltaEvent = "message_delta", fn from_delta;
    required {
        /// What changes.
        delta: MessageDelta,
    }
    optional {
        /// The running total. The API always sends it; some servers do not.
        usage: MessageDeltaUsage,
        /// What was removed from the conversation (beta).
        context_management: ContextManagementResponse,
        /// What the API changed in the request (beta).
        input_transformations: [InputTransformation],
    }
}

impl MessageDeltaEvent {
    /// What changes, and the running total of what the answer cost.
    pub fn new(delta: MessageDelta, usage: MessageDeltaUsage) -> Self {
        Self::from_delta(delta).usage(usage)
    }
}

wire_struct! {
    /// What changes in the answer as a whole.
    ///
    /// ```
    /// use messages_api::StopReason;
    /// use messages_api::types::events::MessageDelta;
    ///
    /// let delta = MessageDelta::new().stop_reason(StopReason::EndTurn);
    /// ```
    pub struct MessageDelta, fn empty;
    required {}
    optional {
        /// Why the model stopped.
        stop_reason: StopReason,
        /// The sequence that stopped it.
        stop_sequence: String,
        /// Why the model refused.
        stop_details: StopDetails,
        /// The container that server tools ran in.
        container: Container,
    }
}

impl MessageDelta {
    /// No change yet. Fields that the API always sends are `null` until they
    /// are set.
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
    /// The answer is complete.
    ///
    /// ```
    /// let event = messages_api::types::events::MessageStopEvent::new();
    /// ```
    pub struct MessageStopEvent = "message_stop",
        /// The event.
        pub fn new;
    required {}
    optional {}
}

wire_struct! {
    /// Keeps the connection open.
    ///
    /// ```
    /// let event = messages_api::types::events::PingEvent::new();
    /// ```
    pub struct PingEvent = "ping",
        /// The event.
        pub fn new;
    required {}
    optional {}
}
