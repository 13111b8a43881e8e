//! Refusals, and models to turn to after one.

use crate::types::settings::{OutputConfig, Speed, ThinkingConfig};
use crate::wire::{wire_shape, wire_struct};

wire_shape! {
    /// Models to turn to when the first one refuses (beta).
    ///
    /// ```
    /// use messages_api::types::fallback::{Fallback, Fallbacks};
    ///
    /// let fallbacks = Fallbacks::from(vec![Fallback::new("claude-opus-4-8")]);
    /// ```
    pub enum Fallbacks, "a string or an array" {
        /// `default`: those that the API chooses.
        Text = text(String),
        /// These, in order.
        Models = list([Fallback]),
    }
}

wire_struct! {
    /// A model to turn to, and what to change for it.
    ///
    /// ```
    /// let fallback = messages_api::types::fallback::Fallback::new("claude-opus-4-8").max_tokens(1024);
    /// ```
    pub struct Fallback,
        /// The model `model`.
        pub fn new;
    required {
        /// The model.
        model: String,
    }
    optional {
        /// As in the request.
        max_tokens: u64,
        /// As in the request.
        output_config: (OutputConfig),
        /// As in the request.
        speed: Speed,
        /// As in the request.
        thinking: (ThinkingConfig),
    }
}
