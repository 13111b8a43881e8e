//! Streamed messages: reading them, writing them, and converting between bytes, events and messages.
//!
//! A message is streamed as a sequence of events. `message_start` comes first; then, for each block of the
//! content, `content_block_start`, some deltas and `content_block_stop`; then `message_delta` with the stop
//! reason and the usage; and finally `message_stop`. Most programs need two types:
//!
//! - [`MessageStream`] reads a streamed message. `Client::stream_message` returns one.
//! - [`EventWriter`] writes one piece by piece, usually in a handler. [`MessageStream::from_writer`] provides
//!   it.
//!
//! The other items are for programs with a transport of their own. None of them does I/O.
//!
//! | from | to | by |
//! |---|---|---|
//! | bytes | events | [`EventDecoder`] |
//! | events | bytes | [`encode_event`] |
//! | events | a message | [`Accumulator`] |
//! | a message | events | [`replay()`] |
//! | events | events in an order that every client understands | [`Checker`] |
//!
//! The events themselves are in [`types::events`](crate::types::events).
//!
//! # Reading a stream
//!
//! Each event is returned as soon as it has arrived, and the stream itself keeps the message:
//!
//! ```
//! use messages_api::{Error, Message, MessageStream};
//!
//! async fn print(mut stream: MessageStream) -> Result<Message, Error> {
//!     while let Some(event) = stream.next().await {
//!         if let Some(text) = event?.text_delta() {
//!             print!("{text}");
//!         }
//!     }
//!     stream.into_message() // content, stop reason and usage
//! }
//! #
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! #     let content = vec![messages_api::ContentBlock::text("Hello!")];
//! #     let usage = messages_api::Usage::new(12, 3);
//! #     let message = Message::new("msg_01", "claude-sonnet-5", content, usage);
//! #     assert_eq!(print(MessageStream::from(message.clone())).await.unwrap(), message);
//! # }
//! ```
//!
//! A program that shows more than text reads [`Update`]s, which lend what the message has become: the whole
//! text, thinking or tool input so far, each block once it is complete, and the message at the end.
//! [`MessageStream::next_update`] returns them.
//!
//! # Writing a stream
//!
//! The writer adds the events around the content, so only the content has to be written:
//!
//! ```
//! use messages_api::{Message, MessageDeltaUsage, MessageStream, StopReason, Usage};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), messages_api::Error> {
//! let message = Message::new("msg_01", "claude-sonnet-5", vec![], Usage::new(12, 0));
//! let stream = MessageStream::from_writer(message, |mut writer| async move {
//!     writer.text("Once upon ").await;
//!     writer.text("a time.").await;
//!     Ok(writer.finish(StopReason::EndTurn, MessageDeltaUsage::new(6)).await)
//! });
//! assert_eq!(stream.final_message().await?.text(), "Once upon a time.");
//! # Ok(())
//! # }
//! ```
//!
//! # A stream that is cut off
//!
//! A stream that ends before `message_stop` never passes for a complete message. It fails with an
//! [`Error`](crate::error::Error): of the kind [`Incomplete`](crate::error::ErrorKind::Incomplete) if the
//! connection closed, and of another kind after a timeout or an `error` event. Whatever the kind, its
//! [`partial_message`](crate::error::Error::partial_message) contains everything that has arrived.
//!
//! To go on from there, send the part back as the model's turn.
//! [`Message::into_resumable`](crate::types::Message::into_resumable) drops what the API would reject, such as
//! thinking that has no signature yet:
//!
//! ```
//! use messages_api::stream::replay;
//! use messages_api::{ContentBlock, CreateMessageRequest, ErrorKind, Message, MessageStream, Usage};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let request = CreateMessageRequest::new("claude-sonnet-5", 1024).user("Tell me a story.");
//! let content = vec![ContentBlock::text("Once upon a time."), ContentBlock::text("The end.")];
//! let message = Message::new("msg_01", "claude-sonnet-5", content, Usage::new(12, 9));
//! // `message_start` and the first block, then the connection closes.
//! let events = replay(message).take(4).map(Ok);
//!
//! let stream = MessageStream::new(futures::stream::iter(events));
//! let error = stream.final_message().await.unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::Incomplete);
//!
//! let part = error.partial_message().cloned().map(Message::into_resumable);
//! let request = match part.filter(|part| !part.content.is_empty()) {
//!     Some(part) => request.message(part).user("Go on where you stopped."),
//!     None => request, // nothing arrived: the same request again
//! };
//! assert_eq!(request.messages[1].content.to_text(), "Once upon a time.");
//! # }
//! ```

mod accumulate_error;
mod accumulator;
mod canonical;
mod check;
mod check_end;
mod decode;
mod deviation;
mod encode;
mod from_bytes;
mod halves;
mod handover;
mod head;
mod merge;
mod message_stream;
mod open_block;
mod order;
mod polling;
mod progress;
mod reading;
mod replay;
mod size;
mod text_stream;
mod update;
#[cfg(feature = "policy")]
mod watch;
mod watched_events;
mod writer;
mod written;

pub use accumulate_error::AccumulateError;
pub use accumulator::Accumulator;
pub use check::{Checked, Checker, check};
#[cfg(feature = "server")]
pub(crate) use check_end::default_stop_reason;
pub use decode::{EventDecoder, EventError};
pub use deviation::Deviation;
pub use encode::encode_event;
#[cfg(feature = "client")]
pub(crate) use from_bytes::{Decode, FromBytes};
#[cfg(feature = "policy")]
pub(crate) use message_stream::Item;
pub use message_stream::MessageStream;
#[cfg(feature = "server")]
pub(crate) use open_block::fill_message;
#[cfg(feature = "policy")]
pub(crate) use progress::is_content;
pub use replay::replay;
#[cfg(feature = "policy")]
pub(crate) use replay::{content_events, split};
#[cfg(feature = "policy")]
pub(crate) use size::size_of_held;
pub use text_stream::TextStream;
pub use update::Update;
#[cfg(feature = "policy")]
pub(crate) use watch::{Wants, Watch, Within};
pub use writer::{EventWriter, Finished, ToolInputWriter};
