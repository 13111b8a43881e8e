//! The models that a request names as fallbacks.

use crate::types::settings::{OutputConfig, Speed, ThinkingConfig};
use crate::wire::{wire_shape, wire_struct};

wire_shape! {
    /// The models that take over, in order, if the model of the request refuses (beta).
    ///
    /// The value of `fallbacks` in a request; it cannot be combined with `fallback_credit_token`.
    /// The message names the model that served the request in `model`, and marks each switch with a
    /// [`FallbackBlock`](crate::types::fallback::FallbackBlock).
    ///
    /// ```
    /// use messages_api::types::fallback::{Fallback, Fallbacks};
    ///
    /// let chosen_by_api = Fallbacks::from("default");
    /// assert_eq!(serde_json::to_string(&chosen_by_api)?, r#""default""#);
    ///
    /// let chosen_here = Fallbacks::from(vec![Fallback::new("claude-opus-4-8")]);
    /// assert_eq!(serde_json::to_string(&chosen_here)?, r#"[{"model":"claude-opus-4-8"}]"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub enum Fallbacks, "a string or an array" {
        /// The string `default`, which leaves the choice of models to the API.
        Text = text(String),
        /// The models to try, in order.
        Models = list([Fallback]),
    }
}

wire_struct! {
    /// A model that takes over after a refusal, and the settings that differ for it (beta).
    ///
    /// Part of [`Fallbacks`]. A setting that is absent keeps its value from the request.
    pub struct Fallback,
        /// Creates a fallback to `model` with the settings of the request.
        pub fn new;
    required {
        /// The id of the model.
        model: String,
    }
    optional {
        /// The maximum number of tokens that this model writes.
        max_tokens: u64,
        /// The effort that this model spends, and the format of its output.
        output_config: (OutputConfig),
        /// The speed at which this model writes.
        speed: Speed,
        /// Whether and how this model thinks before it writes.
        thinking: (ThinkingConfig),
    }
}
