//! Writing a streamed message piece by piece.

use std::fmt;
use std::future::poll_fn;
use std::mem;

use super::handover::Handover;
use super::merge::is_cut;
use super::replay::{block_events, content_events};
use crate::error::{Error, ErrorKind};
use crate::json::Json;
use crate::types::citations::Citation;
use crate::types::events::{
    CitationsDelta, ContentBlockDelta, ContentBlockDeltaEvent, ContentBlockStartEvent, ContentBlockStopEvent,
    InputJsonDelta, MessageDelta, MessageDeltaEvent, MessageStartEvent, MessageStopEvent, SignatureDelta,
    StreamEvent, TextDelta, ThinkingDelta,
};
use crate::types::server_tools::Container;
use crate::types::usage::MessageDeltaUsage;
use crate::types::{ContentBlock, Message, StopReason, TextBlock, ThinkingBlock, ToolUseBlock};

/// A writer of a streamed message, for a handler that produces its reply piece by piece.
///
/// [`MessageStream::from_writer`](crate::stream::MessageStream::from_writer) provides it. Write text,
/// thinking and tool calls in the order of the content, then call [`finish`](Self::finish). The writer opens
/// and closes blocks, numbers them and adds the events around them, so a stream that violates the
/// order of the protocol cannot be written. A handler that has the whole message already returns it instead,
/// and one that has the events of another server uses
/// [`MessageStream::from_bytes`](crate::stream::MessageStream::from_bytes).
///
/// ```
/// use messages_api::{Message, MessageDeltaUsage, MessageStream, StopReason, Usage};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let message = Message::new("msg_01", "claude-sonnet-5", vec![], Usage::new(12, 0));
/// let mut stream = MessageStream::from_writer(message, |mut writer| async move {
///     for word in ["Hel", "lo"] {
///         writer.text(word).await;
///     }
///     Ok(writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(2)).await)
/// });
///
/// let mut events = Vec::new();
/// while let Some(event) = stream.next().await {
///     events.push(serde_json::to_string(&event?)?);
/// }
/// assert!(events[0].starts_with(r#"{"type":"message_start","message":{"#));
/// assert_eq!(events[1..], [
///     r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
///     r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hel"}}"#,
///     r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"lo"}}"#,
///     r#"{"type":"content_block_stop","index":0}"#,
///     concat!(
///         r#"{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null,"#,
///         r#""stop_details":null,"container":null},"usage":{"output_tokens":2,"input_tokens":12}}"#,
///     ),
///     r#"{"type":"message_stop"}"#,
/// ]);
/// # Ok(())
/// # }
/// ```
///
/// # Back-pressure
///
/// Each call waits until the reader of the stream has taken the events of this call. A writer is therefore
/// never more than one call ahead of the reader, buffers nothing beyond that, and makes progress only while
/// the stream is read.
///
/// # Errors
///
/// Writing returns no errors. To end the stream with one, return an [`ApiError`](crate::error::ApiError)
/// from the future that writes. If nothing was written before, a server sends the error with its HTTP status;
/// afterwards it becomes an `error` event.
///
/// # Cancel safety
///
/// A call writes all of its events when its future is first polled. Dropping the future after that only stops
/// waiting for the reader: the call has taken effect and must not be repeated.
///
/// Dropping the stream drops the future that writes. A writer that was moved elsewhere, for example into
/// another task, then writes into nothing and never waits.
#[must_use = "a message that is not finished is an error"]
pub struct EventWriter {
    handover: Handover,
    /// `message_start` and the blocks with which the message begins, until they have been written.
    start: Option<Vec<StreamEvent>>,
    /// The usage of `message_start`, which `message_delta` repeats.
    usage: MessageDeltaUsage,
    container: Option<Container>,
    /// The index of the open block, or of the next block if none is open.
    index: u64,
    open: Open,
}

/// The kind of the open block.
enum Open {
    None,
    Text,
    Thinking,
    /// A tool call, with the text of its input so far.
    ToolInput(String),
}

/// The proof that a message was finished.
///
/// [`EventWriter::finish`] returns it, and the future given to
/// [`MessageStream::from_writer`](crate::stream::MessageStream::from_writer) must return it, so that
/// forgetting to finish a message is a compile error. You need its name to write that future as a function:
///
/// ```
/// use messages_api::{ApiError, EventWriter, MessageDeltaUsage, StopReason};
/// use messages_api::stream::Finished;
///
/// async fn greet(mut writer: EventWriter) -> Result<Finished, ApiError> {
///     writer.text("hi").await;
///     Ok(writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(1)).await)
/// }
/// ```
#[derive(Debug)]
pub struct Finished(());

impl EventWriter {
    /// Creates a writer of a message that begins as `message`.
    pub(super) fn new(message: Message, handover: Handover) -> Self {
        let (start, content, end) = message.into_stream_parts();
        let index = content.len() as u64;
        let mut events = vec![MessageStartEvent::new(start).into()];
        events.extend(content_events(content));
        Self {
            handover,
            start: Some(events),
            usage: end.usage.unwrap_or_else(|| MessageDeltaUsage::new(0)),
            container: end.delta.container,
            index,
            open: Open::None,
        }
    }

    /// Writes `message_start` now.
    ///
    /// Without this call it is written together with the first content. Call it to show early that the
    /// request was accepted. An error that the future returns before `message_start` keeps its HTTP status,
    /// unless a server has begun the HTTP response with pings by then; one that it returns later becomes an
    /// `error` event in an HTTP response with the status 200.
    pub async fn start(&mut self) {
        self.write(Vec::new()).await;
    }

    /// Writes text into the open text block, or into a new one if no text block is open. Empty text is
    /// ignored.
    pub async fn text(&mut self, text: impl Into<String>) {
        let text = text.into();
        if text.is_empty() {
            return;
        }
        let mut events = Vec::new();
        self.open_text(&mut events);
        events.push(self.delta(TextDelta::new(text)));
        self.write(events).await;
    }

    /// Adds a citation to the open text block, or to a new one if no text block is open.
    pub async fn citation(&mut self, citation: impl Into<Citation>) {
        let mut events = Vec::new();
        self.open_text(&mut events);
        events.push(self.delta(CitationsDelta::new(citation)));
        self.write(events).await;
    }

    /// Writes thinking into the open thinking block, or into a new one if no thinking block is open. Empty
    /// text is ignored.
    pub async fn thinking(&mut self, thinking: impl Into<String>) {
        let thinking = thinking.into();
        if thinking.is_empty() {
            return;
        }
        let mut events = Vec::new();
        self.open_thinking(&mut events);
        events.push(self.delta(ThinkingDelta::new(thinking)));
        self.write(events).await;
    }

    /// Writes the signature of the open thinking block and closes the block. If no thinking block is open,
    /// the signature goes into a new one without text.
    pub async fn signature(&mut self, signature: impl Into<String>) {
        let mut events = Vec::new();
        self.open_thinking(&mut events);
        events.push(self.delta(SignatureDelta::new(signature)));
        self.close(&mut events);
        self.write(events).await;
    }

    /// Writes a whole tool call.
    pub async fn tool_use(&mut self, id: impl Into<String>, name: impl Into<String>, input: Json) {
        self.block(ToolUseBlock::new(id, name, input)).await;
    }

    /// Begins a tool call whose input is written in pieces.
    pub async fn start_tool_use(
        &mut self,
        id: impl Into<String>,
        name: impl Into<String>,
    ) -> ToolInputWriter<'_> {
        let block = ToolUseBlock::new(id, name, Json::empty_object());
        let mut events = Vec::new();
        self.open(block.into(), Open::ToolInput(String::new()), &mut events);
        self.write(events).await;
        ToolInputWriter(self)
    }

    /// Writes a whole block of any type, such as the result of a server tool.
    pub async fn block(&mut self, block: impl Into<ContentBlock>) {
        let mut events = Vec::new();
        self.close(&mut events);
        events.extend(block_events(self.index, block.into()));
        self.index += 1;
        self.write(events).await;
    }

    /// Closes the open block, so that the next text or thinking begins a new one. Writing something of
    /// another type closes the open block by itself.
    pub async fn end_block(&mut self) {
        let mut events = Vec::new();
        self.close(&mut events);
        self.write(events).await;
    }

    /// Finishes the message.
    ///
    /// `end` is a [`StopReason`], or a [`MessageDelta`] with further fields, in which a missing stop reason
    /// counts as `end_turn`. `usage` must contain the output tokens; the input tokens and cache tokens that
    /// it leaves out are those of the message that the stream began with.
    ///
    /// Once this call returns, the message is complete, and an error that the future returns afterwards is
    /// ignored. The reader may drop the stream from then on, and the future with it, so anything that must
    /// still happen has to happen before this call or in a task of its own.
    pub async fn finish(mut self, end: impl Into<MessageDelta>, mut usage: MessageDeltaUsage) -> Finished {
        let mut end = end.into();
        end.stop_reason.get_or_insert(StopReason::EndTurn);
        let mut events = Vec::new();
        self.close_before(end.stop_reason.as_ref(), &mut events);
        let start = &self.usage;
        usage.input_tokens = usage.input_tokens.or(start.input_tokens);
        usage.cache_creation_input_tokens =
            usage.cache_creation_input_tokens.or(start.cache_creation_input_tokens);
        usage.cache_read_input_tokens = usage.cache_read_input_tokens.or(start.cache_read_input_tokens);
        end.container = end.container.or(self.container.take());
        events.push(MessageDeltaEvent::new(end, usage).into());
        events.push(MessageStopEvent::new().into());
        self.write(events).await;
        Finished(())
    }

    fn open_text(&mut self, events: &mut Vec<StreamEvent>) {
        if !matches!(self.open, Open::Text) {
            self.open(TextBlock::new("").into(), Open::Text, events);
        }
    }

    fn open_thinking(&mut self, events: &mut Vec<StreamEvent>) {
        if !matches!(self.open, Open::Thinking) {
            self.open(ThinkingBlock::new("", "").into(), Open::Thinking, events);
        }
    }

    fn open(&mut self, block: ContentBlock, open: Open, events: &mut Vec<StreamEvent>) {
        self.close(events);
        events.push(ContentBlockStartEvent::new(self.index, block).into());
        self.open = open;
    }

    /// Closes the open block, if there is one, in the middle of the message.
    fn close(&mut self, events: &mut Vec<StreamEvent>) {
        self.close_before(None, events);
    }

    /// Closes the open block, if there is one, before the message ends for `stop_reason`.
    fn close_before(&mut self, stop_reason: Option<&StopReason>, events: &mut Vec<StreamEvent>) {
        match mem::replace(&mut self.open, Open::None) {
            Open::None => return,
            Open::Text | Open::Thinking => {}
            Open::ToolInput(input) => {
                let is_whole = input.trim_ascii().is_empty() || Json::parse(&input).is_ok();
                if !is_whole && !is_cut(stop_reason) {
                    let error =
                        Error::new(ErrorKind::Protocol, "the tool input that was written is not JSON");
                    self.handover.fail(error);
                }
            }
        }
        events.push(ContentBlockStopEvent::new(self.index).into());
        self.index += 1;
    }

    fn delta(&self, delta: impl Into<ContentBlockDelta>) -> StreamEvent {
        ContentBlockDeltaEvent::new(self.index, delta).into()
    }

    /// Hands events over and waits until they are taken.
    async fn write(&mut self, events: Vec<StreamEvent>) {
        if let Some(start) = self.start.take() {
            self.handover.push(start);
        }
        self.handover.push(events);
        poll_fn(|cx| self.handover.poll_taken(cx)).await;
    }
}

/// A writer of the input of one tool call, piece by piece.
///
/// [`EventWriter::start_tool_use`] returns it. The next call on the [`EventWriter`] ends the tool call.
///
/// The pieces must add up to one JSON value; without pieces the input is `{}`. If they do not, the stream
/// fails with [`ErrorKind::Protocol`], unless the next call is [`EventWriter::finish`] with a stop reason
/// that cuts a message off, such as [`StopReason::MaxTokens`].
///
/// ```
/// use messages_api::{Message, MessageDeltaUsage, MessageStream, StopReason, Usage};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), messages_api::Error> {
/// let message = Message::new("msg_01", "claude-sonnet-5", vec![], Usage::new(12, 0));
/// let stream = MessageStream::from_writer(message, |mut writer| async move {
///     let mut call = writer.start_tool_use("toolu_01", "get_weather").await;
///     call.write(r#"{"city":"#).await;
///     call.write(r#""Oslo"}"#).await;
///     Ok(writer.finish(StopReason::ToolUse, MessageDeltaUsage::new(9)).await)
/// });
/// let message = stream.final_message().await?;
/// assert_eq!(message.tool_uses().next().map(|call| call.input.as_raw_str()), Some(r#"{"city":"Oslo"}"#));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct ToolInputWriter<'a>(&'a mut EventWriter);

impl ToolInputWriter<'_> {
    /// Writes a piece of the JSON text. It may begin and end anywhere, even within a string.
    pub async fn write(&mut self, partial_json: impl Into<String>) {
        let piece = partial_json.into();
        if let Open::ToolInput(input) = &mut self.0.open {
            input.push_str(&piece);
        }
        let event = self.0.delta(InputJsonDelta::new(piece));
        self.0.write(vec![event]).await;
    }
}

impl fmt::Debug for EventWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventWriter").field("index", &self.index).finish_non_exhaustive()
    }
}
