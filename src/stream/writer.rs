//! An answer written piece by piece.

use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use futures::Stream;
use pin_project::pin_project;

use super::replay::block_events;
use crate::error::Error;
use crate::json::Json;
use crate::model::{
    ApiError, Citation, CitationsDelta, ContentBlock, ContentBlockDelta, ContentBlockDeltaEvent,
    ContentBlockStartEvent, ContentBlockStopEvent, InputJsonDelta, Message, MessageDelta, MessageDeltaEvent,
    MessageDeltaUsage, MessageStartEvent, MessageStopEvent, SignatureDelta, StreamEvent, TextDelta,
    ThinkingBlock, ThinkingDelta, ToolUseBlock,
};

/// Writes an answer as a stream, and keeps indices, order, block ends and
/// usage right by itself: what it writes cannot be malformed. Made by
/// [`MessageStream::write`](super::MessageStream::write).
///
/// Each method ends once the caller took what it wrote, so a slow caller slows
/// the writer down.
///
/// # Cancel safety
///
/// What a method writes is queued when it is first polled; dropping it then
/// only stops the waiting.
///
/// ```
/// use messages_api::{Message, MessageDeltaUsage, MessageStream, StopReason, Usage};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), messages_api::Error> {
/// let start = Message::new("msg_01", "claude-sonnet-5", vec![], Usage::new(12, 0));
/// let stream = MessageStream::write(start, |mut writer| async move {
///     writer.text("Hel").await;
///     writer.text("lo").await;
///     Ok(writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(2)).await)
/// });
/// assert_eq!(stream.final_message().await?.text(), "Hello");
/// # Ok(())
/// # }
/// ```
pub struct EventWriter {
    queue: Queue,
    open: Option<Open>,
    next_index: u64,
    usage: MessageDeltaUsage,
}

/// Proof that an answer was finished: only [`EventWriter::finish`] makes it.
///
/// ```
/// use messages_api::{ApiError, EventWriter, Finished, MessageDeltaUsage, StopReason};
///
/// async fn answer(mut writer: EventWriter) -> Result<Finished, ApiError> {
///     writer.text("Hello").await;
///     Ok(writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(1)).await)
/// }
/// ```
#[derive(Debug)]
pub struct Finished(());

/// The kind of the block that is being written.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Open {
    Text,
    Thinking,
    ToolInput,
}

impl EventWriter {
    /// Writes text. Pieces that follow each other make one block.
    pub async fn text(&mut self, text: impl Into<String>) {
        self.open(Open::Text, || ContentBlock::text(""));
        self.grow(TextDelta::new(text));
        self.queue.drained().await;
    }

    /// Writes a citation into the text block that is being written, or a new one.
    pub async fn citation(&mut self, citation: impl Into<Citation>) {
        self.open(Open::Text, || ContentBlock::text(""));
        self.grow(CitationsDelta::new(citation));
        self.queue.drained().await;
    }

    /// Writes thinking. Pieces that follow each other make one block.
    pub async fn thinking(&mut self, thinking: impl Into<String>) {
        self.open(Open::Thinking, || ThinkingBlock::new("", "").into());
        self.grow(ThinkingDelta::new(thinking));
        self.queue.drained().await;
    }

    /// Signs the thinking and ends its block.
    pub async fn signature(&mut self, signature: impl Into<String>) {
        self.open(Open::Thinking, || ThinkingBlock::new("", "").into());
        self.grow(SignatureDelta::new(signature));
        self.close();
        self.queue.drained().await;
    }

    /// Writes a whole call of a tool.
    pub async fn tool_use(&mut self, id: impl Into<String>, name: impl Into<String>, input: Json) {
        self.block(ToolUseBlock::new(id, name, input)).await;
    }

    /// Begins a call of a tool whose input is written piece by piece.
    pub async fn tool_use_stream(
        &mut self,
        id: impl Into<String>,
        name: impl Into<String>,
    ) -> ToolInputWriter<'_> {
        self.close();
        let block = ToolUseBlock::new(id, name, Json::empty_object());
        self.open(Open::ToolInput, || block.into());
        self.queue.drained().await;
        ToolInputWriter(self)
    }

    /// Writes a whole block.
    pub async fn block(&mut self, block: impl Into<ContentBlock>) {
        self.close();
        for event in block_events(self.next_index, block.into()) {
            self.queue.push(event);
        }
        self.next_index += 1;
        self.queue.drained().await;
    }

    /// Ends the answer. Of the `usage`, input and cache tokens that are not
    /// set are those that the answer began with.
    ///
    /// The stream is complete now: a future that goes on is dropped.
    pub async fn finish(mut self, end: impl Into<MessageDelta>, mut usage: MessageDeltaUsage) -> Finished {
        self.close();
        let start = &self.usage;
        usage.input_tokens = usage.input_tokens.or(start.input_tokens);
        usage.cache_creation_input_tokens =
            usage.cache_creation_input_tokens.or(start.cache_creation_input_tokens);
        usage.cache_read_input_tokens = usage.cache_read_input_tokens.or(start.cache_read_input_tokens);
        self.queue.push(MessageDeltaEvent::new(end.into(), usage).into());
        self.queue.push(MessageStopEvent::new().into());
        self.queue.drained().await;
        Finished(())
    }

    fn open(&mut self, kind: Open, block: impl FnOnce() -> ContentBlock) {
        if self.open == Some(kind) {
            return;
        }
        self.close();
        self.queue.push(ContentBlockStartEvent::new(self.next_index, block()).into());
        self.open = Some(kind);
    }

    fn grow(&mut self, delta: impl Into<ContentBlockDelta>) {
        self.queue.push(ContentBlockDeltaEvent::new(self.next_index, delta).into());
    }

    fn close(&mut self) {
        if self.open.take().is_some() {
            self.queue.push(ContentBlockStopEvent::new(self.next_index).into());
            self.next_index += 1;
        }
    }
}

impl fmt::Debug for EventWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventWriter")
            .field("open", &self.open)
            .field("next_index", &self.next_index)
            .finish_non_exhaustive()
    }
}

/// Writes the input of a tool piece by piece. The pieces joined must be JSON;
/// without any the input is `{}`. The block ends with the next one.
///
/// ```
/// # async fn answer(mut writer: messages_api::EventWriter) {
/// let mut input = writer.tool_use_stream("toolu_01", "get_weather").await;
/// input.write(r#"{"city":"#).await;
/// input.write(r#""Oslo"}"#).await;
/// # }
/// ```
#[derive(Debug)]
pub struct ToolInputWriter<'a>(&'a mut EventWriter);

impl ToolInputWriter<'_> {
    /// Writes the next piece of JSON text.
    pub async fn write(&mut self, partial_json: impl Into<String>) {
        self.0.grow(InputJsonDelta::new(partial_json));
        self.0.queue.drained().await;
    }
}

/// The stream of what the future that `author` makes writes.
pub(super) fn write<A, F>(start: Message, author: A) -> Written<F>
where
    A: FnOnce(EventWriter) -> F,
    F: Future<Output = Result<Finished, ApiError>> + Send + 'static,
{
    let (start, _, end) = start.into_stream_parts();
    let queue = Queue::default();
    queue.push(MessageStartEvent::new(start).into());
    let usage = end.usage.unwrap_or_else(|| MessageDeltaUsage::new(0));
    let writer = EventWriter { queue: queue.clone(), open: None, next_index: 0, usage };
    Written { author: Some(author(writer)), queue, error: None }
}

#[pin_project]
pub(super) struct Written<F> {
    /// None once it has ended.
    #[pin]
    author: Option<F>,
    queue: Queue,
    error: Option<ApiError>,
}

impl<F: Future<Output = Result<Finished, ApiError>>> Stream for Written<F> {
    type Item = Result<StreamEvent, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        loop {
            if let Some(event) = this.queue.pop() {
                return Poll::Ready(Some(Ok(event)));
            }
            let Some(author) = this.author.as_mut().as_pin_mut() else {
                return Poll::Ready(this.error.take().map(|error| Err(error.into())));
            };
            match author.poll(cx) {
                Poll::Ready(result) => {
                    this.author.set(None);
                    *this.error = result.err();
                }
                Poll::Pending if this.queue.lock().events.is_empty() => return Poll::Pending,
                Poll::Pending => {}
            }
        }
    }
}

/// What was written and not taken yet: at most the events of one call.
#[derive(Clone, Default)]
struct Queue(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    events: VecDeque<StreamEvent>,
    /// Who waits for the queue to be empty.
    waker: Option<Waker>,
}

impl Queue {
    /// Nothing panics under the lock, so it cannot be poisoned.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, event: StreamEvent) {
        self.lock().events.push_back(event);
    }

    fn pop(&self) -> Option<StreamEvent> {
        let mut state = self.lock();
        let event = state.events.pop_front()?;
        if state.events.is_empty() {
            if let Some(waker) = state.waker.take() {
                waker.wake();
            }
        }
        Some(event)
    }

    async fn drained(&self) {
        poll_fn(|cx| {
            let mut state = self.lock();
            if state.events.is_empty() {
                return Poll::Ready(());
            }
            state.waker = Some(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }
}
