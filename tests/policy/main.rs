//! Policies of hosts around a handler.
#![cfg(feature = "policy")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod books;
#[cfg(feature = "serve")]
mod faults;
mod limited;
mod metered;
mod metered_model;
mod moderated;
#[path = "../support/random.rs"]
mod random;
mod recorded;
mod routed;
mod settlements;
mod stack;
