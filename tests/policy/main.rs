//! Policies of hosts around a handler.
#![cfg(feature = "policy")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod books;
#[cfg(feature = "serve")]
mod faults;
mod metered;
mod metered_model;
#[path = "../support/random.rs"]
mod random;
mod settlements;
