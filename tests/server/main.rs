//! Tests of the service. They call it directly where that is enough, and over loopback where the
//! connection matters.
#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic)]

mod auth;
mod batches;
mod common;
mod connection;
mod defects;
mod drained;
mod ends;
mod everything;
mod failures;
mod limits;
mod models;
mod mounting;
mod pace;
mod panics;
mod pings;
#[path = "../support/random.rs"]
mod random;
mod recorded;
mod rejected;
mod replies;
mod requests;
mod routes;
#[path = "../support/mod.rs"]
mod support;
