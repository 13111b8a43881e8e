//! The bridges to and from OpenAI's Chat Completions.
#![cfg(feature = "openai")]
#![allow(clippy::unwrap_used)]

#[cfg(all(feature = "client", feature = "server"))]
mod bridge;
mod errors;
#[cfg(all(feature = "client", feature = "server"))]
#[allow(dead_code)]
#[path = "../transport/script.rs"]
mod script;
