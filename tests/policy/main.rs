//! The policies of a host, without a server.
#![cfg(feature = "policy")]
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../support/random.rs"]
mod random;

mod limited;
mod recorded;
