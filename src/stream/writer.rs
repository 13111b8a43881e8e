//! Writing an answer piece by piece.

use std::fmt;
use std::future::poll_fn;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard};

use super::merge::is_cut;
use super::replay::block_events;
use super::written::{Shared, lock};
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

/// Writes a streamed answer: text, thinking, calls of tools, one after the
/// other, then [`finish`](Self::finish). It keeps the events in order by
/// itself, so that no illegal stream can be written.
///
/// [`MessageStream::from_writer`](crate::stream::MessageStream::from_writer) hands one out.
///
/// ```
/// use messages_api::{Message, MessageDeltaUsage, MessageStream, StopReason, Usage};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), messages_api::Error> {
/// let message = Message::new("msg_01", "claude-sonnet-5", vec![], Usage::new(12, 0));
/// let stream = MessageStream::from_writer(message, |mut writer| async move {
///     for word in ["Hel", "lo"] {
///         writer.text(word).await;
///     }
///     Ok(writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(2)).await)
/// });
/// assert_eq!(stream.final_message().await?.text(), "Hello");
/// # Ok(())
/// # }
/// ```
///
/// # Back-pressure
///
/// A call is done when the reader of the stream has taken what it wrote, so a
/// writer is never more than one call ahead, and it works only while the
/// stream is read.
///
/// # Cancel safety
///
/// What a call writes is written when its future is first polled, and all at
/// once. Dropping the future later only gives up waiting for the reader.
/// Dropping the stream drops the writer's future; a writer that was moved
/// elsewhere then writes into nothing without waiting.
#[must_use = "an answer that is not finished is an error"]
pub struct EventWriter {
    shared: Arc<Mutex<Shared>>,
    /// `message_start`, until the first thing is written, and the blocks that
    /// the message began with.
    start: Option<Vec<StreamEvent>>,
    /// What the end repeats.
    usage: MessageDeltaUsage,
    container: Option<Container>,
    /// The index of the open block, or of the next where none is open.
    index: u64,
    open: Open,
}

/// The block that is open.
enum Open {
    None,
    Text,
    Thinking,
    /// A call, and the pieces of its input.
    ToolInput(String),
}

/// The proof that an answer was finished: what the future of
/// [`MessageStream::from_writer`](crate::stream::MessageStream::from_writer) returns.
///
/// ```
/// use messages_api::{ApiError, EventWriter, MessageDeltaUsage, StopReason};
/// use messages_api::stream::Finished;
///
/// async fn answer(mut writer: EventWriter) -> Result<Finished, ApiError> {
///     writer.text("hi").await;
///     Ok(writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(1)).await)
/// }
/// ```
#[derive(Debug)]
pub struct Finished(());

impl EventWriter {
    /// A writer of an answer that begins as `message`.
    pub(super) fn new(message: Message, shared: Arc<Mutex<Shared>>) -> Self {
        let (start, content, end) = message.into_stream_parts();
        let index = content.len() as u64;
        let mut events = vec![MessageStartEvent::new(start).into()];
        events.extend((0..).zip(content).flat_map(|(index, block)| block_events(index, block)));
        Self {
            shared,
            start: Some(events),
            usage: end.usage.unwrap_or_else(|| MessageDeltaUsage::new(0)),
            container: end.delta.container,
            index,
            open: Open::None,
        }
    }

    /// Sends `message_start` now. Otherwise it goes out with the first thing
    /// that is written, and until then an error keeps its HTTP status.
    pub async fn start(&mut self) {
        self.write(Vec::new()).await;
    }

    /// Writes text: more of the open text block, or the first of a new one.
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

    /// Adds a citation to the open text block, or to a new one.
    pub async fn citation(&mut self, citation: impl Into<Citation>) {
        let mut events = Vec::new();
        self.open_text(&mut events);
        events.push(self.delta(CitationsDelta::new(citation)));
        self.write(events).await;
    }

    /// Writes thinking: more of the open thinking block, or the first of a
    /// new one.
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

    /// Signs the open thinking block, or an empty new one, and closes it.
    pub async fn signature(&mut self, signature: impl Into<String>) {
        let mut events = Vec::new();
        self.open_thinking(&mut events);
        events.push(self.delta(SignatureDelta::new(signature)));
        self.close(&mut events);
        self.write(events).await;
    }

    /// Writes a whole call of a tool.
    pub async fn tool_use(&mut self, id: impl Into<String>, name: impl Into<String>, input: Json) {
        self.block(ToolUseBlock::new(id, name, input)).await;
    }

    /// Begins a call of a tool whose input comes in pieces.
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

    /// Writes a whole block of any kind.
    pub async fn block(&mut self, block: impl Into<ContentBlock>) {
        let mut events = Vec::new();
        self.close(&mut events);
        events.extend(block_events(self.index, block.into()));
        self.index += 1;
        self.write(events).await;
    }

    /// Closes the open block, so that what follows begins a new one even if
    /// it is of the same kind.
    pub async fn end_block(&mut self) {
        let mut events = Vec::new();
        self.close(&mut events);
        self.write(events).await;
    }

    /// Finishes the answer, for a [`StopReason`] or a [`MessageDelta`] that
    /// says more; one without a reason gets `end_turn`. What `usage` leaves
    /// open of the input's cost is filled in from the message that the answer
    /// began with.
    ///
    /// The answer is complete when this is done. The future may go on to tidy
    /// up, but nobody needs to read the stream any further, and it is dropped
    /// with it; what it returns changes nothing.
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

    /// Closes the open block, if there is one.
    fn close(&mut self, events: &mut Vec<StreamEvent>) {
        self.close_before(None, events);
    }

    /// As [`close`](Self::close), where the answer ends for `stop_reason`.
    fn close_before(&mut self, stop_reason: Option<&StopReason>, events: &mut Vec<StreamEvent>) {
        match mem::replace(&mut self.open, Open::None) {
            Open::None => return,
            Open::Text | Open::Thinking => {}
            Open::ToolInput(input) => {
                let is_whole = input.is_empty() || Json::parse(&input).is_ok();
                if !is_whole && !is_cut(stop_reason) {
                    let error = Error::new(ErrorKind::Protocol, "the input written for a tool is not JSON");
                    self.lock().fail(error);
                }
            }
        }
        events.push(ContentBlockStopEvent::new(self.index).into());
        self.index += 1;
    }

    fn delta(&self, delta: impl Into<ContentBlockDelta>) -> StreamEvent {
        ContentBlockDeltaEvent::new(self.index, delta).into()
    }

    /// Hands over events and waits until they are taken.
    async fn write(&mut self, events: Vec<StreamEvent>) {
        let start = self.start.take();
        self.lock().push(|| start.into_iter().flatten().chain(events));
        poll_fn(|cx| self.lock().poll_taken(cx)).await;
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        lock(&self.shared)
    }
}

/// Writes the input of a call piece by piece, from
/// [`EventWriter::start_tool_use`]. The next thing that is written closes the
/// call.
///
/// The pieces together must be one JSON value; without any it is `{}`. If
/// they are not, the stream fails, unless the answer is finished right there
/// with a reason that says it was cut off, such as
/// [`StopReason::MaxTokens`].
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
    /// Writes a piece of JSON text.
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
