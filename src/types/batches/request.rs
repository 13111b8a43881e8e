//! The creation of a batch.

use crate::types::CreateMessageRequest;
use crate::wire::wire_struct;

wire_struct! {
    /// The body of `POST /v1/messages/batches`, which creates a batch.
    ///
    /// A batch contains at most 100,000 requests, and the body at most 256 MB.
    pub struct CreateBatchRequest,
        /// Creates a body with the given requests.
        pub fn new;
    required {
        /// The requests of the batch.
        requests: [BatchRequest],
    }
    optional {}
}

wire_struct! {
    /// A request of a batch, with the id by which its result is found.
    ///
    /// Part of a [`CreateBatchRequest`]; its result is a
    /// [`BatchResult`](crate::types::batches::BatchResult).
    pub struct BatchRequest,
        /// Creates a request whose result has the id `custom_id`.
        pub fn new;
    required {
        /// The caller's id for the request, 1 to 64 characters long and unique within the batch.
        custom_id: String,
        /// The request itself, which must not set `stream`.
        params: CreateMessageRequest,
    }
    optional {}
}
