//! The other direction: clients of Chat Completions in front of a handler.

mod arguments;
mod chunks;
mod completion;
mod conversation;
mod errors;
mod exchange;
mod format;
#[cfg(feature = "server")]
mod models;
mod options;
mod parts;
mod request;
mod rest;
#[cfg(feature = "server")]
mod service;
mod tools;

pub use chunks::ChunkEncoder;
pub use completion::response_to_openai;
pub use errors::error_to_openai;
pub use exchange::ChatExchange;
pub use options::FacadeOptions;
pub use request::request_from_openai;
#[cfg(feature = "server")]
pub use service::{Facade, FacadeFuture};
