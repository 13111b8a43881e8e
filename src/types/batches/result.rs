//! TODO.

use crate::types::{ErrorResponse, Message};
use crate::wire::{wire_struct, wire_union};

wire_struct! {
    /// The result of one request of a batch: a line of its results.
    ///
    /// ```
    /// use messages_api::types::batches::{BatchCanceled, BatchResult};
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
    /// use messages_api::types::batches::{BatchExpired, BatchResultKind};
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
    /// use messages_api::{Message, Usage};
    /// use messages_api::types::batches::BatchSucceeded;
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
    /// use messages_api::ErrorType;
    /// use messages_api::types::{ErrorObject, ErrorResponse};
    /// use messages_api::types::batches::BatchErrored;
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
    /// let result = messages_api::types::batches::BatchCanceled::new();
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
    /// let result = messages_api::types::batches::BatchExpired::new();
    /// ```
    pub struct BatchExpired = "expired",
        /// The result.
        pub fn new;
    required {}
    optional {}
}
