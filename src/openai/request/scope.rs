//! What all parts of a translation share.

use std::fmt::Display;

use super::names::Names;
use crate::error::ApiError;
use crate::json::Json;
use crate::openai::losses::{LossKind, Losses};
use crate::openai::profile::{Sampling, UpstreamProfile};
use crate::text;
use crate::types::{CacheControl, CreateMessageRequest};
use crate::wire::{Field, Path};

/// The length in bytes up to which a text of the request is quoted in an error or a loss.
pub(super) const MAX_QUOTE: usize = 128;

/// What all parts of a translation share.
pub(super) struct Scope<'a> {
    pub(super) profile: &'a UpstreamProfile,
    /// Whether the model is one of OpenAI's that reason, which know other fields than the rest.
    pub(super) is_reasoning_model: bool,
    pub(super) names: Names,
    /// The text of a message that a whole completion repeats.
    pub(super) repeated: String,
    pub(super) losses: Losses,
}

impl<'a> Scope<'a> {
    pub(super) fn new(profile: &'a UpstreamProfile, model: &str) -> Self {
        Self {
            profile,
            is_reasoning_model: is_reasoning_model(model),
            names: Names::new(profile.tool_name_max),
            repeated: String::new(),
            losses: Losses::default(),
        }
    }

    /// Whether the server knows `temperature`, `top_p` and `stop`.
    pub(super) fn knows_sampling(&self) -> bool {
        match self.profile.sampling {
            Sampling::ByModel => !self.is_reasoning_model,
            Sampling::Send => true,
            Sampling::Drop => false,
        }
    }

    /// Returns the cache marker as the server takes it, or records that it takes none.
    pub(super) fn marker(&mut self, marker: Option<&CacheControl>, path: &str) -> Option<Json> {
        let marker = marker?;
        if self.profile.cache_control {
            return Json::encode(marker).ok();
        }
        self.dropped(format!("{path}.cache_control"), "the server has no place for a cache marker");
        None
    }

    pub(super) fn dropped(&mut self, path: impl Into<String>, detail: impl Into<String>) {
        self.losses.add(path, LossKind::Dropped, detail);
    }

    pub(super) fn replaced(&mut self, path: impl Into<String>, detail: impl Into<String>) {
        self.losses.add(path, LossKind::Replaced, detail);
    }

    pub(super) fn repaired(&mut self, path: impl Into<String>, detail: impl Into<String>) {
        self.losses.add(path, LossKind::Repaired, detail);
    }

    /// Records everything that this version of the crate does not know; none of it is sent.
    pub(super) fn add_unknown(&mut self, request: &CreateMessageRequest) {
        // A request can have any number of them, each at the end of a long path.
        for found in Path::look(request.view(), self.losses.room()) {
            match found.split_once('=') {
                Some((path, value)) => {
                    self.dropped(path, format!("{:?} is unknown", text::start(value, MAX_QUOTE)))
                }
                None => self.dropped(found, "the field is unknown"),
            }
        }
    }
}

pub(super) fn invalid(path: impl Display, reason: impl Display) -> ApiError {
    ApiError::invalid_request(format!("{path}: {reason}"))
}

/// Whether `model` is a reasoning model of OpenAI: one of the `o` series, or of GPT-5 or later unless it is
/// made for chats. A prefix such as `openai/` does not matter.
fn is_reasoning_model(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or_default();
    let number = |text: &str| -> Option<u32> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        text[..digits].parse().ok()
    };
    let is_o = name.strip_prefix('o').and_then(number).is_some();
    let is_gpt =
        name.strip_prefix("gpt-").and_then(number).is_some_and(|version| (5..100).contains(&version));
    is_o || is_gpt && !name.contains("-chat")
}
