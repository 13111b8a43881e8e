//! TODO.

use crate::types::CreateMessageRequest;
use crate::wire::wire_struct;

wire_struct! {
    /// The body of `POST /v1/messages/batches`; at most 100,000 requests and
    /// 256 MB.
    ///
    /// ```
    /// use messages_api::CreateMessageRequest;
    /// use messages_api::types::batches::{BatchRequest, CreateBatchRequest};
    ///
    /// let request = BatchRequest::new("r-1", CreateMessageRequest::new("claude-sonnet-5", 64).user("hi"));
    /// let batch = CreateBatchRequest::new(vec![request]);
    /// ```
    pub struct CreateBatchRequest,
        /// A batch of `requests`.
        pub fn new;
    required {
        /// The requests.
        requests: [BatchRequest],
    }
    optional {}
}

wire_struct! {
    /// One request of a batch.
    ///
    /// ```
    /// use messages_api::CreateMessageRequest;
    /// use messages_api::types::batches::BatchRequest;
    ///
    /// let request = BatchRequest::new("r-1", CreateMessageRequest::new("claude-sonnet-5", 64).user("hi"));
    /// ```
    pub struct BatchRequest,
        /// The request `params`, called `custom_id`.
        pub fn new;
    required {
        /// What the result is called, 1 to 64 characters, once a batch.
        custom_id: String,
        /// The request; it cannot stream.
        params: CreateMessageRequest,
    }
    optional {}
}
