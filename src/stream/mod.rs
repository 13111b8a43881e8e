//! Frames ⇄ events ⇄ message.

mod accumulator;
mod message_stream;

pub use accumulator::Accumulator;
pub use message_stream::{MessageStream, TextStream};
