//! Tests of the service. They call it directly where that is enough, and over loopback where the
//! connection matters.
#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic)]

mod auth;
mod common;
mod connection;
mod failures;
mod limits;
mod mounting;
mod pace;
mod panics;
mod pings;
mod recorded;
mod replies;
mod requests;
mod routes;
#[path = "../support/mod.rs"]
mod support;
