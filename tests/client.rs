//! The client against servers that behave and servers that do not.
#![cfg(feature = "client")]
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "client/calls.rs"]
mod calls;
#[path = "client/failures.rs"]
mod failures;
#[path = "client/gateway.rs"]
mod gateway;
#[path = "client/raw.rs"]
mod raw;
#[path = "client/streams.rs"]
mod streams;
