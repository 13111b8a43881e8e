//! The bridges to OpenAI's Chat Completions.
#![cfg(feature = "openai")]
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic)]

#[path = "../support/cases.rs"]
mod cases;
#[path = "../support/random.rs"]
mod random;

mod kinds;
mod random_streams;
mod request;
mod stream;
mod whole;
