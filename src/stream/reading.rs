//! How a streamed message is read.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::Stream;

use super::accumulate_error::AccumulateError;
use super::deviation::Deviation;
use super::message_stream::MessageStream;
use super::progress::Progress;
use crate::error::Error;
use crate::types::Message;
use crate::types::events::StreamEvent;
use crate::types::usage::Usage;

/// The number of events in a row after which the stream lets other tasks of the runtime run.
const MAX_EVENTS_IN_A_ROW: u8 = 128;

type Item = Option<Result<StreamEvent, Error>>;

impl MessageStream {
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

    /// Waits until the content of the message begins, that is for the first event that is neither
    /// `message_start` nor `ping`.
    ///
    /// Until then nobody has seen anything of the message, so a program that calls several models or servers
    /// can still turn to the next one. [`Error::is_retryable`] returns `true` for an overloaded server, a
    /// connection that broke, and a stream that ended: the usual rules apply, as no content has been received.
    ///
    /// Nothing is lost: afterwards the stream yields all events from the start, except for pings. Only
    /// [`message`](Self::message) and [`usage`](Self::usage) include what has been received by now. Once
    /// content has arrived or the message is complete, the method returns at once.
    ///
    /// ```
    /// use messages_api::{Error, MessageStream};
    ///
    /// /// Returns the first stream, unless it fails before it has any content.
    /// async fn first_of(
    ///     mut first: MessageStream,
    ///     other: impl Future<Output = Result<MessageStream, Error>>,
    /// ) -> Result<MessageStream, Error> {
    ///     match first.ready().await {
    ///         Ok(()) => Ok(first),
    ///         Err(error) if error.is_retryable() => other.await,
    ///         Err(error) => Err(error),
    ///     }
    /// }
    /// # use messages_api::{ApiError, ContentBlock, ErrorType, Message, Usage};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # let overloaded = ApiError::new(ErrorType::Overloaded, "Overloaded");
    /// # let first = MessageStream::new(futures::stream::iter([Err(overloaded.into())]));
    /// # let message = Message::new("msg_01", "m", vec![ContentBlock::text("Hello!")], Usage::new(1, 1));
    /// # let stream = first_of(first, async { Ok(message.into()) }).await.unwrap();
    /// # assert_eq!(stream.final_message().await.unwrap().text(), "Hello!");
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`next`](Self::next), and [`ErrorKind::Incomplete`](crate::error::ErrorKind::Incomplete) if
    /// the stream ended before. The stream has then ended.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it is ready, the pings received so far are lost, but no other event.
    pub async fn ready(&mut self) -> Result<(), Error> {
        poll_fn(|cx| self.poll_begun(cx)).await
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

    /// Returns the token counts that the stream has reported so far; `None` before `message_start`.
    ///
    /// The counts of the input are known from `message_start` on. Those of the output are cumulative, but the
    /// API reports them with `message_delta`, after the content: until then `output_tokens` is the small number
    /// in `message_start`. This method estimates nothing. While the model thinks, the API may report an
    /// estimate of its own, which [`Update::Thinking`](crate::stream::Update::Thinking) passes on.
    ///
    /// After [`without_accumulation`](Self::without_accumulation), `message_delta` events update only the
    /// tokens of the input, of the cache and of the output.
    ///
    /// ```
    /// use messages_api::{Message, MessageDeltaUsage, MessageStream, StopReason, Usage};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), messages_api::Error> {
    /// # let message = Message::new("msg_01", "claude-sonnet-5", vec![], Usage::new(12, 1));
    /// # let mut stream = MessageStream::from_writer(message, |mut writer| async move {
    /// #     writer.text("Hello!").await;
    /// #     Ok(writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(3)).await)
    /// # });
    /// // let mut stream = client.stream_message(&request).await?;
    /// stream.ready().await?;
    /// println!("{} tokens of input", stream.usage().map_or(0, Usage::total_input_tokens));
    /// while let Some(event) = stream.next().await {
    ///     event?;
    /// }
    /// assert_eq!(stream.usage().map(|usage| usage.output_tokens), Some(3));
    /// # Ok(())
    /// # }
    /// ```
    pub fn usage(&self) -> Option<&Usage> {
        self.progress.partial().map(|message| &message.usage)
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

    /// Polls for the next event, and lets other tasks run from time to time even if events are always ready.
    pub(super) fn poll_fair(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<StreamEvent, Error>>> {
        if self.must_yield(cx) { Poll::Pending } else { self.poll_event(cx) }
    }

    /// Returns `true` if other tasks are to run before the next event. The task is then woken after them.
    fn must_yield(&mut self, cx: &mut Context<'_>) -> bool {
        let is_due = self.in_a_row >= MAX_EVENTS_IN_A_ROW;
        if is_due {
            self.in_a_row = 0;
            cx.waker().wake_by_ref();
        }
        is_due
    }

    /// Polls until content has begun. Holds the events that come before back, and the first of the content.
    fn poll_begun(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        loop {
            let holds_content = !matches!(self.held.back(), None | Some(StreamEvent::MessageStart(_)));
            if holds_content || self.progress.has_content() || self.progress.is_complete() {
                return Poll::Ready(Ok(()));
            }
            if self.must_yield(cx) {
                return Poll::Pending;
            }
            let error = match ready!(self.poll_new(cx)) {
                Some(Ok(StreamEvent::Ping(_))) => continue,
                Some(Ok(event)) => {
                    self.held.push_back(event);
                    continue;
                }
                Some(Err(error)) => error,
                None => self.annotate(AccumulateError::Incomplete.into()),
            };
            self.held.clear();
            if let Some(hooks) = &mut self.hooks {
                hooks.see(Err(&error));
            }
            return Poll::Ready(Err(error));
        }
    }

    /// Polls for the next event, of which the hooks take note.
    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Item> {
        if self.held.is_empty() && self.hooks.is_none() {
            return self.poll_accepted(cx);
        }
        let event = match self.held.pop_front() {
            Some(event) => Poll::Ready(Some(Ok(event))),
            None => self.poll_new(cx),
        };
        if let (Some(hooks), Poll::Ready(Some(event))) = (&mut self.hooks, &event) {
            hooks.see(event.as_ref());
        }
        event
    }

    /// Polls for an event that is not held.
    fn poll_new(&mut self, cx: &mut Context<'_>) -> Poll<Item> {
        if self.hooks.is_none() {
            return self.poll_accepted(cx);
        }
        self.set_polled(true);
        let event = self.poll_accepted(cx);
        self.set_polled(false);
        event
    }

    fn set_polled(&mut self, is_polled: bool) {
        if let Some(hooks) = &mut self.hooks {
            hooks.set_polled(is_polled);
        }
    }

    fn poll_accepted(&mut self, cx: &mut Context<'_>) -> Poll<Item> {
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
                let error = error.map(|error| Err(self.failed(error)));
                #[cfg(feature = "tracing")]
                drop(self.span.take());
                return Poll::Ready(error);
            }
            let mut polled = events.as_mut().poll_next(cx);
            // An event is large, so it is looked at where it is, and moved once.
            let error = match &mut polled {
                Poll::Ready(Some(Ok(event))) => {
                    self.in_a_row = self.in_a_row.saturating_add(1);
                    if let StreamEvent::MessageStart(event) = event {
                        if let Some(model) = self.model.take() {
                            event.message.model = model.into();
                        }
                    }
                    match self.progress.accept(event) {
                        Ok(true) => return polled,
                        Ok(false) => continue,
                        Err(error) => error,
                    }
                }
                Poll::Pending => {
                    self.in_a_row = 0;
                    return Poll::Pending;
                }
                Poll::Ready(end) => match end.take() {
                    Some(Err(error)) => error,
                    _ => AccumulateError::Incomplete.into(),
                },
            };
            self.events = None;
            return Poll::Ready(Some(Err(self.failed(error))));
        }
        self.in_a_row = 0;
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Returns the error of a stream that has failed, and reports it if the stream comes from a call.
    #[cold]
    fn failed(&mut self, error: Error) -> Error {
        let error = self.annotate(error);
        #[cfg(feature = "tracing")]
        {
            if let Some(span) = self.span.take() {
                error.record_in(&span);
            }
            if self.attempts > 0 {
                error.report();
            }
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

impl Stream for MessageStream {
    type Item = Result<StreamEvent, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_event(cx)
    }
}
