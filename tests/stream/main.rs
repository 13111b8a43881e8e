//! Events, messages and streams of them.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic)]

mod accumulate;
mod cases;
mod codec;
mod properties;
mod replayed;
mod streamed;
mod written;
