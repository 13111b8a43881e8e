//! The bridges to and from OpenAI's Chat Completions.
#![cfg(feature = "openai")]
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic)]

#[cfg(all(feature = "client", feature = "server"))]
mod bridge;
#[cfg(all(feature = "client", feature = "server"))]
mod bridge_errors;
#[path = "../support/cases.rs"]
mod cases;
mod errors;
#[cfg(feature = "server")]
mod facade;
mod kinds;
#[path = "../support/random.rs"]
mod random;
mod random_streams;
mod request;
#[cfg(all(feature = "client", feature = "server"))]
#[allow(dead_code)]
#[path = "../transport/script.rs"]
mod script;
mod stream;
mod whole;
