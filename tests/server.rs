//! The service: called directly where that is enough, over loopback where the
//! connection matters.
#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic)]

#[path = "server/auth.rs"]
mod auth;
#[path = "server/common.rs"]
mod common;
#[path = "server/connection.rs"]
mod connection;
#[path = "server/failures.rs"]
mod failures;
#[path = "server/mounting.rs"]
mod mounting;
#[path = "server/pings.rs"]
mod pings;
#[path = "server/recorded.rs"]
mod recorded;
#[path = "server/replies.rs"]
mod replies;
#[path = "server/requests.rs"]
mod requests;
#[path = "server/routes.rs"]
mod routes;
mod support;
