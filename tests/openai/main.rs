//! The bridges to and from Chat Completions.
#![cfg(feature = "openai")]
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic)]

mod kinds;
#[path = "../support/random.rs"]
mod random;
mod stream;
mod whole;

#[cfg(all(feature = "client", feature = "server"))]
mod bridge;
mod errors;
#[cfg(all(feature = "client", feature = "server"))]
#[allow(dead_code)]
#[path = "../transport/script.rs"]
mod script;
