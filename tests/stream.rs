//! Events, messages and streams of them.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic)]

#[path = "stream/accumulate.rs"]
mod accumulate;
#[path = "stream/cases.rs"]
mod cases;
#[path = "stream/codec.rs"]
mod codec;
#[path = "stream/properties.rs"]
mod properties;
#[path = "stream/replayed.rs"]
mod replayed;
#[path = "stream/streamed.rs"]
mod streamed;
#[path = "stream/written.rs"]
mod written;
