//! Clients over transports that need no socket, so that the time of tokio can be paused.
#![cfg(feature = "client")]
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod batch_results;
mod batches;
mod bodies;
mod clockless;
mod credentials;
mod forwarding;
mod heads;
mod layers;
mod lists;
mod models;
mod options;
mod retries;
mod script;
#[cfg(feature = "server")]
mod server;
