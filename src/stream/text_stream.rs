//! The text of a streamed message.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::Stream;

use super::message_stream::MessageStream;
use crate::error::Error;
use crate::types::Message;

/// The text of a [`MessageStream`], piece by piece, without its other events.
///
/// [`MessageStream::text_stream`] returns it. The pieces are those of the text deltas, in order; nothing
/// marks where one text block ends and the next begins. Dropping a `TextStream` drops the message stream.
///
/// ```
/// use messages_api::{ContentBlock, Message, MessageStream, Usage};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), messages_api::Error> {
/// # let content = vec![ContentBlock::text("Hello")];
/// # let stream = MessageStream::from(Message::new("msg_01", "claude-sonnet-5", content, Usage::new(1, 1)));
/// // let stream = client.stream_message(&request).await?;
/// let mut text = stream.text_stream();
/// while let Some(piece) = text.next().await {
///     print!("{}", piece?);
/// }
/// println!(" ({} tokens)", text.into_message()?.usage.output_tokens);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TextStream(MessageStream);

impl MessageStream {
    /// Converts the stream into one that yields only the text, piece by piece.
    pub fn text_stream(self) -> TextStream {
        TextStream(self)
    }
}

impl TextStream {
    /// Returns the next piece of text, or `None` once the message is complete. A piece is never empty.
    ///
    /// # Errors
    ///
    /// Those of [`MessageStream`]. The error is the last item.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it is ready, no text is lost.
    pub async fn next(&mut self) -> Option<Result<String, Error>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// Returns the whole message, once the stream has ended.
    ///
    /// # Errors
    ///
    /// Those of [`MessageStream::into_message`].
    pub fn into_message(self) -> Result<Message, Error> {
        self.0.into_message()
    }
}

impl Stream for TextStream {
    type Item = Result<String, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match ready!(self.0.poll_fair(cx)) {
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
