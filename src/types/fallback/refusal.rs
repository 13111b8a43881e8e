//! The details of a refusal.

use crate::wire::{wire_string, wire_struct, wire_union};

wire_struct! {
    /// The details of a refusal: its subject, an explanation, and options for a retry.
    ///
    /// Variant of [`StopDetails`]. Together with a refusal the API may issue a credit for sending
    /// the request to another model. It takes the form of a token, which the retry passes as
    /// [`FallbackCreditToken`](crate::types::fallback::FallbackCreditToken).
    pub struct RefusalStopDetails = "refusal", fn empty;
    required {}
    optional {
        /// The subject of the refusal; `null` if the API names none.
        category: RefusalCategory,
        /// A human-readable explanation.
        explanation: String,
        /// The token of a credit for a retry with another model, valid for 5 minutes (beta). `Debug`
        /// output hides it.
        fallback_credit_token: (secret String),
        /// Whether the credit covers what the model had already written (beta).
        fallback_has_prefill_claim: bool,
        /// The id of a model that the API recommends for a retry (beta).
        recommended_model: String,
    }
}

impl RefusalStopDetails {
    /// Creates details without a category or an explanation.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self::empty().with_nulls(const { Self::places(["category", "explanation"]) })
    }
}

wire_union! {
    /// Details of the reason why the model stopped, beyond the stop reason itself.
    ///
    /// The value of `stop_details` in a [`Message`](crate::types::Message). The API sends them for
    /// refusals only, that is, with [`StopReason::Refusal`](crate::types::StopReason::Refusal).
    ///
    /// ```
    /// use messages_api::types::fallback::{RefusalCategory, StopDetails};
    ///
    /// let json = r#"{"type":"refusal","category":"cyber","explanation":null}"#;
    /// let StopDetails::Refusal(details) = serde_json::from_str(json)? else { unreachable!() };
    /// assert_eq!(details.category, Some(RefusalCategory::Cyber));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub enum StopDetails {
        /// The model refused.
        Refusal(Boxed RefusalStopDetails) = "refusal",
    }
}

wire_string! {
    /// The subject of a refusal.
    pub enum RefusalCategory {
        /// The refusal concerns attacks on computer systems.
        Cyber = "cyber",
        /// The refusal concerns biological harm.
        Bio = "bio",
        /// The refusal concerns the development of frontier models.
        FrontierLlm = "frontier_llm",
        /// The refusal concerns attempts to extract the model's reasoning.
        ReasoningExtraction = "reasoning_extraction",
        /// The refusal concerns harm of another kind.
        GeneralHarms = "general_harms",
    }
}
