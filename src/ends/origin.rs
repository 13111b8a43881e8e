//! The request that an end belongs to.

use std::sync::{Arc, OnceLock};

use super::principal::Principal;
use crate::clock::Moment;
use crate::error::ApiError;
use crate::text;
#[cfg(feature = "policy")]
use crate::types::usage::Usage;

/// The maximum length of the name of a model, which is that of the API.
const MAX_MODEL_BYTES: usize = 256;

/// Returns what hooks learn of the name of a model. They may keep it for long, and nobody has checked it.
pub(crate) fn model_name(name: &str) -> &str {
    text::start(name, MAX_MODEL_BYTES)
}

/// What a hook learns about the request.
#[derive(Clone, Default)]
pub(crate) struct Origin {
    pub(crate) request_id: String,
    pub(crate) principal: Principal,
    pub(crate) model: String,
    pub(crate) start: Moment,
    pub(crate) fate: Fate,
}

/// What happens to a request that its hooks cannot see: the error with which a server gives it up, and what a
/// message used that a policy cuts off.
///
/// The server sets the error before it drops the handler's future or stream. Otherwise those could not be told
/// from the ones that are dropped because the caller has left.
#[derive(Clone, Default)]
pub(crate) struct Fate(Arc<State>);

#[derive(Default)]
struct State {
    error: OnceLock<ApiError>,
    #[cfg(feature = "policy")]
    cut: OnceLock<Cut>,
}

/// What a message used that was cut off.
#[cfg(feature = "policy")]
pub(crate) struct Cut {
    pub(crate) usage: Usage,
    /// Whether the output was not reported yet.
    pub(crate) is_estimated: bool,
}

impl Fate {
    /// Says that the request ends with `error`. The first error counts.
    #[cfg(any(feature = "server", test))]
    pub(crate) fn give_up(&self, error: &ApiError) {
        let _ = self.0.error.set(error.clone());
    }

    pub(super) fn error(&self) -> Option<&ApiError> {
        self.0.error.get()
    }

    /// Says that a policy has cut the message off. The first time counts.
    #[cfg(feature = "policy")]
    pub(crate) fn cut_off(&self, cut: Cut) {
        let _ = self.0.cut.set(cut);
    }

    #[cfg(feature = "policy")]
    pub(crate) fn cut(&self) -> Option<&Cut> {
        self.0.cut.get()
    }
}
