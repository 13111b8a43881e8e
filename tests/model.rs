//! The wire model against vectors and recorded requests, and its promises.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic)]

#[path = "model/compare.rs"]
mod compare;
#[path = "model/embedded.rs"]
mod embedded;
#[path = "model/errors.rs"]
mod errors;
#[path = "model/lossless.rs"]
mod lossless;
#[path = "model/properties.rs"]
mod properties;
#[path = "model/vectors.rs"]
mod vectors;
