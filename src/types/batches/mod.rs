//! Message batches: many requests in one upload, processed within 24 hours.
//!
//! These are the bodies of the `/v1/messages/batches` endpoints. The crate's client
//! [calls them][client], and its server serves them for a [`Handler`](crate::handler::Handler) that
//! implements their methods.
//!
//! | call | request | response |
//! |---|---|---|
//! | `POST /v1/messages/batches` | [`CreateBatchRequest`] | [`MessageBatch`] |
//! | `GET /v1/messages/batches` | | [`MessageBatchPage`] |
//! | `GET /v1/messages/batches/{id}` | | [`MessageBatch`] |
//! | `POST /v1/messages/batches/{id}/cancel` | | [`MessageBatch`] |
//! | `DELETE /v1/messages/batches/{id}` | | [`DeletedMessageBatch`] |
//! | `GET /v1/messages/batches/{id}/results` | | one [`BatchResult`] per line |
//!
//! A caller creates a batch, polls it until its [`ProcessingStatus`] is `ended`, and then fetches
//! the results. They come in any order, so each request carries a `custom_id` to match them by.
//!
//! ```
//! use messages_api::CreateMessageRequest;
//! use messages_api::types::batches::{BatchRequest, BatchResult, BatchResultKind, CreateBatchRequest};
//!
//! let question = |city: &str| {
//!     let text = format!("Which river flows through {city}?");
//!     CreateMessageRequest::new("claude-sonnet-5", 64).user(text)
//! };
//! let batch = CreateBatchRequest::new(vec![
//!     BatchRequest::new("rome", question("Rome")),
//!     BatchRequest::new("paris", question("Paris")),
//! ]);
//! let body = serde_json::to_vec(&batch)?;
//!
//! // Reads one line of the results.
//! fn read(line: &str) -> Result<String, serde_json::Error> {
//!     let result: BatchResult = serde_json::from_str(line)?;
//!     let outcome = match &result.result {
//!         BatchResultKind::Succeeded(succeeded) => succeeded.message.text(),
//!         BatchResultKind::Errored(errored) => format!("failed: {}", errored.error.error.message),
//!         other => other.type_name().to_owned(),
//!     };
//!     Ok(format!("{}: {outcome}", result.custom_id))
//! }
//! assert_eq!(read(r#"{"custom_id":"rome","result":{"type":"expired"}}"#)?, "rome: expired");
//! # assert!(body.starts_with(br#"{"requests":[{"custom_id":"rome","params":{"model":"claude-sonnet-5""#));
//! # Ok::<(), serde_json::Error>(())
//! ```
#![cfg_attr(feature = "client", doc = "\n[client]: crate::client#models-and-batches")]
#![cfg_attr(not(feature = "client"), doc = "\n[client]: crate#features")]

mod batch;
mod request;
mod result;

pub use batch::{BatchRequestCounts, DeletedMessageBatch, MessageBatch, MessageBatchPage, ProcessingStatus};
pub use request::{BatchRequest, CreateBatchRequest};
pub use result::{BatchCanceled, BatchErrored, BatchExpired, BatchResult, BatchResultKind, BatchSucceeded};
