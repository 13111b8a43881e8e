//! Frames ⇄ events ⇄ message.
//!
//! [`EventDecoder`] and [`encode_event`] turn frames into events and back,
//! [`Accumulator`] and [`replay`] turn events into a message and back, an
//! [`EventWriter`] writes an answer piece by piece, and a [`MessageStream`]
//! is any of these as a stream.

mod accumulate_error;
mod accumulator;
mod canonical;
mod decode;
mod encode;
mod from_bytes;
mod merge;
mod message_stream;
mod raw_object;
mod replay;
mod writer;
mod written;

pub use accumulate_error::AccumulateError;
pub use accumulator::Accumulator;
pub use decode::{EventDecoder, EventError};
pub use encode::encode_event;
pub use message_stream::{MessageStream, TextStream};
pub use replay::replay;
pub use writer::{EventWriter, Finished, ToolInputWriter};
