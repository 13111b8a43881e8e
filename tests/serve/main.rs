//! The HTTP server: its limits, slow callers, and how it ends.
#![cfg(feature = "serve")]
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic)]

mod common;
mod connections;
mod drain;
#[cfg(feature = "http2")]
mod frames;
#[cfg(feature = "client")]
mod gateway;
#[cfg(all(feature = "http2", feature = "reqwest"))]
mod http2;
mod leaving;
mod limits;
mod panics;
#[path = "../support/random.rs"]
mod random;
mod slow;
#[cfg(feature = "client")]
mod vanishing;
