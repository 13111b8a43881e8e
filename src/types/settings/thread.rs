//! Threads: conversations that the API stores.

use crate::wire::{wire_struct, wire_union};

wire_union! {
    /// A conversation that the API stores, so that a request contains only its new turn (beta).
    ///
    /// The first request creates the thread, and every later one continues it after the message that the
    /// caller received last. The API rejects fields that a thread does not support with the error code
    /// `thread_unsupported_request`, and a thread that it does not know with `thread_not_found`.
    ///
    /// ```
    /// use messages_api::CreateMessageRequest;
    /// use messages_api::types::settings::{ThreadContinue, ThreadCreate};
    ///
    /// let first = CreateMessageRequest::new("claude-sonnet-5", 512)
    ///     .thread(ThreadCreate::new())
    ///     .user("Where is Oslo?");
    ///
    /// // `msg_01` is the id of the message that the first request returned.
    /// let second = CreateMessageRequest::new("claude-sonnet-5", 512)
    ///     .thread(ThreadContinue::new("msg_01"))
    ///     .user("And Bergen?");
    /// assert_eq!(second.messages.len(), 1);
    /// ```
    pub enum ThreadConfig {
        /// Starts a new thread with the messages of the request.
        Create(ThreadCreate) = "create",
        /// Appends the messages of the request to an existing thread.
        Continue(ThreadContinue) = "continue",
    }
}

wire_struct! {
    /// The start of a thread (beta). Variant of [`ThreadConfig`].
    pub struct ThreadCreate = "create",
        /// Creates a setting that starts a thread.
        pub fn new;
    required {}
    optional {}
}

wire_struct! {
    /// The continuation of a thread (beta). Variant of [`ThreadConfig`].
    pub struct ThreadContinue = "continue",
        /// Creates a setting that continues a thread after the message with the id
        /// `previous_message_id`.
        pub fn new;
    required {
        /// The id of the last message of the thread.
        previous_message_id: String,
    }
    optional {}
}
