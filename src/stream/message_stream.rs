//! A streamed message.

use std::collections::VecDeque;
use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use futures::{Stream, stream};
use http::{HeaderMap, StatusCode};

use super::decode::EventDecoder;
use super::from_bytes::FromBytes;
use super::progress::{Events, Progress};
use super::replay::replay;
#[cfg(feature = "policy")]
use super::watch::Watch;
use super::watched_events::WatchedEvents;
use super::writer::{EventWriter, Finished};
use super::written::Written;
use crate::ends::{Hooks, Outcome};
use crate::error::{ApiError, Error};
use crate::types::Message;
use crate::types::events::StreamEvent;

pub(crate) type BoxEvents = Pin<Box<Events>>;

/// What such a stream yields.
pub(crate) type Item = Option<Result<StreamEvent, Error>>;

/// A streamed message: its events as they arrive, and the message that they add up to.
///
/// `Client::stream_message` returns a stream, and a handler may return one as its reply. Create one with
/// [`from_writer`](Self::from_writer) to write a message piece by piece, with
/// [`from_bytes`](Self::from_bytes) from the body of an HTTP response, or with `From<Message>` from a whole
/// message.
///
/// There are several ways to read it, which may alternate:
///
/// | to get | use |
/// |---|---|
/// | the events | [`next`](Self::next), or the [`Stream`] impl |
/// | what each event has made of the message: text so far, whole blocks | [`next_update`](Self::next_update) |
/// | nothing but the text | [`text_stream`](Self::text_stream) |
/// | the message so far, at any time | [`message`](Self::message), [`usage`](Self::usage) |
/// | nothing but the whole message | [`final_message`](Self::final_message), or [`into_message`](Self::into_message) at the end |
/// | the moment at which content begins, up to which another attempt is possible | [`ready`](Self::ready) |
///
/// ```
/// use messages_api::{ContentBlock, Message, MessageStream, Usage};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), messages_api::Error> {
/// # let content = vec![ContentBlock::text("Hello!")];
/// # let message = Message::new("msg_01", "claude-sonnet-5", content, Usage::new(12, 3));
/// # let mut stream = MessageStream::from(message);
/// // let mut stream = client.stream_message(&request).await?;
/// while let Some(event) = stream.next().await {
///     if let Some(text) = event?.text_delta() {
///         print!("{text}");
///     }
/// }
/// let message = stream.into_message()?;
/// assert_eq!(message.text(), "Hello!");
/// assert_eq!(message.usage.output_tokens, 3);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// The stream ends after `message_stop` or after its first error. An error carries the message received so
/// far as [`Error::partial_message`], unless it comes before `message_start`.
///
/// | cause | [`ErrorKind`](crate::error::ErrorKind) |
/// |---|---|
/// | an `error` event | `Api` |
/// | the end of the events before `message_stop` | `Incomplete` |
/// | an event that is out of order or cannot be read | `Protocol` |
/// | a tool input that is not JSON, once everything else has been received | `Protocol` |
/// | an event or a message above its size limit | `TooLarge` |
/// | an error of the underlying byte stream | `Transport`; an [`Error`] keeps its own kind |
///
/// The [source](StdError::source) of the error of a tool input is
/// [`AccumulateError::InvalidInput`](crate::stream::AccumulateError::InvalidInput), which has the text that
/// the model wrote, and the partial message has the stop reason and the usage. So a program can send the text
/// back to the model and ask for better JSON.
///
/// # Streams that violate the protocol
///
/// A fault by which nothing is lost is no error: the event is skipped and listed in
/// [`deviations`](Self::deviations). The documentation of
/// [`Accumulator`](crate::stream::Accumulator#order) says which faults these are. Whatever follows
/// `message_stop` is ignored. [`strict`](Self::strict) makes all faults errors.
///
/// # Cancel safety
///
/// If the future of [`next`](Self::next), [`next_update`](Self::next_update) or [`ready`](Self::ready) is
/// dropped before it is ready, no event is lost. Dropping the stream stops the work behind it: a client's
/// stream closes its connection unless the HTTP response has ended, and a written stream drops the future
/// that writes.
///
/// # The end of the HTTP response
///
/// `message_stop` is returned as soon as it has arrived, but a client can use a connection of HTTP/1.1 again
/// only after the end of the body, which many servers send a moment later. So a client's stream that is read
/// on after `message_stop` waits for it: [`next`](Self::next) returns `None` at the end of the body, or after
/// 250 ms, which `ClientBuilder::end_timeout` changes. [`text_stream`](Self::text_stream) and
/// [`final_message`](Self::final_message) wait as well. Whoever takes the message or drops the stream right
/// after `message_stop` does not wait, but the next call may need a new connection.
///
/// # Limits
///
/// The message may take about 64 MiB of memory; see [`max_message_bytes`](Self::max_message_bytes). A stream
/// that adds nothing for 100,000 events ends with an error of the kind `TooLarge`. If events are always
/// ready, [`next`](Self::next) lets other tasks run from time to time; the [`Stream`] impl leaves that to its
/// user.
pub struct MessageStream {
    /// `None` once the stream has ended.
    pub(super) events: Option<WatchedEvents>,
    pub(super) progress: Progress,
    /// The events that [`ready`](Self::ready) has received and nobody has read yet: at most two.
    pub(super) held: VecDeque<StreamEvent>,
    /// The number of events since the stream was last not ready.
    pub(super) in_a_row: u8,
    /// The number of events after `message_stop`.
    pub(super) after_stop: u8,
    /// Whether a client received the stream from an upstream. Its events end soon after `message_stop`, so
    /// that their end can be waited for.
    pub(super) from_upstream: bool,
    /// The number of the attempt of the call that the stream comes from; 0 if it comes from no call.
    pub(super) attempts: u32,
    /// The span of the call that the stream comes from, which ends with it.
    #[cfg(feature = "tracing")]
    pub(super) span: Option<tracing::Span>,
    /// Whether the call was forwarded, so that the failure of the stream is that of a request.
    #[cfg(feature = "tracing")]
    pub(super) is_forwarded: bool,
    /// The name of the model in place of that of the events, until `message_start` is read.
    pub(super) model: Option<Box<str>>,
    pub(super) headers: HeaderMap,
    pub(super) status: Option<StatusCode>,
    /// Called when the stream has ended. The last field, so that whatever produces the events is dropped
    /// before.
    pub(crate) hooks: Option<Box<Hooks>>,
}

impl MessageStream {
    /// Creates a stream from a stream of events.
    pub fn new(events: impl Stream<Item = Result<StreamEvent, Error>> + Send + 'static) -> Self {
        Self::of_boxed(Box::pin(events))
    }

    fn of_boxed(events: BoxEvents) -> Self {
        Self {
            events: Some(WatchedEvents::new(events)),
            progress: Progress::new(),
            held: VecDeque::new(),
            in_a_row: 0,
            after_stop: 0,
            from_upstream: false,
            attempts: 0,
            #[cfg(feature = "tracing")]
            span: None,
            #[cfg(feature = "tracing")]
            is_forwarded: false,
            model: None,
            headers: HeaderMap::new(),
            status: None,
            hooks: None,
        }
    }

    /// Creates a stream from a stream of bytes, such as the body of an HTTP response.
    ///
    /// The next chunk is read once all events of the previous one have been returned, so at most one chunk is
    /// held in memory, apart from an event that is cut off at its end. An error of `bytes` that is not an
    /// [`Error`] becomes one of the kind [`ErrorKind::Transport`](crate::error::ErrorKind::Transport).
    ///
    /// ```
    /// use futures::stream;
    /// use messages_api::{ErrorKind, MessageStream};
    /// use messages_api::stream::EventDecoder;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let chunks = ["event: ping\nda", "ta: {\"type\":\"ping\"}\n\n"].map(Ok::<_, std::io::Error>);
    /// let mut stream = MessageStream::from_bytes(stream::iter(chunks), EventDecoder::new());
    /// let event = stream.next().await.unwrap().unwrap();
    /// assert_eq!(event.type_name(), "ping");
    ///
    /// let error = stream.next().await.unwrap().unwrap_err(); // there was no `message_stop`
    /// assert_eq!(error.kind(), ErrorKind::Incomplete);
    /// # }
    /// ```
    pub fn from_bytes<S, B, E>(bytes: S, decoder: EventDecoder) -> Self
    where
        S: Stream<Item = Result<B, E>> + Send + 'static,
        B: Into<Bytes>,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        Self::new(FromBytes::new(bytes, decoder))
    }

    /// Creates a stream of the events that `write` writes into its [`EventWriter`].
    ///
    /// `message` provides what `message_start` contains: the id, the model and the usage of the input. Blocks
    /// in its content are sent before anything that is written. The future that `write` returns runs only
    /// while the stream is read, and is dropped with the stream. If it returns an error, the stream ends with
    /// that error.
    ///
    /// ```
    /// use messages_api::{Json, Message, MessageDeltaUsage, MessageStream, StopReason, Usage};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), messages_api::Error> {
    /// let message = Message::new("msg_01", "claude-sonnet-5", vec![], Usage::new(12, 0));
    /// let stream = MessageStream::from_writer(message, |mut writer| async move {
    ///     writer.thinking("The user wants ").await;
    ///     writer.thinking("the weather.").await;
    ///     writer.text("Let me look.").await;
    ///     writer.tool_use("toolu_01", "get_weather", Json::empty_object()).await;
    ///     Ok(writer.finish(StopReason::ToolUse, MessageDeltaUsage::new(20)).await)
    /// });
    ///
    /// let message = stream.final_message().await?;
    /// assert_eq!(message.content.len(), 3);
    /// assert_eq!((message.usage.input_tokens, message.usage.output_tokens), (12, 20));
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_writer<F, Fut>(message: Message, write: F) -> Self
    where
        F: FnOnce(EventWriter) -> Fut,
        Fut: Future<Output = Result<Finished, ApiError>> + Send + 'static,
    {
        Self::new(Written::new(message, write))
    }

    /// Adds a hook that is called once when the stream has ended: when `message_stop` was returned, when the
    /// stream fails, or when it is dropped before.
    ///
    /// The rules are those of [`OnEnd`](crate::handler::OnEnd). A hook that is added later is called later.
    /// For a stream that is returned as a reply, the outcome has the id of the request, its model and its
    /// principal.
    ///
    /// ```
    /// use messages_api::handler::End;
    /// use messages_api::{ContentBlock, Message, MessageStream, Usage};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), messages_api::Error> {
    /// # let message = Message::new("msg_01", "m", vec![ContentBlock::text("Hello!")], Usage::new(9, 3));
    /// # let stream = MessageStream::from(message);
    /// let (sender, receiver) = std::sync::mpsc::channel();
    /// let stream = stream.on_end(move |outcome| sender.send(outcome.clone()).unwrap());
    /// let message = stream.final_message().await?;
    ///
    /// let outcome = receiver.recv().unwrap();
    /// assert_eq!(outcome.end, End::Completed);
    /// assert_eq!(outcome.delivered.text_bytes, message.text().len() as u64);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use = "dropping the stream ends it"]
    pub fn on_end(mut self, hook: impl FnOnce(&Outcome) + Send + 'static) -> Self {
        Hooks::add(&mut self.hooks, None, Box::new(hook));
        self
    }

    /// Sets the headers of the HTTP response that the stream came with.
    #[must_use]
    pub fn with_headers(mut self, headers: HeaderMap) -> Self {
        self.headers = headers;
        self
    }

    /// Sets the approximate maximum memory that the message may take, in bytes; 64 MiB by default,
    /// `usize::MAX` for no limit.
    ///
    /// See [`Accumulator::max_bytes`](crate::stream::Accumulator::max_bytes). After
    /// [`without_accumulation`](Self::without_accumulation) the limit has no effect.
    #[must_use]
    pub fn max_message_bytes(mut self, bytes: usize) -> Self {
        self.progress = self.progress.max_bytes(bytes);
        self
    }

    /// Sets whether every event out of order is an error, even if nothing would be lost by skipping it;
    /// `false` by default.
    ///
    /// Of the events after `message_stop`, those count that arrive before the stream ends. See
    /// [`EventDecoder::strict`] for faults in the bytes.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.progress = self.progress.strict(strict);
        self
    }

    /// Marks the stream and its errors as received from an upstream.
    #[cfg(feature = "client")]
    pub(crate) fn mark_from_upstream(mut self) -> Self {
        self.from_upstream = true;
        self
    }

    /// Returns `true` if a client has received the stream from an upstream.
    #[cfg(any(feature = "policy", feature = "server"))]
    pub(crate) fn is_from_upstream(&self) -> bool {
        self.from_upstream
    }

    /// Replaces the events by those that `map` makes of this stream, and keeps what came with it. The message
    /// is added up from the new events.
    #[cfg(any(feature = "client", feature = "policy"))]
    pub(crate) fn map_events(self, map: impl FnOnce(Self) -> BoxEvents) -> Self {
        let progress = self.progress.fresh();
        let (from_upstream, attempts) = (self.from_upstream, self.attempts);
        let (headers, status) = (self.headers.clone(), self.status);
        Self { progress, from_upstream, attempts, headers, status, ..Self::of_boxed(map(self)) }
    }

    /// Sets the number of the attempt of the call that the stream comes from.
    #[cfg(feature = "client")]
    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Sets the span of the call that the stream comes from.
    #[cfg(all(feature = "client", feature = "tracing"))]
    pub(crate) fn with_span(mut self, span: tracing::Span, is_forwarded: bool) -> Self {
        (self.span, self.is_forwarded) = (Some(span), is_forwarded);
        self
    }

    /// Replaces the name of the model, unless `message_start` has been handed over.
    #[cfg(feature = "policy")]
    pub(crate) fn rename(&mut self, model: &str) {
        match self.held.front_mut() {
            Some(StreamEvent::MessageStart(event)) => model.clone_into(&mut event.message.model),
            _ => self.model = Some(model.into()),
        }
    }

    /// Lets `watch` watch the events that have not been received yet.
    #[cfg(feature = "policy")]
    pub(crate) fn watch(&mut self, watch: impl Watch + 'static) {
        if let Some(events) = &mut self.events {
            events.watch(Box::new(watch));
        }
    }

    /// Lets the watch that `rewrite` makes of the events that were received ahead replace them and all others,
    /// none of which has been checked. The message is added up from the new events.
    #[cfg(feature = "policy")]
    pub(crate) fn rewrite<W: Watch + 'static>(&mut self, rewrite: impl FnOnce(VecDeque<StreamEvent>) -> W) {
        let held = std::mem::take(&mut self.held);
        self.progress = self.progress.fresh();
        self.watch(rewrite(held));
    }

    /// Returns the events that were received ahead and are still to be read.
    #[cfg(feature = "policy")]
    pub(crate) fn held_events(&self) -> impl Iterator<Item = &StreamEvent> {
        self.held.iter()
    }

    /// Stops adding the events up to a message, and keeps nothing of it, for whoever needs neither
    /// [`usage`](Self::usage) nor the partial message of an error.
    #[cfg(feature = "server")]
    pub(crate) fn without_message(mut self) -> Self {
        self.progress = self.progress.without_message();
        self
    }

    /// Drops the headers of the HTTP response that the stream came with.
    #[cfg(feature = "server")]
    pub(crate) fn clear_headers(&mut self) {
        self.headers = HeaderMap::new();
    }

    /// Stops adding the events up to a message.
    ///
    /// This saves time and memory if the events are only forwarded. Their order is still checked, and the
    /// stream still fails if it ends before `message_stop`; an error then carries the message of
    /// `message_start`, without content. Tool inputs are not checked. [`ready`](Self::ready) and
    /// [`usage`](Self::usage) work as before, while [`next_update`](Self::next_update) returns nothing but
    /// events, because there is no message to borrow from.
    #[must_use]
    pub fn without_accumulation(mut self) -> Self {
        self.progress = self.progress.without_accumulation();
        self
    }
}

impl From<Message> for MessageStream {
    /// Creates a stream of the events that [`replay`] makes of the message.
    fn from(message: Message) -> Self {
        Self::new(stream::iter(replay(message).map(Ok)))
    }
}

impl fmt::Debug for MessageStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageStream")
            .field("request_id", &self.request_id())
            .field("message", &self.message())
            .finish_non_exhaustive()
    }
}
