//! The properties that the fuzz targets check.
//!
//! Each property is a function `check` in a module of its own, which panics if
//! the property does not hold. The targets call it, and so does `cargo test`
//! with every stored input. No input is rejected, and most inputs can be read
//! and written in a text editor; README.md has more.

#![allow(clippy::result_large_err)]

pub mod accumulate;
pub mod check;
pub mod event_codec;
pub mod message_stream;
pub mod openai_request;
pub mod openai_stream;
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
