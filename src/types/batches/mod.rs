//! TODO.

mod batch;
mod request;
mod result;

pub use batch::{BatchRequestCounts, DeletedMessageBatch, MessageBatch, MessageBatchPage, ProcessingStatus};
pub use request::{BatchRequest, CreateBatchRequest};
pub use result::{BatchCanceled, BatchErrored, BatchExpired, BatchResult, BatchResultKind, BatchSucceeded};
