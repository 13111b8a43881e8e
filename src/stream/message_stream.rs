//! A streamed answer.

use std::error::Error as StdError;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::{Stream, stream};
use http::HeaderMap;

use super::from_bytes::FromBytes;
use super::written::Written;
use super::{AccumulateError, Accumulator, EventDecoder, EventWriter, Finished, replay};
use crate::error::{ApiError, Error};
use crate::types::Message;
use crate::types::events::StreamEvent;

type BoxEvents = Pin<Box<dyn Stream<Item = Result<StreamEvent, Error>> + Send>>;

/// A streamed answer: its events as they come, and the message they add up to.
///
/// The stream ends after `message_stop`, or with one error: an `error` event
/// becomes [`ErrorKind::Api`](crate::error::ErrorKind::Api), an end without `message_stop` becomes
/// [`ErrorKind::Incomplete`](crate::error::ErrorKind::Incomplete), and both carry the message received so far.
///
/// # Cancel safety
///
/// [`next`](Self::next) may be dropped and called again: nothing is lost.
/// Dropping the stream stops the work behind it: a client closes the
/// connection, and a handler's future is dropped.
///
/// ```
/// use messages_api::{ContentBlock, Message, MessageStream, Usage};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), messages_api::Error> {
/// // A client returns one; here it is made of a whole message.
/// let mut stream = MessageStream::from(Message::new(
///     "msg_01",
///     "claude-sonnet-5",
///     vec![ContentBlock::text("hi")],
///     Usage::new(12, 3),
/// ));
/// while let Some(event) = stream.next().await {
///     if let Some(text) = event?.text_delta() {
///         println!("{text}");
///     }
/// }
/// assert_eq!(stream.into_message()?.text(), "hi");
/// # Ok(())
/// # }
/// ```
pub struct MessageStream {
    /// None once the stream has ended.
    events: Option<BoxEvents>,
    progress: Progress,
    complete: bool,
    /// A client got it from its peer.
    from_upstream: bool,
    headers: HeaderMap,
}

/// What is known of the message.
enum Progress {
    /// All so far.
    Message(Accumulator),
    /// What it began as: nothing is added up.
    Start(Option<Box<Message>>),
}

impl MessageStream {
    /// A stream of `events`.
    pub fn new(events: impl Stream<Item = Result<StreamEvent, Error>> + Send + 'static) -> Self {
        Self {
            events: Some(Box::pin(events)),
            progress: Progress::Message(Accumulator::new()),
            complete: false,
            from_upstream: false,
            headers: HeaderMap::new(),
        }
    }

    /// A stream of the events in a stream of bytes, such as the body of an
    /// HTTP response.
    ///
    /// A chunk is read when the events of the one before are out. An error of
    /// `bytes` becomes [`ErrorKind::Transport`](crate::error::ErrorKind::Transport), unless it is an [`Error`]
    /// already, and one of `decoder` [`ErrorKind::Protocol`](crate::error::ErrorKind::Protocol) or
    /// [`ErrorKind::TooLarge`](crate::error::ErrorKind::TooLarge).
    ///
    /// ```
    /// use futures::stream;
    /// use messages_api::{ErrorKind, MessageStream};
    /// use messages_api::stream::EventDecoder;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let chunks = ["event: ping\nda", "ta: {\"type\":\"ping\"}\n\n"];
    /// let mut stream = MessageStream::from_bytes(stream::iter(chunks.map(Ok::<_, std::io::Error>)), EventDecoder::new());
    /// assert!(stream.next().await.is_some_and(|event| event.is_ok()));
    /// let error = stream.final_message().await.expect_err("there is no message_stop");
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

    /// A stream of what `write` writes into its [`EventWriter`].
    ///
    /// The answer begins as `message`, whose content is sent first, if it has
    /// any. The future that `write` returns runs while the stream is read; an
    /// error that it returns becomes the error of the stream, and dropping
    /// the stream drops the future.
    ///
    /// ```
    /// use messages_api::{Json, Message, MessageDeltaUsage, MessageStream, StopReason, Usage};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), messages_api::Error> {
    /// let message = Message::new("msg_01", "claude-sonnet-5", vec![], Usage::new(12, 0));
    /// let stream = MessageStream::from_writer(message, |mut writer| async move {
    ///     writer.thinking("the user wants ").await;
    ///     writer.thinking("the weather").await;
    ///     writer.text("Let me look.").await;
    ///     writer.tool_use("toolu_01", "get_weather", Json::empty_object()).await;
    ///     Ok(writer.finish(StopReason::ToolUse, MessageDeltaUsage::new(20)).await)
    /// });
    /// let message = stream.final_message().await?;
    /// assert_eq!(message.content.len(), 3);
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

    /// Sets the headers that the answer came with.
    #[must_use]
    pub fn with_headers(mut self, headers: HeaderMap) -> Self {
        self.headers = headers;
        self
    }

    /// Limits about how many bytes of JSON the message may hold: see
    /// [`Accumulator::max_bytes`]. Events that are not added up do not count.
    #[must_use]
    pub fn max_message_bytes(mut self, bytes: usize) -> Self {
        if let Progress::Message(accumulator) = self.progress {
            self.progress = Progress::Message(accumulator.max_bytes(bytes));
        }
        self
    }

    /// Notes that a client got it from its peer.
    #[cfg(feature = "client")]
    pub(crate) fn mark_from_upstream(mut self) -> Self {
        self.from_upstream = true;
        self
    }

    /// The headers that the answer came with.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Names the request at the peer, from the header `request-id`.
    pub fn request_id(&self) -> Option<&str> {
        self.headers.get("request-id")?.to_str().ok()
    }

    /// The next event; `None` when the answer is complete.
    pub async fn next(&mut self) -> Option<Result<StreamEvent, Error>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// The message so far; `None` before `message_start` and after
    /// [`without_accumulation`](Self::without_accumulation). The input of a tool stays `{}` until all of
    /// it is there.
    pub fn message(&self) -> Option<&Message> {
        match &self.progress {
            Progress::Message(accumulator) => accumulator.message(),
            Progress::Start(_) => None,
        }
    }

    /// The text so far of a tool's input that is not whole yet: see
    /// [`Accumulator::partial_input`].
    pub fn partial_input(&self, index: usize) -> Option<&str> {
        match &self.progress {
            Progress::Message(accumulator) => accumulator.partial_input(index),
            Progress::Start(_) => None,
        }
    }

    /// The message, once the stream has ended.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Incomplete`](crate::error::ErrorKind::Incomplete) when it has not ended with `message_stop`, or
    /// was not added up; the error carries the message so far.
    pub fn into_message(self) -> Result<Message, Error> {
        match self.progress {
            Progress::Message(accumulator) if accumulator.is_complete() => {
                accumulator.into_message().map_err(Error::from)
            }
            _ => Err(self.complain(AccumulateError::Incomplete.into())),
        }
    }

    /// Reads the stream to its end and returns the message.
    ///
    /// # Errors
    ///
    /// When the stream fails or ends early; the error carries the message so
    /// far.
    pub async fn final_message(mut self) -> Result<Message, Error> {
        while let Some(event) = self.next().await {
            event?;
        }
        self.into_message()
    }

    /// The same stream without adding up the message and without looking at
    /// the order of its events, for one who only passes them on. An error
    /// carries what `message_start` said.
    #[must_use]
    pub fn without_accumulation(mut self) -> Self {
        if let Progress::Message(accumulator) = &self.progress {
            self.progress = Progress::Start(accumulator.message().cloned().map(Box::new));
        }
        self
    }

    /// Only the text, piece by piece.
    pub fn text_stream(self) -> TextStream {
        TextStream(self)
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<StreamEvent, Error>>> {
        let Some(events) = &mut self.events else { return Poll::Ready(None) };
        if self.complete {
            let error = look_after_stop(events.as_mut(), &mut self.progress, cx);
            self.events = None;
            return Poll::Ready(error.map(|error| Err(self.complain(error))));
        }
        let event = match ready!(events.as_mut().poll_next(cx)) {
            Some(Ok(event)) => self.accept(event),
            Some(Err(error)) => Err(error),
            None => Err(AccumulateError::Incomplete.into()),
        };
        Poll::Ready(Some(event.map_err(|error| {
            self.events = None;
            self.complain(error)
        })))
    }

    fn accept(&mut self, event: StreamEvent) -> Result<StreamEvent, Error> {
        match (&mut self.progress, event) {
            (_, StreamEvent::Error(response)) => Err(ApiError::from(*response).into()),
            (Progress::Message(accumulator), event) => {
                accumulator.push(&event)?;
                self.complete = accumulator.is_complete();
                Ok(event)
            }
            (Progress::Start(start), event) => {
                match &event {
                    StreamEvent::MessageStart(event) if start.is_none() => {
                        *start = Some(Box::new(event.message.clone()));
                    }
                    StreamEvent::MessageStop(_) => self.complete = true,
                    _ => {}
                }
                Ok(event)
            }
        }
    }

    /// Adds to an error what is known of the answer.
    #[cold]
    fn complain(&self, mut error: Error) -> Error {
        let partial = match &self.progress {
            Progress::Message(accumulator) => accumulator.message(),
            Progress::Start(message) => message.as_deref(),
        };
        if error.partial_message().is_none() {
            error = error.with_partial(partial.cloned());
        }
        if error.headers().is_empty() {
            error = error.with_headers(self.headers.clone());
        }
        if self.from_upstream { error.mark_from_upstream() } else { error }
    }
}

/// What is wrong with what follows `message_stop`. Only what has come already
/// is looked at: a peer that keeps the connection open is not waited for, and
/// to have seen the end lets one that does not be used again.
fn look_after_stop(
    mut events: Pin<&mut (dyn Stream<Item = Result<StreamEvent, Error>> + Send)>,
    progress: &mut Progress,
    cx: &mut Context<'_>,
) -> Option<Error> {
    const MAX_EVENTS: usize = 16;

    let Progress::Message(accumulator) = progress else {
        let _ = events.poll_next(cx);
        return None;
    };
    for _ in 0..MAX_EVENTS {
        match events.as_mut().poll_next(cx) {
            Poll::Ready(Some(Ok(event))) => {
                if let Err(error) = accumulator.push(&event) {
                    return Some(error.into());
                }
            }
            // The answer is complete, so the connection may break.
            Poll::Ready(Some(Err(_)) | None) | Poll::Pending => break,
        }
    }
    None
}

impl From<Message> for MessageStream {
    /// The events that the message would have been streamed as.
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

/// The text of a [`MessageStream`], piece by piece.
///
/// ```
/// use messages_api::{ContentBlock, Message, MessageStream, Usage};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), messages_api::Error> {
/// let message = Message::new("msg_01", "claude-sonnet-5", vec![ContentBlock::text("Hello")], Usage::new(1, 1));
/// let mut text = MessageStream::from(message).text_stream();
/// while let Some(piece) = text.next().await {
///     print!("{}", piece?);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TextStream(MessageStream);

impl TextStream {
    /// The next piece of text; `None` when the answer is complete.
    pub async fn next(&mut self) -> Option<Result<String, Error>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// The message, once the stream has ended.
    ///
    /// # Errors
    ///
    /// As [`MessageStream::into_message`].
    pub fn into_message(self) -> Result<Message, Error> {
        self.0.into_message()
    }
}

impl Stream for TextStream {
    type Item = Result<String, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match ready!(self.0.poll_event(cx)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(event)) => {
                    if let Some(text) = event.text_delta().filter(|text| !text.is_empty()) {
                        return Poll::Ready(Some(Ok(text.to_owned())));
                    }
                }
            }
        }
    }
}
