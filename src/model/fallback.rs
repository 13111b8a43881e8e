//! Refusals, and models to turn to after one.

use crate::model::{OutputConfig, RefusalCategory, ThinkingConfig};
use crate::wire::{wire_shape, wire_string, wire_struct, wire_union};

wire_shape! {
    /// Models to turn to when the first one refuses (beta).
    ///
    /// ```
    /// use messages_api::{Fallback, Fallbacks};
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
    /// let fallback = messages_api::Fallback::new("claude-opus-4-8").max_tokens(1024);
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
        output_config: OutputConfig,
        /// As in the request.
        speed: Speed,
        /// As in the request.
        thinking: ThinkingConfig,
    }
}

wire_string! {
    /// How fast the model writes.
    ///
    /// ```
    /// assert_eq!(messages_api::Speed::Fast.as_str(), "fast");
    /// ```
    pub enum Speed {
        /// As usual.
        Standard = "standard",
        /// Faster, at a higher price.
        Fast = "fast",
    }
}

wire_shape! {
    /// A credit for an answer that was refused (beta).
    ///
    /// ```
    /// let token = messages_api::FallbackCreditToken::from("fct_x");
    /// ```
    pub enum FallbackCreditToken, "a string or an object" {
        /// The token.
        Token = text(String),
        /// The token and how to use it.
        Redeem = object(FallbackCreditRedemption),
    }
}

wire_struct! {
    /// A credit and how to use it.
    ///
    /// ```
    /// let credit = messages_api::FallbackCreditRedemption::new("fct_x").mode("best_effort");
    /// ```
    pub struct FallbackCreditRedemption,
        /// The credit `token`.
        pub fn new;
    required {
        /// The token.
        token: String,
    }
    optional {
        /// What to do when it cannot be used.
        mode: FallbackCreditMode,
    }
}

wire_string! {
    /// What to do when a credit cannot be used.
    ///
    /// ```
    /// assert_eq!(messages_api::FallbackCreditMode::Strict.as_str(), "strict");
    /// ```
    pub enum FallbackCreditMode {
        /// Fail.
        Strict = "strict",
        /// Go on without.
        BestEffort = "best_effort",
    }
}

wire_struct! {
    /// The model refused.
    ///
    /// ```
    /// let details = messages_api::RefusalStopDetails::new().category("cyber");
    /// ```
    pub struct RefusalStopDetails = "refusal", fn empty;
    required {}
    optional {
        /// What the refusal is about.
        category: RefusalCategory,
        /// Why, for people.
        explanation: String,
        /// A credit for asking another model; it lives 5 minutes (beta).
        fallback_credit_token: String,
        /// Whether the credit holds what was already written (beta).
        fallback_has_prefill_claim: bool,
        /// A model that may answer (beta).
        recommended_model: String,
    }
}

impl RefusalStopDetails {
    /// A refusal without a reason.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self::empty().with_nulls(&["category", "explanation"])
    }
}

wire_union! {
    /// Why the model stopped, where there is more to say.
    ///
    /// ```
    /// use messages_api::{RefusalStopDetails, StopDetails};
    ///
    /// let details = StopDetails::from(RefusalStopDetails::new());
    /// ```
    pub enum StopDetails {
        /// It refused.
        Refusal(Box RefusalStopDetails) = "refusal",
    }
}
