//! TODO.

use crate::wire::{wire_string, wire_struct, wire_union};

wire_struct! {
    /// The model refused.
    ///
    /// ```
    /// let details = messages_api::types::fallback::RefusalStopDetails::new().category("cyber");
    /// ```
    pub struct RefusalStopDetails = "refusal", fn empty;
    required {}
    optional {
        /// What the refusal is about.
        category: RefusalCategory,
        /// Why, for people.
        explanation: String,
        /// A credit for asking another model; it lives 5 minutes (beta).
        fallback_credit_token: (secret String),
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
        Self::empty().with_nulls(const { Self::places(["category", "explanation"]) })
    }
}

wire_union! {
    /// Why the model stopped, where there is more to say.
    ///
    /// ```
    /// use messages_api::types::fallback::{RefusalStopDetails, StopDetails};
    ///
    /// let details = StopDetails::from(RefusalStopDetails::new());
    /// ```
    pub enum StopDetails {
        /// It refused.
        Refusal(Box RefusalStopDetails) = "refusal",
    }
}

wire_string! {
    /// What a refusal is about.
    ///
    /// ```
    /// assert_eq!(messages_api::types::fallback::RefusalCategory::Cyber.as_str(), "cyber");
    /// ```
    pub enum RefusalCategory {
        /// Attacks on computers.
        Cyber = "cyber",
        /// Biological harm.
        Bio = "bio",
        /// Building frontier models.
        FrontierLlm = "frontier_llm",
        /// Extracting the model's reasoning.
        ReasoningExtraction = "reasoning_extraction",
        /// Other harm.
        GeneralHarms = "general_harms",
    }
}
