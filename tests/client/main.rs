//! The client against servers on the loopback interface.
#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

#[path = "../support/cases.rs"]
mod cases;
mod common;
#[cfg(feature = "server")]
#[path = "../support/random.rs"]
mod random;
mod raw;
#[cfg(feature = "server")]
#[path = "../support/mod.rs"]
mod support;

mod batches;
mod calls;
mod connections;
mod deviations;
mod early_errors;
mod errors;
mod forwarding;
mod forwarding_resources;
mod metadata;
mod reconnects;
mod redirects;
mod responses;
mod secrets;
#[cfg(feature = "server")]
mod servers;
mod streams;
mod structured;
