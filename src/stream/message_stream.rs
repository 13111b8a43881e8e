//! A streamed message.

use std::error::Error as StdError;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::{Stream, stream};
use http::HeaderMap;

use super::accumulate_error::AccumulateError;
use super::decode::EventDecoder;
use super::deviation::Deviation;
use super::from_bytes::FromBytes;
use super::progress::{Events, Progress};
use super::replay::replay;
use super::writer::{EventWriter, Finished};
use super::written::Written;
use crate::error::{ApiError, Error};
use crate::types::Message;
use crate::types::events::StreamEvent;

type BoxEvents = Pin<Box<Events>>;

/// The number of events in a row after which the stream lets other tasks of the runtime run.
const MAX_EVENTS_IN_A_ROW: u8 = 128;

/// A streamed message: its events as they arrive, and the message that they add up to.
///
/// `Client::stream_message` returns a stream, and a handler may return one as its reply. Create one with
/// [`from_writer`](Self::from_writer) to write a message piece by piece, with
/// [`from_bytes`](Self::from_bytes) from the body of an HTTP response, or with `From<Message>` from a whole
/// message.
///
/// Read the events with [`next`](Self::next), or through the [`Stream`] impl. [`message`](Self::message)
/// returns the message received so far at any time, and [`into_message`](Self::into_message) returns the
/// whole message at the end. [`text_stream`](Self::text_stream) yields nothing but the text, and
/// [`final_message`](Self::final_message) waits for the whole message.
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
/// If the future of [`next`](Self::next) is dropped before it is ready, no event is lost. Dropping the stream
/// stops the work behind it: a client's stream closes its connection unless the HTTP response has ended, and
/// a written stream drops the future that writes.
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
/// that adds nothing for 100,000 events ends with an error of the kind `TooLarge`. If events are always ready,
/// [`next`](Self::next) lets other tasks run from time to time; the [`Stream`] impl leaves that to its user.
pub struct MessageStream {
    /// `None` once the stream has ended.
    events: Option<BoxEvents>,
    progress: Progress,
    /// The number of events since the stream was last not ready.
    in_a_row: u8,
    /// The number of events after `message_stop`.
    after_stop: u8,
    /// Whether a client received the stream from an upstream. Its events end soon after `message_stop`, so
    /// that their end can be waited for.
    from_upstream: bool,
    /// The number of the attempt of the call that the stream comes from; 0 if it comes from no call.
    attempts: u32,
    headers: HeaderMap,
}

impl MessageStream {
    /// Creates a stream from a stream of events.
    pub fn new(events: impl Stream<Item = Result<StreamEvent, Error>> + Send + 'static) -> Self {
        Self {
            events: Some(Box::pin(events)),
            progress: Progress::new(),
            in_a_row: 0,
            after_stop: 0,
            from_upstream: false,
            attempts: 0,
            headers: HeaderMap::new(),
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

    /// Sets the number of the attempt of the call that the stream comes from.
    #[cfg(feature = "client")]
    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Drops the headers of the HTTP response that the stream came with.
    #[cfg(feature = "server")]
    pub(crate) fn clear_headers(&mut self) {
        self.headers = HeaderMap::new();
    }

    /// Returns the headers of the HTTP response that the stream came with; empty if there was none.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the id that the API gave the request, from the header `request-id`.
    pub fn request_id(&self) -> Option<&str> {
        self.headers.get("request-id")?.to_str().ok()
    }

    /// Returns how often a client attempted the call from which the stream comes: 1 if it was not retried, 0 if
    /// the stream comes from no call.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Returns the next event, or `None` once the message is complete or an error was returned.
    ///
    /// # Errors
    ///
    /// The table at [`MessageStream`](Self#errors) lists them.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it is ready, no event is lost.
    pub async fn next(&mut self) -> Option<Result<StreamEvent, Error>> {
        poll_fn(|cx| self.poll_fair(cx)).await
    }

    /// Returns the message received so far; `None` before `message_start` and after
    /// [`without_accumulation`](Self::without_accumulation).
    ///
    /// The input of a tool call is only set once it is complete, and is `{}` until then;
    /// [`partial_input`](Self::partial_input) returns its text so far.
    ///
    /// # Resuming a cancelled stream
    ///
    /// To stop a message early and go on with the conversation, clone the message so far and drop the stream.
    /// [`Message::into_resumable`] then drops what cannot be sent back to the API, and the rest can be appended
    /// to the next request. The same works for the [`partial_message`](Error::partial_message) of an error.
    pub fn message(&self) -> Option<&Message> {
        self.progress.accumulator()?.message()
    }

    /// Returns the text received so far of a tool input that is not complete yet.
    ///
    /// `index` is the position of the block in the content. See
    /// [`Accumulator::partial_input`](crate::stream::Accumulator::partial_input), and
    /// [`Json::parse_partial`](crate::json::Json::parse_partial) for reading the text.
    pub fn partial_input(&self, index: usize) -> Option<&str> {
        self.progress.accumulator()?.partial_input(index)
    }

    /// Returns the faults of the stream that were tolerated so far. Only the first 100 are listed.
    pub fn deviations(&self) -> &[Deviation] {
        self.progress.deviations()
    }

    /// Returns the whole message, once the stream has ended.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Incomplete`](crate::error::ErrorKind::Incomplete) if there was no `message_stop`, or
    /// after [`without_accumulation`](Self::without_accumulation). The error carries the message received so
    /// far.
    pub fn into_message(self) -> Result<Message, Error> {
        match self.progress {
            Progress::Accumulated(accumulator) if accumulator.is_complete() => {
                accumulator.into_message().map_err(Error::from)
            }
            _ => Err(self.annotate(AccumulateError::Incomplete.into())),
        }
    }

    /// Reads the stream to its [end](Self#the-end-of-the-http-response) and returns the whole message.
    ///
    /// # Errors
    ///
    /// When the stream fails or ends early. The error carries the message received so far.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the stream.
    pub async fn final_message(mut self) -> Result<Message, Error> {
        while let Some(event) = self.next().await {
            event?;
        }
        self.into_message()
    }

    /// Stops adding the events up to a message.
    ///
    /// This saves time and memory if the events are only forwarded. Their order is still checked, and the
    /// stream still fails if it ends before `message_stop`; an error then carries the message of
    /// `message_start`, without content. Tool inputs are not checked.
    #[must_use]
    pub fn without_accumulation(mut self) -> Self {
        self.progress = self.progress.without_accumulation();
        self
    }

    /// Polls for the next event, and lets other tasks run from time to time even if events are always ready.
    pub(super) fn poll_fair(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<StreamEvent, Error>>> {
        if self.in_a_row == MAX_EVENTS_IN_A_ROW {
            self.in_a_row = 0;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let event = self.poll_event(cx);
        self.in_a_row = if event.is_ready() { self.in_a_row + 1 } else { 0 };
        event
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<StreamEvent, Error>>> {
        // Events that are skipped must not block the task either.
        for _ in 0..MAX_EVENTS_IN_A_ROW {
            let Some(events) = &mut self.events else { return Poll::Ready(None) };
            if self.progress.is_complete() {
                let error = match self.progress.poll_end(events.as_mut(), &mut self.after_stop, cx) {
                    Poll::Ready(error) => error,
                    Poll::Pending if self.from_upstream => return Poll::Pending,
                    Poll::Pending => None,
                };
                self.events = None;
                return Poll::Ready(error.map(|error| Err(self.failed(error))));
            }
            let error = match ready!(events.as_mut().poll_next(cx)) {
                Some(Ok(event)) => match self.progress.accept(&event) {
                    Ok(true) => return Poll::Ready(Some(Ok(event))),
                    Ok(false) => continue,
                    Err(error) => error,
                },
                Some(Err(error)) => error,
                None => AccumulateError::Incomplete.into(),
            };
            self.events = None;
            return Poll::Ready(Some(Err(self.failed(error))));
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Returns the error of a stream that has failed, and reports it if the stream comes from a call.
    #[cold]
    fn failed(&self, error: Error) -> Error {
        let error = self.annotate(error);
        #[cfg(feature = "tracing")]
        if self.attempts > 0 {
            error.report();
        }
        error
    }

    /// Adds the message so far and the headers to an error, unless it has some already.
    #[cold]
    fn annotate(&self, mut error: Error) -> Error {
        if error.partial_message().is_none() {
            error = error.with_partial(self.progress.partial().cloned());
        }
        if self.progress.has_content() {
            error = error.mark_content_received();
        }
        if error.headers().is_empty() {
            error = error.with_headers(self.headers.clone());
        }
        if error.attempts() == 0 {
            error = error.with_attempts(self.attempts, None);
        }
        if self.from_upstream { error.mark_from_upstream() } else { error }
    }
}

impl From<Message> for MessageStream {
    /// Creates a stream of the events that [`replay`] makes of the message.
    fn from(message: Message) -> Self {
        Self::new(stream::iter(replay(message).map(Ok)))
    }
}

impl Stream for MessageStream {
    type Item = Result<StreamEvent, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_event(cx)
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
