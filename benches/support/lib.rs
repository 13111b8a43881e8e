//! The harness, the yardsticks and the data of the benchmarks.

mod bodies;
mod measure;
mod peer;
pub mod reference;
mod splitter;
mod streams;

pub use bodies::{Body, image_request, requests};
pub use measure::{Comparison, filtered};
pub use peer::{Caller, Script, received, serve};
pub use splitter::{Splitter, split};
pub use streams::{Stream, streams, text_message};
