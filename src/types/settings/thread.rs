//! TODO.

use crate::wire::{wire_struct, wire_union};

wire_union! {
    /// A conversation that the server keeps, so that only the new turn is
    /// sent (beta).
    ///
    /// ```
    /// use messages_api::types::settings::{ThreadConfig, ThreadContinue};
    ///
    /// let thread = ThreadConfig::from(ThreadContinue::new("msg_01"));
    /// ```
    pub enum ThreadConfig {
        /// Begin one.
        Create(ThreadCreate) = "create",
        /// Go on with one.
        Continue(ThreadContinue) = "continue",
    }
}

wire_struct! {
    /// Begin a conversation that the server keeps.
    ///
    /// ```
    /// let thread = messages_api::types::settings::ThreadCreate::new();
    /// ```
    pub struct ThreadCreate = "create",
        /// A new thread.
        pub fn new;
    required {}
    optional {}
}

wire_struct! {
    /// Go on with a conversation that the server keeps.
    ///
    /// ```
    /// let thread = messages_api::types::settings::ThreadContinue::new("msg_01");
    /// ```
    pub struct ThreadContinue = "continue",
        /// After the message `previous_message_id`.
        pub fn new;
    required {
        /// The last message of the thread.
        previous_message_id: String,
    }
    optional {}
}
