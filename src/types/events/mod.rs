//! The events of a streamed message.
//!
//! A stream consists of [`StreamEvent`]s in this order:
//!
//! 1. [`MessageStartEvent`]: the message without its content.
//! 2. For each block of the content: a [`ContentBlockStartEvent`], any number of [`ContentBlockDeltaEvent`]s,
//!    and a [`ContentBlockStopEvent`]. The `index` of these events is the position of the block in the
//!    content.
//! 3. [`MessageDeltaEvent`], usually one: the stop reason and the final token counts.
//! 4. [`MessageStopEvent`].
//!
//! A [`PingEvent`] may occur anywhere, and so may an error, which ends the stream. Ignore events, blocks and
//! deltas of unknown types, which may occur at any time as well.
//!
//! Few programs handle all of this themselves. [`MessageStream`](crate::stream::MessageStream) reads the
//! events, checks their order and assembles the message; a program then only picks out the parts that it
//! shows immediately, as below. [`EventWriter`](crate::stream::EventWriter) writes them in the right order.
//! Both are in [`stream`](crate::stream).
//!
//! ```
//! use messages_api::StreamEvent;
//!
//! # let mut shown = String::new();
//! let stream = [
//!     r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
//!     r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Let me "}}"#,
//!     r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"look."}}"#,
//!     r#"{"type":"content_block_stop","index":0}"#,
//! ];
//! for json in stream {
//!     let event: StreamEvent = serde_json::from_str(json)?;
//!     if let Some(text) = event.text_delta() {
//!         print!("{text}");
//! #       shown.push_str(text);
//!     } else if let Some(thinking) = event.thinking_delta() {
//!         eprint!("{thinking}");
//!     }
//! }
//! # assert_eq!(shown, "Let me look.");
//! # Ok::<(), serde_json::Error>(())
//! ```

mod delta;
mod event;

pub use delta::{
    CitationsDelta, CompactionDelta, ContentBlockDelta, InputJsonDelta, SignatureDelta, TextDelta,
    ThinkingDelta,
};
pub use event::{
    ContentBlockDeltaEvent, ContentBlockStartEvent, ContentBlockStopEvent, MessageDelta, MessageDeltaEvent,
    MessageStartEvent, MessageStopEvent, PingEvent, StreamEvent,
};
