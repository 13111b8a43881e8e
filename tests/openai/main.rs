//! Tests of the bridges between the Messages API and Chat Completions.
#![cfg(feature = "openai")]
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic)]

mod facade;
