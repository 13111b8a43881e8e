//! The properties that the fuzz targets check, one function each, so that the
//! same inputs also run in a plain `cargo test`.
//!
//! A `check` panics when its property does not hold and says nothing
//! otherwise. Every input means something: there is none to turn down, and
//! what an input says can be read in a text editor (see README.md).

#![allow(clippy::result_large_err)]

pub mod accumulate;
pub mod event_codec;
pub mod message_stream;
pub mod partial_input;
pub mod request_json;
pub mod sse_chunks;
pub mod sse_decode;
pub mod sse_encode;
pub mod writer;

mod chunks;
mod events;
mod json;
#[path = "../../tests/sse/reference.rs"]
mod reference;
#[cfg(test)]
mod replay;
