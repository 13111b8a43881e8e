//! The policies of a host around a handler.
#![cfg(feature = "policy")]
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../support/random.rs"]
mod random;

mod moderated;
mod routed;
