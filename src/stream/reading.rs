//! How a streamed message is read.

use std::future::poll_fn;

use super::accumulate_error::AccumulateError;
use super::deviation::Deviation;
use super::message_stream::MessageStream;
use super::progress::Progress;
use crate::error::Error;
use crate::types::Message;
use crate::types::events::StreamEvent;
use crate::types::usage::Usage;

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
}
