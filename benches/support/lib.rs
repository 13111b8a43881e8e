//! The harness, the yardsticks and the data of the benchmarks.

mod bodies;
mod callers;
mod cores;
mod gateways;
mod measure;
mod peer;
mod processes;
pub mod reference;
mod splitter;
mod streams;

pub use bodies::{Body, image_request, requests};
pub use callers::{Call, Callers, call_whole, time_to_first_event};
pub use cores::Core;
pub use gateways::{Gateway, listen, memory, proxy, vanish};
pub use measure::{Comparison, filtered};
pub use peer::{Caller, Script, open_connections, received, request, serve};
pub use processes::{cpu_time, max_open_files, resident_bytes};
pub use splitter::{Splitter, split};
pub use streams::{Stream, completion, streams, text_message};
