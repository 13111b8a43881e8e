//! The results of a batch.

use crate::types::{ErrorResponse, Message};
use crate::wire::{wire_struct, wire_union};

wire_struct! {
    /// The result of one request of a batch: one line of the results that the API returns.
    ///
    /// The lines come in any order; match them with their requests by `custom_id`.
    ///
    /// ```
    /// use messages_api::types::batches::{BatchResult, BatchResultKind};
    ///
    /// let line = r#"{"custom_id":"r-3","result":{"type":"canceled"}}"#;
    /// let result: BatchResult = serde_json::from_str(line)?;
    /// assert_eq!(result.custom_id, "r-3");
    /// assert!(matches!(result.result, BatchResultKind::Canceled(_)));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct BatchResult,
        /// Creates a result for the request with the id `custom_id`.
        pub fn new;
    required {
        /// The id that the caller gave the request.
        custom_id: String,
        /// The outcome of the request.
        result: BatchResultKind,
    }
    optional {}
}

wire_union! {
    /// The outcome of a request of a batch. Part of a [`BatchResult`].
    pub enum BatchResultKind {
        /// The request led to a message.
        Succeeded(Boxed BatchSucceeded) = "succeeded",
        /// The request failed.
        Errored(Boxed BatchErrored) = "errored",
        /// The batch was canceled before the request was processed.
        Canceled(BatchCanceled) = "canceled",
        /// The batch expired before the request was processed.
        Expired(BatchExpired) = "expired",
    }
}

wire_struct! {
    /// The outcome of a request that led to a message. Variant of [`BatchResultKind`].
    pub struct BatchSucceeded = "succeeded",
        /// Creates an outcome with the given message.
        pub fn new;
    required {
        /// The message, as a single request would have returned it.
        message: Message,
    }
    optional {}
}

wire_struct! {
    /// The outcome of a request that failed. Variant of [`BatchResultKind`].
    pub struct BatchErrored = "errored",
        /// Creates an outcome with the given error.
        pub fn new;
    required {
        /// The whole error body, as a single request would have returned it.
        error: ErrorResponse,
    }
    optional {}
}

wire_struct! {
    /// The outcome of a request that was canceled along with its batch. Variant of
    /// [`BatchResultKind`].
    pub struct BatchCanceled = "canceled",
        /// Creates the outcome.
        pub fn new;
    required {}
    optional {}
}

wire_struct! {
    /// The outcome of a request that was not processed before its batch expired. Variant of
    /// [`BatchResultKind`].
    pub struct BatchExpired = "expired",
        /// Creates the outcome.
        pub fn new;
    required {}
    optional {}
}
