//! The bridges to and from Chat Completions.
#![cfg(feature = "openai")]
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic)]

mod kinds;
#[path = "../support/random.rs"]
mod random;
mod stream;
mod whole;
