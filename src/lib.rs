//! Client and server SDK for the Anthropic-compatible Messages API.
//!
//! - **Call** an endpoint with `Client`, whole or streamed.
//! - **Mount** the route in a server with `MessagesService`: implement
//!   [`Handler`], or make one of a closure with [`handler_fn`].
//! - **Pass on**: a `Client` is a [`Handler`], so a gateway is one line.
//! - **Stream** by yourself: [`sse`] for frames, [`EventDecoder`] and
//!   [`encode_event`] for events, [`Accumulator`] and [`replay`] for messages.
//!
//! The README has an example of each, and `cargo run --example quickstart`
//! runs both directions in one program.
//!
//! # Types
//!
//! [`CreateMessageRequest`], [`Message`], [`StreamEvent`] and all that is in
//! them are plain data with public fields, built with `new` and setters. What
//! the protocol has and this version of the crate does not know survives:
//! fields in `extra`, objects as [`Unknown`], strings in the `Unknown`
//! variants; [`CreateMessageRequest::unknown`] and its likes list it. A known
//! type with a missing or wrong field is an error with its path. An optional
//! field that came as `null` is written as `null`, one that was absent stays
//! absent; both are `None`, and equal.
//!
//! Reading checks types, not rules. What the API would refuse for its content,
//! [`CreateMessageRequest::validate`] tells; nothing calls it by itself.
//!
//! The types are read and written with `serde_json`, also inside types of your
//! own. Through `#[serde(flatten)]`, `untagged` or a `serde_json::Value`, raw
//! payloads ([`Json`]) keep what serde passes on: key order and the exact
//! digits of numbers may be lost there. Other formats are not supported.
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `client` | yes | `Client`, over reqwest |
//! | `server` | yes | `MessagesService`, a tower service for any HTTP stack |
//! | `rustls` | yes | TLS for the client by rustls with its default provider |
//! | `rustls-no-provider` | | rustls with a provider that you install |
//! | `native-tls` | | TLS for the client by the operating system |
//! | `http2` | | HTTP/2 for the client |
//! | `schemars` | | `Tool::from_type`: a tool from a Rust type |
//! | `tracing` | | events of calls and answers: paths, statuses and request ids, never content |
//!
//! # Limits
//!
//! | what | default | set by |
//! |---|---|---|
//! | request body of a server | 32 MiB | `MessagesServiceBuilder::max_body_bytes` |
//! | pause in a request body | 30 s | `MessagesServiceBuilder::body_idle_timeout` |
//! | event of a stream | 32 MiB | `ClientBuilder::max_event_bytes`, [`EventDecoder::max_event_bytes`] |
//! | message that a stream adds up to | 64 MiB | [`MessageStream::max_message_bytes`], [`Accumulator::max_bytes`] |
//! | answer of a peer, whole or added up | 64 MiB | `ClientBuilder::max_response_bytes` |
//! | wait for a connection | 10 s | `ClientBuilder::connect_timeout` |
//! | wait for the head of an answer | 600 s | `ClientBuilder::response_timeout` |
//! | pause in an answer | 300 s | `ClientBuilder::idle_timeout` |
//! | nesting of JSON | 127 levels | [`MAX_DEPTH`] |
//! | objects within each other whose `type` does not stand first | 10 levels | |
//!
//! # What is not promised
//!
//! The text of errors and of `Debug`, the types of source errors, and the
//! values of defaults may change in any release.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

pub mod auth;
#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub mod client;
pub mod error;
pub mod handler;
pub mod json;
#[cfg(feature = "server")]
#[cfg_attr(docsrs, doc(cfg(feature = "server")))]
pub mod server;
pub mod sse;
pub mod stream;
pub mod types;
pub mod validate;
mod wire;

#[doc(no_inline)]
pub use auth::Credential;
#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
#[doc(no_inline)]
pub use client::{Client, ClientBuilder};
#[doc(no_inline)]
pub use error::{ApiError, Error, ErrorKind};
#[doc(no_inline)]
pub use handler::{Handler, Reply, RequestContext, handler_fn};
#[doc(no_inline)]
pub use json::Json;
#[cfg(feature = "server")]
#[cfg_attr(docsrs, doc(cfg(feature = "server")))]
#[doc(no_inline)]
pub use server::{ApiKeys, Authenticator, MessagesService};
#[doc(no_inline)]
pub use stream::{EventWriter, MessageStream};
#[doc(no_inline)]
pub use types::events::StreamEvent;
#[doc(no_inline)]
pub use types::tools::{CustomTool, Tool};
#[doc(no_inline)]
pub use types::usage::{MessageDeltaUsage, Usage};
#[doc(no_inline)]
pub use types::{
    ContentBlock, CreateMessageRequest, ErrorType, InputMessage, Message, Role, StopReason, ToolResultBlock,
    ToolUseBlock,
};

pub use bytes;
pub use http;
#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub use reqwest;
#[cfg(feature = "schemars")]
#[cfg_attr(docsrs, doc(cfg(feature = "schemars")))]
pub use schemars;

/// The examples of the README.
#[cfg(all(doctest, feature = "client", feature = "server"))]
#[doc = include_str!("../README.md")]
struct Readme;
