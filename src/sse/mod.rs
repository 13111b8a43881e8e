//! An encoder and a decoder for server-sent events, the format in which messages are streamed.
//!
//! Most programs do not need this module: [`stream`](crate::stream) reads and writes the events of a message
//! and is built on top of it. Use the codec itself to forward frames without parsing their payload, or for an
//! event stream of some other API.
//!
//! The codec does no I/O. A [`Decoder`] is given the chunks of a response body as they arrive and returns
//! each [`FrameRef`] as soon as the blank line that ends it has been seen; [`decode`] does the same for input
//! that is already in memory. An [`Encoder`] appends [`FrameFields`] to a buffer of the caller.
//!
//! Decoding follows WHATWG HTML, section 9.2 ("Server-sent events"), to the letter: every input decodes,
//! invalid UTF-8 becomes U+FFFD, and the only errors are the two size limits of the decoder. Encoding never
//! lets a line break in a payload start a field of its own.
//!
//! ```
//! use bytes::{Bytes, BytesMut};
//! use messages_api::sse::{Decoder, Encoder, FrameFields};
//!
//! let encoder = Encoder::new();
//! let mut body = BytesMut::new();
//! encoder.encode(FrameFields::new("42 %").event("progress"), &mut body)?;
//! encoder.encode(FrameFields::new("done\nat noon"), &mut body)?;
//! assert_eq!(body, "event: progress\ndata: 42 %\n\ndata: done\ndata: at noon\n\n");
//!
//! let mut decoder = Decoder::new();
//! let mut frames = Vec::new();
//! for chunk in body.chunks(16) {
//!     decoder.push(Bytes::copy_from_slice(chunk));
//!     while let Some(frame) = decoder.next()? {
//!         frames.push(frame.into_owned());
//!     }
//! }
//! assert!(!decoder.finish(), "the stream ends between two frames");
//! assert_eq!((frames[0].event(), frames[0].data()), ("progress", "42 %"));
//! assert_eq!((frames[1].event(), frames[1].data()), ("message", "done\nat noon"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod block;
mod decoder;
mod encoder;
mod error;
mod frame;
mod head;
mod line;
mod machine;
mod slice;

pub use decoder::Decoder;
pub use encoder::{Encoder, FrameFields};
pub use error::{DecodeError, EncodeError};
pub use frame::{Frame, FrameRef};
pub use slice::{Decode, decode};
