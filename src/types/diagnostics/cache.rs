//! The reason why a request missed the prompt cache.

use crate::wire::{wire_struct, wire_union};

wire_struct! {
    /// An instruction to report why the prompt cache was missed.
    ///
    /// The value of `diagnostics` in a request; the message carries the result as [`Diagnostics`]. Under API
    /// version `2023-06-01` it is a beta feature and requires the beta header `cache-diagnosis-2026-04-07`.
    ///
    /// ```
    /// use messages_api::types::diagnostics::DiagnosticsConfig;
    ///
    /// let first = DiagnosticsConfig::first_turn();
    /// assert_eq!(serde_json::to_string(&first)?, r#"{"previous_message_id":null}"#);
    ///
    /// let second = DiagnosticsConfig::first_turn().previous_message_id("msg_01");
    /// assert_eq!(serde_json::to_string(&second)?, r#"{"previous_message_id":"msg_01"}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct DiagnosticsConfig, fn empty;
    required {}
    optional {
        /// The id of the message that the API returned for the previous turn; `null` on the first turn.
        previous_message_id: String,
    }
}

impl DiagnosticsConfig {
    /// Creates a configuration for the first turn, which has no previous message.
    ///
    /// On later turns, set `previous_message_id` as well.
    pub fn first_turn() -> Self {
        Self::empty().with_nulls(const { Self::places(["previous_message_id"]) })
    }
}

wire_struct! {
    /// The reason why the prompt cache was missed, once the API has determined it.
    ///
    /// The value of `diagnostics` in a [`Message`](crate::types::Message). It is `null` there if
    /// the request had no [`DiagnosticsConfig`] or the cache was not missed.
    pub struct Diagnostics, fn empty;
    required {}
    optional {
        /// The reason for the cache miss; `null` while the API has not determined it.
        cache_miss_reason: CacheMissReason,
    }
}

impl Diagnostics {
    /// Creates diagnostics whose reason has not been determined yet.
    pub fn pending() -> Self {
        Self::empty().with_nulls(const { Self::places(["cache_miss_reason"]) })
    }
}

wire_union! {
    /// The reason for a miss of the prompt cache. Part of [`Diagnostics`].
    pub enum CacheMissReason {
        /// The model differs from that of the previous request.
        ModelChanged(ModelChanged) = "model_changed",
        /// The system prompt differs from that of the previous request.
        SystemChanged(SystemChanged) = "system_changed",
        /// The tools differ from those of the previous request.
        ToolsChanged(ToolsChanged) = "tools_changed",
        /// The earlier messages differ from those of the previous request.
        MessagesChanged(MessagesChanged) = "messages_changed",
        /// The API does not know the message that `previous_message_id` names.
        PreviousMessageNotFound(PreviousMessageNotFound) = "previous_message_not_found",
        /// The API could not determine the reason.
        Unavailable(CacheMissUnavailable) = "unavailable",
    }
}

/// Declares the four reasons that consist of a number of missed tokens.
macro_rules! changed {
    ($($(#[$meta:meta])* $name:ident = $tag:literal;)*) => {$(
        wire_struct! {
            $(#[$meta])*
            ///
            /// Variant of [`CacheMissReason`].
            pub struct $name = $tag,
                /// Creates a reason that cost `cache_missed_input_tokens` tokens.
                pub fn new;
            required {}
            defaulted {
                /// The number of input tokens that were not read from the cache.
                cache_missed_input_tokens: count,
            }
            optional {}
        }
    )*};
}

changed! {
    /// A cache miss because the model changed since the previous request.
    ModelChanged = "model_changed";
    /// A cache miss because the system prompt changed since the previous request.
    SystemChanged = "system_changed";
    /// A cache miss because the tools changed since the previous request.
    ToolsChanged = "tools_changed";
    /// A cache miss because earlier messages changed since the previous request.
    MessagesChanged = "messages_changed";
}

wire_struct! {
    /// A cache miss that cannot be explained because the API does not know the previous message.
    ///
    /// Variant of [`CacheMissReason`].
    pub struct PreviousMessageNotFound = "previous_message_not_found",
        /// Creates the reason.
        pub fn new;
    required {}
    optional {}
}

wire_struct! {
    /// A cache miss whose reason the API could not determine. Variant of [`CacheMissReason`].
    pub struct CacheMissUnavailable = "unavailable",
        /// Creates the reason.
        pub fn new;
    required {}
    optional {}
}
