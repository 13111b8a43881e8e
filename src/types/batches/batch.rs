//! Message batches.

use crate::types::page::page;
use crate::wire::{wire_string, wire_struct};

wire_struct! {
    /// A batch and how far it is.
    ///
    /// ```
    /// use messages_api::types::batches::{BatchRequestCounts, MessageBatch};
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
        Self::from_parts(id, processing_status, request_counts, created_at, expires_at).with_nulls(
            const { Self::places(["ended_at", "archived_at", "cancel_initiated_at", "results_url"]) },
        )
    }
}

wire_string! {
    /// How far a batch is.
    ///
    /// ```
    /// assert_eq!(messages_api::types::batches::ProcessingStatus::Ended.as_str(), "ended");
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
    /// let counts = messages_api::types::batches::BatchRequestCounts::new(2, 0, 0, 0, 0);
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
    /// A batch was deleted.
    ///
    /// ```
    /// let deleted = messages_api::types::batches::DeletedMessageBatch::new("msgbatch_01");
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
    MessageBatchPage of MessageBatch in "batches";
}
