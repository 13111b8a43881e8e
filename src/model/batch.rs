//! Message batches.

use crate::model::models::page;
use crate::model::{CreateMessageRequest, ErrorResponse, Message};
use crate::wire::{wire_string, wire_struct, wire_union};

wire_struct! {
    /// The body of `POST /v1/messages/batches`; at most 100,000 requests and
    /// 256 MB.
    ///
    /// ```
    /// use messages_api::{BatchRequest, CreateBatchRequest, CreateMessageRequest};
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
    /// use messages_api::{BatchRequest, CreateMessageRequest};
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

wire_struct! {
    /// A batch and how far it is.
    ///
    /// ```
    /// use messages_api::{BatchRequestCounts, MessageBatch};
    ///
    /// let counts = BatchRequestCounts::new(1, 0, 0, 0, 0);
    /// let batch = MessageBatch::new(
    ///     "msgbatch_01", "in_progress", counts, "2026-08-01T00:00:00Z", "2026-08-02T00:00:00Z",
    /// );
    /// ```
    pub struct MessageBatch = "message_batch", fn from_parts;
    required {
        /// Names the batch.
        id: String,
        /// How far it is.
        processing_status: ProcessingStatus,
        /// How many requests are how far.
        request_counts: BatchRequestCounts,
        /// When it was made, RFC 3339.
        created_at: String,
        /// When it expires, RFC 3339: 24 hours later.
        expires_at: String,
    }
    optional {
        /// When it ended, RFC 3339.
        ended_at: String,
        /// When its results went, RFC 3339.
        archived_at: String,
        /// When it was to be canceled, RFC 3339.
        cancel_initiated_at: String,
        /// Where its results are, once it has ended.
        results_url: String,
    }
}

impl MessageBatch {
    /// A batch that has not ended.
    pub fn new(
        id: impl Into<String>,
        processing_status: impl Into<ProcessingStatus>,
        request_counts: BatchRequestCounts,
        created_at: impl Into<String>,
        expires_at: impl Into<String>,
    ) -> Self {
        Self::from_parts(id, processing_status, request_counts, created_at, expires_at).with_nulls(&[
            "ended_at",
            "archived_at",
            "cancel_initiated_at",
            "results_url",
        ])
    }
}

wire_string! {
    /// How far a batch is.
    ///
    /// ```
    /// assert_eq!(messages_api::ProcessingStatus::Ended.as_str(), "ended");
    /// ```
    pub enum ProcessingStatus {
        /// Its requests are being answered.
        InProgress = "in_progress",
        /// It is being canceled.
        Canceling = "canceling",
        /// It is over.
        Ended = "ended",
    }
}

wire_struct! {
    /// How many requests of a batch are how far.
    ///
    /// ```
    /// let counts = messages_api::BatchRequestCounts::new(2, 0, 0, 0, 0);
    /// ```
    pub struct BatchRequestCounts,
        /// Processing, succeeded, errored, canceled and expired ones.
        pub fn new;
    required {
        /// Not answered yet.
        processing: u64,
        /// Answered.
        succeeded: u64,
        /// Failed.
        errored: u64,
        /// Canceled before they were sent.
        canceled: u64,
        /// Expired before they were sent.
        expired: u64,
    }
    optional {}
}

wire_struct! {
    /// The result of one request of a batch: a line of its results.
    ///
    /// ```
    /// use messages_api::{BatchCanceled, BatchResult};
    ///
    /// let result = BatchResult::new("r-3", BatchCanceled::new());
    /// ```
    pub struct BatchResult,
        /// The result of the request `custom_id`.
        pub fn new;
    required {
        /// The request.
        custom_id: String,
        /// What became of it.
        result: BatchResultKind,
    }
    optional {}
}

wire_union! {
    /// What became of a request of a batch.
    ///
    /// ```
    /// use messages_api::{BatchExpired, BatchResultKind};
    ///
    /// let result = BatchResultKind::from(BatchExpired::new());
    /// ```
    pub enum BatchResultKind {
        /// It was answered.
        Succeeded(Box BatchSucceeded) = "succeeded",
        /// It failed.
        Errored(Box BatchErrored) = "errored",
        /// It was canceled.
        Canceled(BatchCanceled) = "canceled",
        /// It expired.
        Expired(BatchExpired) = "expired",
    }
}

wire_struct! {
    /// A request of a batch was answered.
    ///
    /// ```
    /// use messages_api::{BatchSucceeded, Message, Usage};
    ///
    /// let result = BatchSucceeded::new(Message::new("msg_01", "claude-sonnet-5", vec![], Usage::new(1, 0)));
    /// ```
    pub struct BatchSucceeded = "succeeded",
        /// The answer.
        pub fn new;
    required {
        /// The answer.
        message: Message,
    }
    optional {}
}

wire_struct! {
    /// A request of a batch failed.
    ///
    /// ```
    /// use messages_api::{BatchErrored, ErrorObject, ErrorResponse, ErrorType};
    ///
    /// let result = BatchErrored::new(ErrorResponse::new(ErrorObject::new(ErrorType::Api, "failed")));
    /// ```
    pub struct BatchErrored = "errored",
        /// The error.
        pub fn new;
    required {
        /// The whole envelope of the error.
        error: ErrorResponse,
    }
    optional {}
}

wire_struct! {
    /// A request of a batch was canceled.
    ///
    /// ```
    /// let result = messages_api::BatchCanceled::new();
    /// ```
    pub struct BatchCanceled = "canceled",
        /// The result.
        pub fn new;
    required {}
    optional {}
}

wire_struct! {
    /// A request of a batch expired.
    ///
    /// ```
    /// let result = messages_api::BatchExpired::new();
    /// ```
    pub struct BatchExpired = "expired",
        /// The result.
        pub fn new;
    required {}
    optional {}
}

wire_struct! {
    /// A batch was deleted.
    ///
    /// ```
    /// let deleted = messages_api::DeletedMessageBatch::new("msgbatch_01");
    /// ```
    pub struct DeletedMessageBatch = "message_batch_deleted",
        /// The batch `id`.
        pub fn new;
    required {
        /// The batch.
        id: String,
    }
    optional {}
}

page! {
    /// A page of batches.
    MessageBatchPage of MessageBatch;
}
