//! Containers that server tools run in, diagnostics, and what the API did to
//! its input.

use crate::wire::{wire_struct, wire_union};

wire_struct! {
    /// Asks why the cache was missed.
    ///
    /// ```
    /// let diagnostics = messages_api::types::diagnostics::DiagnosticsConfig::first_turn();
    /// ```
    pub struct DiagnosticsConfig, fn empty;
    required {}
    optional {
        /// The answer before this one; `null` on the first turn.
        previous_message_id: String,
    }
}

impl DiagnosticsConfig {
    /// Asks from the first turn on.
    pub fn first_turn() -> Self {
        Self::empty().with_nulls(const { Self::places(["previous_message_id"]) })
    }
}

wire_struct! {
    /// Why the cache was missed.
    ///
    /// ```
    /// let diagnostics = messages_api::types::diagnostics::Diagnostics::pending();
    /// ```
    pub struct Diagnostics, fn empty;
    required {}
    optional {
        /// The reason; `null` while it is not known yet.
        cache_miss_reason: CacheMissReason,
    }
}

impl Diagnostics {
    /// The reason is not known yet.
    pub fn pending() -> Self {
        Self::empty().with_nulls(const { Self::places(["cache_miss_reason"]) })
    }
}

wire_union! {
    /// Why the cache was missed.
    ///
    /// ```
    /// use messages_api::types::diagnostics::{CacheMissReason, ToolsChanged};
    ///
    /// let reason = CacheMissReason::from(ToolsChanged::new(1200));
    /// ```
    pub enum CacheMissReason {
        /// The model changed.
        ModelChanged(ModelChanged) = "model_changed",
        /// The system prompt changed.
        SystemChanged(SystemChanged) = "system_changed",
        /// The tools changed.
        ToolsChanged(ToolsChanged) = "tools_changed",
        /// The messages changed.
        MessagesChanged(MessagesChanged) = "messages_changed",
        /// There is no such previous message.
        PreviousMessageNotFound(PreviousMessageNotFound) = "previous_message_not_found",
        /// It cannot be told.
        Unavailable(CacheMissUnavailable) = "unavailable",
    }
}

/// The four reasons that something changed have the same shape.
macro_rules! changed {
    ($($(#[$meta:meta])* $name:ident = $tag:literal;)*) => {$(
        wire_struct! {
            $(#[$meta])*
            ///
            /// ```
            #[doc = concat!("let reason = messages_api::types::diagnostics::", stringify!($name), "::new(1200);")]
            /// ```
            pub struct $name = $tag,
                /// It cost so many tokens.
                pub fn new;
            required {
                /// Tokens that were not read from the cache.
                cache_missed_input_tokens: u64,
            }
            optional {}
        }
    )*};
}

changed! {
    /// The model changed.
    ModelChanged = "model_changed";
    /// The system prompt changed.
    SystemChanged = "system_changed";
    /// The tools changed.
    ToolsChanged = "tools_changed";
    /// The messages changed.
    MessagesChanged = "messages_changed";
}

wire_struct! {
    /// There is no such previous message.
    ///
    /// ```
    /// let reason = messages_api::types::diagnostics::PreviousMessageNotFound::new();
    /// ```
    pub struct PreviousMessageNotFound = "previous_message_not_found",
        /// The reason.
        pub fn new;
    required {}
    optional {}
}

wire_struct! {
    /// Why the cache was missed cannot be told.
    ///
    /// ```
    /// let reason = messages_api::types::diagnostics::CacheMissUnavailable::new();
    /// ```
    pub struct CacheMissUnavailable = "unavailable",
        /// The reason.
        pub fn new;
    required {}
    optional {}
}
