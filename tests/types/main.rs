//! The wire model against vectors and recorded requests, and its promises.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic)]

mod compare;
mod convenience;
mod embedded;
mod errors;
mod json;
mod lossless;
mod media;
mod mutations;
mod nesting;
mod properties;
mod rows;
mod shapes;
mod tools;
mod validate;
mod validate_calls;
mod validate_messages;
mod vectors;
mod versions;
