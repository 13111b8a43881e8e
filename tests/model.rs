//! The wire model against vectors and recorded requests, and its promises.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic)]

#[path = "model/compare.rs"]
mod compare;
#[path = "model/embedded.rs"]
mod embedded;
#[path = "model/errors.rs"]
mod errors;
#[path = "model/json.rs"]
mod json;
#[path = "model/lossless.rs"]
mod lossless;
#[path = "model/media.rs"]
mod media;
#[path = "model/mutations.rs"]
mod mutations;
#[path = "model/nesting.rs"]
mod nesting;
#[path = "model/properties.rs"]
mod properties;
#[path = "model/rows.rs"]
mod rows;
#[path = "model/shapes.rs"]
mod shapes;
#[path = "model/tools.rs"]
mod tools;
#[path = "model/validate.rs"]
mod validate;
#[path = "model/validate_calls.rs"]
mod validate_calls;
#[path = "model/validate_messages.rs"]
mod validate_messages;
#[path = "model/vectors.rs"]
mod vectors;
#[path = "model/versions.rs"]
mod versions;
