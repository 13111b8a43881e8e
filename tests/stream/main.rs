//! Events, messages and the streams of them.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic)]

#[path = "../support/cases.rs"]
mod cases;
mod common;
#[path = "../support/random.rs"]
mod random;

mod accumulate;
mod check;
mod check_gaps;
mod codec;
mod conformance;
mod deviating;
mod ends;
mod inventory;
mod properties;
mod ready;
mod replayed;
mod streamed;
mod updates;
mod written;
