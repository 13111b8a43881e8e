//! The block that marks where another model took over.

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

use crate::json::{Json, fields};
use crate::text;
use crate::types::fallback::RefusalCategory;
use crate::wire::{self, Field, Interpreted, Path, Slot, Target, View, wire_struct};

wire_struct! {
    /// The place in a message where another model took over (beta).
    ///
    /// The API writes it when it switches to one of the [`Fallbacks`](crate::types::fallback::Fallbacks) of
    /// the request; the blocks after it are by the model `to`. Send it back in the next request, unchanged
    /// and in the same position. Unlike most blocks, it cannot carry a cache marker.
    ///
    /// ```
    /// use messages_api::ContentBlock;
    ///
    /// let json = r#"{
    ///     "type": "fallback",
    ///     "from": {"model": "claude-fable-5"},
    ///     "to": {"model": "claude-opus-4-8"},
    ///     "trigger": {"type": "refusal", "category": "bio"}
    /// }"#;
    /// let ContentBlock::Fallback(block) = serde_json::from_str(json)? else { unreachable!() };
    /// assert_eq!(block.to.model, "claude-opus-4-8");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct FallbackBlock = "fallback",
        /// Creates a block for a switch between two models.
        pub fn new;
    required {
        /// The model that stopped.
        from: FallbackModel,
        /// The model that took over.
        to: FallbackModel,
    }
    optional {
        /// The reason for the switch.
        trigger: FallbackTrigger,
    }
}

wire_struct! {
    /// A model that a [`FallbackBlock`] names (beta).
    pub struct FallbackModel,
        /// Creates a reference to `model`.
        pub fn new;
    required {
        /// The id of the model.
        model: String,
    }
    optional {}
}

/// The reason why another model took over (beta).
///
/// The API sends an object with a `type`. In a request the protocol accepts any JSON value here;
/// [`Unknown`](Self::Unknown) keeps every value that is not a known reason.
// Not declared by `wire_union!`, which accepts only objects with a `type`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum FallbackTrigger {
    /// The first model refused.
    Refusal(RefusalTrigger),
    /// A reason that this version of the crate does not know, as any JSON value.
    Unknown(Json),
}

impl From<RefusalTrigger> for FallbackTrigger {
    fn from(trigger: RefusalTrigger) -> Self {
        Self::Refusal(trigger)
    }
}

impl Serialize for FallbackTrigger {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        wire::write(self.view(), serializer)
    }
}

impl<'de> Deserialize<'de> for FallbackTrigger {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        wire::read(deserializer)
    }
}

impl Field for FallbackTrigger {
    fn blank() -> Self {
        Self::Unknown(Json::null())
    }

    fn slot(&mut self) -> Slot<'_> {
        Target::Any(self).into()
    }

    fn view(&self) -> View<'_> {
        View::Any(self)
    }
}

impl Interpreted for FallbackTrigger {
    fn set(&mut self, json: Json) {
        *self = json.decode().map_or(Self::Unknown(json), Self::Refusal);
    }

    fn inner(&self) -> View<'_> {
        match self {
            Self::Refusal(trigger) => trigger.view(),
            Self::Unknown(json) => View::Raw(json),
        }
    }

    fn unknown(&self, path: &mut Path) {
        match self {
            Self::Refusal(trigger) => path.visit(trigger.view()),
            Self::Unknown(json) => {
                let json = json.as_raw_str();
                let tag = fields(json, ["type"]).ok().and_then(|[tag]| serde_json::from_str(tag?).ok());
                path.report_value(&tag.unwrap_or_else(|| text::start(json, MAX_SHOWN_BYTES).to_owned()));
            }
        }
    }
}

/// The maximum length, in bytes, of a trigger without a `type` in a list of unknown parts.
const MAX_SHOWN_BYTES: usize = 64;

wire_struct! {
    /// A refusal as the reason why another model took over (beta). Variant of [`FallbackTrigger`].
    pub struct RefusalTrigger = "refusal",
        /// Creates a reason without a category.
        pub fn new;
    required {}
    optional {
        /// The subject of the refusal.
        category: RefusalCategory,
    }
}
