//! The state of a batch.

use crate::types::page::page;
use crate::wire::{wire_string, wire_struct};

wire_struct! {
    /// A batch: its status, its progress and its timestamps.
    ///
    /// The API returns it when a batch is created, retrieved, listed or canceled. All timestamps are in RFC
    /// 3339 format.
    ///
    /// ```
    /// use messages_api::types::batches::{BatchRequestCounts, MessageBatch, ProcessingStatus};
    ///
    /// let counts = BatchRequestCounts::new(2, 0, 0, 0, 0);
    /// let (created_at, expires_at) = ("2026-08-01T00:00:00Z", "2026-08-02T00:00:00Z");
    /// let status = ProcessingStatus::InProgress;
    /// let batch = MessageBatch::new("msgbatch_01", status, counts, created_at, expires_at);
    /// assert_eq!(batch.results_url, None);
    /// ```
    pub struct MessageBatch = "message_batch" or absent, fn from_parts;
    required {
        /// The id of the batch.
        id: String,
        /// The stage of processing that the batch has reached.
        processing_status: ProcessingStatus,
    }
    defaulted {
        /// The number of requests in each state.
        request_counts: BatchRequestCounts,
        /// The time at which the batch was created.
        created_at: String,
        /// The time at which unprocessed requests expire, 24 hours after creation.
        expires_at: String,
    }
    optional {
        /// The time at which processing ended; `null` until then.
        ended_at: String,
        /// The time at which the results were archived and became unavailable; `null` until then.
        archived_at: String,
        /// The time at which cancellation was requested; `null` if it was not.
        cancel_initiated_at: String,
        /// The URL of the results; `null` until processing has ended.
        results_url: String,
    }
}

impl MessageBatch {
    /// Creates a batch whose processing has not ended.
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
    /// The stage of processing that a batch has reached.
    pub enum ProcessingStatus {
        /// The API is processing requests of the batch.
        InProgress = "in_progress",
        /// Cancellation was requested, and the API is ending the batch.
        Canceling = "canceling",
        /// Processing has ended, and the results can be fetched.
        Ended = "ended",
    }
}

wire_struct! {
    /// The number of requests of a batch in each state. Part of a [`MessageBatch`].
    pub struct BatchRequestCounts,
        /// Creates counts from the number of processing, succeeded, errored, canceled and expired
        /// requests.
        pub fn new;
    required {}
    defaulted {
        /// The number of requests that have no result yet.
        processing: count,
        /// The number of requests that led to a message.
        succeeded: count,
        /// The number of requests that failed.
        errored: count,
        /// The number of requests that were canceled before they were processed.
        canceled: count,
        /// The number of requests that expired before they were processed.
        expired: count,
    }
    optional {}
}

wire_struct! {
    /// The confirmation that a batch was deleted.
    ///
    /// The API returns it for `DELETE /v1/messages/batches/{id}`. Only a batch whose processing has ended can
    /// be deleted.
    pub struct DeletedMessageBatch = "message_batch_deleted" or absent,
        /// Creates a confirmation for the batch with the given id.
        pub fn new;
    required {
        /// The id of the deleted batch.
        id: String,
    }
    optional {}
}

page! {
    /// A page of batches, as `GET /v1/messages/batches` returns it.
    MessageBatchPage of MessageBatch in "batches";
}
