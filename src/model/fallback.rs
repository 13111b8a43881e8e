//! Refusals, and models to turn to after one.

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

use crate::json::Json;
use crate::model::{OutputConfig, ThinkingConfig};
use crate::wire::{Field, Path, wire_shape, wire_string, wire_struct, wire_union};

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
        output_config: (OutputConfig),
        /// As in the request.
        speed: Speed,
        /// As in the request.
        thinking: (ThinkingConfig),
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

wire_struct! {
    /// Another model took over here.
    ///
    /// ```
    /// use messages_api::{FallbackBlock, FallbackModel};
    ///
    /// let block = FallbackBlock::new(FallbackModel::new("claude-fable-5"), FallbackModel::new("claude-opus-4-8"));
    /// ```
    pub struct FallbackBlock = "fallback",
        /// From one model to another.
        pub fn new;
    required {
        /// The model that stopped.
        from: FallbackModel,
        /// The model that went on.
        to: FallbackModel,
    }
    optional {
        /// Why.
        trigger: FallbackTrigger,
    }
}

wire_struct! {
    /// A model of a [`FallbackBlock`].
    ///
    /// ```
    /// let model = messages_api::FallbackModel::new("claude-opus-4-8");
    /// ```
    pub struct FallbackModel,
        /// The model `model`.
        pub fn new;
    required {
        /// The model.
        model: String,
    }
    optional {}
}

/// Why another model took over. An answer tells it by an object with a
/// `type`; what a caller sends back may be anything.
///
/// ```
/// use messages_api::{FallbackTrigger, RefusalTrigger};
///
/// let trigger = FallbackTrigger::from(RefusalTrigger::new());
/// ```
// Not by `wire_union!`, which takes objects with a `type` only.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum FallbackTrigger {
    /// The first refused.
    Refusal(RefusalTrigger),
    /// Something that this version of the crate does not know.
    Unknown(Json),
}

impl From<RefusalTrigger> for FallbackTrigger {
    fn from(trigger: RefusalTrigger) -> Self {
        Self::Refusal(trigger)
    }
}

impl Serialize for FallbackTrigger {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Refusal(trigger) => trigger.serialize(serializer),
            Self::Unknown(json) => json.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for FallbackTrigger {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Json::deserialize(deserializer)?;
        Ok(json.decode().map_or(Self::Unknown(json), Self::Refusal))
    }
}

impl Field for FallbackTrigger {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }

    fn unknown(&self, path: &mut Path) {
        match self {
            Self::Refusal(trigger) => Field::unknown(trigger, path),
            Self::Unknown(json) => match json.decode() {
                Ok(Typed { r#type }) => path.report_value(&r#type),
                Err(_) => path.report_value(&json.get().chars().take(MAX_SHOWN_CHARS).collect::<String>()),
            },
        }
    }
}

/// How much is shown of a trigger that is like no other.
const MAX_SHOWN_CHARS: usize = 64;

#[derive(serde::Deserialize)]
struct Typed {
    r#type: String,
}

wire_struct! {
    /// The first model refused.
    ///
    /// ```
    /// let trigger = messages_api::RefusalTrigger::new().category("bio");
    /// ```
    pub struct RefusalTrigger = "refusal",
        /// A refusal without a category.
        pub fn new;
    required {}
    optional {
        /// What the refusal is about.
        category: RefusalCategory,
    }
}

wire_string! {
    /// What a refusal is about.
    ///
    /// ```
    /// assert_eq!(messages_api::RefusalCategory::Cyber.as_str(), "cyber");
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
