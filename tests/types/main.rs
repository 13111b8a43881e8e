//! The wire types: vectors, recorded requests, and what the types promise.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic)]

#[path = "../support/cases.rs"]
mod cases;
mod common;
#[path = "../support/random.rs"]
mod random;

mod compare;
mod convenience;
mod embedded;
mod errors;
mod estimate;
mod gaps;
mod json;
mod lossless;
mod media;
mod mutations;
mod nesting;
mod output;
mod properties;
mod rate_limits;
mod rows;
mod settings;
mod shapes;
mod strict_schema;
mod tool_choice;
mod tools;
mod validate;
mod validate_cache;
mod validate_calls;
mod validate_cases;
mod validate_hosted;
mod validate_messages;
mod vectors;
mod versions;
