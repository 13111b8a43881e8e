//! The HTTP server: its limits, slow callers, and how it ends.
#![cfg(feature = "serve")]
#![allow(clippy::unwrap_used)]

mod common;
mod connections;
mod drain;
#[cfg(feature = "client")]
mod gateway;
#[cfg(all(feature = "http2", feature = "reqwest"))]
mod http2;
mod limits;
mod slow;
