//! The client against servers on the loopback interface.
#![cfg(feature = "client")]
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;
mod raw;

mod calls;
mod errors;
mod forwarding;
mod redirects;
mod responses;
mod secrets;
mod streams;
