//! A streamed answer.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::Stream;
use http::HeaderMap;

use super::from_bytes::FromBytes;
use super::writer::write;
use super::{Accumulator, EventDecoder, EventWriter, Finished, replay};
use crate::error::{Error, ErrorKind};
use crate::model::{ApiError, Message, StreamEvent};

type BoxEvents = Pin<Box<dyn Stream<Item = Result<StreamEvent, Error>> + Send>>;

/// A streamed answer: its events as they come, and the message they add up to.
///
/// The stream ends after `message_stop`, or with one error: an `error` event
/// becomes [`ErrorKind::Api`], an end without `message_stop` becomes
/// [`ErrorKind::Incomplete`], and both carry the message received so far.
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
/// let message = Message::new("msg_01", "claude-sonnet-5", vec![ContentBlock::text("Hello")], Usage::new(1, 1));
/// let mut stream = MessageStream::from(message);
/// while let Some(event) = stream.next().await {
///     if let Some(text) = event?.text_delta() {
///         print!("{text}");
///     }
/// }
/// assert_eq!(stream.into_message()?.text(), "Hello");
/// # Ok(())
/// # }
/// ```
pub struct MessageStream {
    /// None once the stream has ended.
    events: Option<BoxEvents>,
    accumulator: Option<Accumulator>,
    /// Something of the answer was handed out.
    began: bool,
    complete: bool,
    headers: HeaderMap,
}

impl MessageStream {
    /// A stream of `events`.
    pub fn new(events: impl Stream<Item = Result<StreamEvent, Error>> + Send + 'static) -> Self {
        Self {
            events: Some(Box::pin(events)),
            accumulator: Some(Accumulator::new()),
            began: false,
            complete: false,
            headers: HeaderMap::new(),
        }
    }

    /// The events in a stream of bytes, which `decoder` reads.
    ///
    /// An error of `bytes` becomes [`ErrorKind::Transport`], unless it is an
    /// [`Error`] already.
    pub fn from_bytes<S, B, E>(bytes: S, decoder: EventDecoder) -> Self
    where
        S: Stream<Item = Result<B, E>> + Send + 'static,
        B: Into<Bytes>,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        Self::new(FromBytes::new(bytes, decoder))
    }

    /// An answer that `author` writes, beginning with `start`, whose content
    /// is left out. The future runs as the stream is polled, and is dropped
    /// with it; an error that it ends with ends the stream.
    pub fn write<A, F>(start: Message, author: A) -> Self
    where
        A: FnOnce(EventWriter) -> F,
        F: Future<Output = Result<Finished, ApiError>> + Send + 'static,
    {
        Self::new(write(start, author))
    }

    /// Sets the headers that the answer came with.
    #[must_use]
    pub fn with_headers(mut self, headers: HeaderMap) -> Self {
        self.headers = headers;
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
    /// [`events`](Self::events).
    pub fn message(&self) -> Option<&Message> {
        self.accumulator.as_ref()?.message()
    }

    /// The message, once the stream has ended.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Incomplete`] when it has not ended with `message_stop`;
    /// the error carries the message so far.
    pub fn into_message(self) -> Result<Message, Error> {
        match self.accumulator {
            Some(accumulator) if self.complete => accumulator.into_message().map_err(Error::from),
            accumulator => Err(incomplete(accumulator.as_ref())),
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

    /// The same stream without adding up the message, for one who only passes
    /// events on.
    #[must_use]
    pub fn events(mut self) -> Self {
        self.accumulator = None;
        self
    }

    /// Only the text, piece by piece.
    pub fn text_stream(self) -> TextStream {
        TextStream(self)
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<StreamEvent, Error>>> {
        let Some(events) = &mut self.events else { return Poll::Ready(None) };
        if self.complete {
            // One look at the end lets the connection be used again; a peer
            // that keeps it open is not waited for.
            let _ = events.as_mut().poll_next(cx);
            self.events = None;
            return Poll::Ready(None);
        }
        let event = match ready!(events.as_mut().poll_next(cx)) {
            Some(Ok(StreamEvent::Error(response))) => {
                let partial = self.message().cloned();
                Err(Error::from(ApiError::from(*response)).with_partial(partial))
            }
            Some(Ok(event)) => self.accept(event),
            Some(Err(error)) => Err(error.with_partial(self.message().cloned())),
            None => Err(incomplete(self.accumulator.as_ref())),
        };
        let event = event.map_err(|error| {
            self.events = None;
            let error = error.with_headers(self.headers.clone());
            if self.began { error.after_start() } else { error }
        });
        Poll::Ready(Some(event))
    }

    fn accept(&mut self, event: StreamEvent) -> Result<StreamEvent, Error> {
        if let Some(accumulator) = &mut self.accumulator {
            let added = accumulator.push(&event);
            added.map_err(|error| Error::from(error).with_partial(accumulator.message().cloned()))?;
        }
        self.began |= !matches!(event, StreamEvent::Ping(_));
        self.complete = matches!(event, StreamEvent::MessageStop(_));
        Ok(event)
    }
}

fn incomplete(accumulator: Option<&Accumulator>) -> Error {
    Error::new(ErrorKind::Incomplete, "the stream ended before the answer was complete")
        .with_partial(accumulator.and_then(Accumulator::message).cloned())
}

impl From<Message> for MessageStream {
    /// The events of a whole message.
    fn from(message: Message) -> Self {
        Self::new(futures::stream::iter(replay(message).map(Ok)))
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
