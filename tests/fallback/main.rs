//! Refused requests that are sent to other models, over the loopback interface.
#![cfg(all(feature = "client", feature = "server"))]
#![allow(clippy::unwrap_used, clippy::panic)]

mod script;
#[path = "../support/mod.rs"]
mod support;

mod handlers;
mod requests;
mod splices;
mod streams;
mod whole;
