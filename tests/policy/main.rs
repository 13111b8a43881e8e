//! Policies of hosts around a handler.
#![cfg(feature = "policy")]
#![allow(clippy::unwrap_used, clippy::panic)]

mod books;
mod metered;
#[path = "../support/random.rs"]
mod random;
mod settlements;
