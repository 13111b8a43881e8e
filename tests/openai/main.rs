//! The bridges to OpenAI's Chat Completions.
#![cfg(feature = "openai")]
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "../support/cases.rs"]
mod cases;
#[path = "../support/random.rs"]
mod random;
mod request;
