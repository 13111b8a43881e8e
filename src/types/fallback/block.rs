//! TODO.

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

use crate::json::Json;
use crate::types::fallback::RefusalCategory;
use crate::wire::{Field, Path, wire_struct};

wire_struct! {
    /// Another model took over here.
    ///
    /// ```
    /// use messages_api::types::fallback::{FallbackBlock, FallbackModel};
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
    /// let model = messages_api::types::fallback::FallbackModel::new("claude-opus-4-8");
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
/// use messages_api::types::fallback::{FallbackTrigger, RefusalTrigger};
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
                Err(_) => {
                    path.report_value(&json.as_raw_str().chars().take(MAX_SHOWN_CHARS).collect::<String>())
                }
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
    /// let trigger = messages_api::types::fallback::RefusalTrigger::new().category("bio");
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
