//! Server-sent events: bytes to frames and frames to bytes.
//!
//! The codec does no I/O. A [`Decoder`] is handed the chunks of a response
//! body as they arrive and lends out each [`FrameRef`] as soon as the blank
//! line that ends it has been seen; [`decode`] does the same for input that is
//! already in memory. An [`Encoder`] writes [`FrameFields`] into a buffer of
//! the caller's.
//!
//! Decoding follows WHATWG HTML, section 9.2 ("Server-sent events"), to the
//! letter: every input decodes, invalid UTF-8 becomes U+FFFD, and the only
//! errors are the two size limits of the decoder. Encoding never lets a line
//! break in a payload start a field of its own.

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
