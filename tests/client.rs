//! The client against servers on the loopback interface.
#![cfg(feature = "client")]
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "client/common.rs"]
mod common;
#[path = "client/raw.rs"]
mod raw;

#[path = "client/answers.rs"]
mod answers;
#[path = "client/calls.rs"]
mod calls;
#[path = "client/errors.rs"]
mod errors;
#[path = "client/forwarding.rs"]
mod forwarding;
#[path = "client/redirects.rs"]
mod redirects;
#[path = "client/secrets.rs"]
mod secrets;
#[path = "client/streams.rs"]
mod streams;
