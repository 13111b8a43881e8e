//! Frames ⇄ events ⇄ message.

mod accumulator;
mod decode;
mod encode;
mod from_bytes;
mod message_stream;
mod replay;
mod writer;

pub use accumulator::{AccumulateError, Accumulator};
pub use decode::EventDecoder;
pub use encode::encode_event;
pub use message_stream::{MessageStream, TextStream};
pub use replay::replay;
pub use writer::{EventWriter, Finished, ToolInputWriter};
