//! The harness, the yardsticks and the data of the benchmarks.

mod bodies;
mod measure;
pub mod reference;
mod splitter;
mod streams;

pub use bodies::{Body, image_request, requests};
pub use measure::{Comparison, filtered};
pub use splitter::split;
pub use streams::{Stream, streams};
