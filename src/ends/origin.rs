//! The request that an end belongs to.

use std::sync::{Arc, OnceLock};

#[cfg(feature = "policy")]
use super::cut::{Cut, Scope};
use super::principal::Principal;
use crate::clock::Moment;
use crate::error::ApiError;
use crate::text;

/// The maximum length of the name of a model, which is that of the API.
const MAX_MODEL_BYTES: usize = 256;

/// Returns what hooks learn of the name of a model. They may keep it for long, and nobody has checked it.
pub(crate) fn model_name(name: &str) -> &str {
    text::start(name, MAX_MODEL_BYTES)
}

/// What a hook learns about the request.
#[derive(Clone, Default)]
pub(crate) struct Origin {
    pub(crate) request_id: Arc<str>,
    pub(crate) principal: Principal,
    pub(crate) model: String,
    pub(crate) start: Moment,
    pub(crate) fate: Fate,
}

/// What happens to a request that its hooks cannot see: the error with which a server gives it up, and what
/// the messages used that policies cut off.
///
/// The server sets the error before it drops the handler's future or stream. Otherwise those could not be told
/// from the ones that are dropped because the caller has left. The default is the fate of a request without a
/// server, which nobody gives up.
#[derive(Clone, Default)]
pub(crate) struct Fate {
    error: Option<Arc<OnceLock<ApiError>>>,
    /// The innermost policy that the request passes through and that cuts matter to.
    #[cfg(feature = "policy")]
    scope: Option<Arc<Scope>>,
}

impl Fate {
    /// Returns the fate of a request that a server may give up.
    #[cfg(any(feature = "server", test))]
    pub(crate) fn of_request() -> Self {
        Self {
            error: Some(Arc::default()),
            #[cfg(feature = "policy")]
            scope: None,
        }
    }

    /// Says that the request ends with `error`. The first error counts.
    #[cfg(any(feature = "server", test))]
    pub(crate) fn give_up(&self, error: &ApiError) {
        if let Some(ended) = &self.error {
            let _ = ended.set(error.clone());
        }
    }

    pub(super) fn error(&self) -> Option<&ApiError> {
        self.error.as_ref()?.get()
    }

    /// Returns the fate of a call within this request that is charged for. It learns of the cuts within the
    /// call, and of those of the reviews around it.
    #[cfg(feature = "policy")]
    pub(crate) fn charged(&self) -> Self {
        self.within(Scope::charged(self.scope.clone()))
    }

    /// Returns the fate of a call within this request whose message is reviewed. What was cut off of an
    /// earlier message of the calls around it counts no longer.
    #[cfg(feature = "policy")]
    pub(crate) fn reviewed(&self) -> Self {
        self.within(Scope::reviewed(self.scope.clone()))
    }

    #[cfg(feature = "policy")]
    fn within(&self, scope: Scope) -> Self {
        Self { error: self.error.clone(), scope: Some(Arc::new(scope)) }
    }

    /// Says that the review of this call has cut its message off. The last time counts.
    #[cfg(feature = "policy")]
    pub(crate) fn cut_off(&self, cut: Cut) {
        if let Some(scope) = &self.scope {
            scope.cut_off(cut);
        }
    }

    /// Returns what was cut off of the message of this call, which is charged for.
    #[cfg(feature = "policy")]
    pub(crate) fn cut(&self) -> Option<Arc<Cut>> {
        self.scope.as_ref()?.cut()
    }
}
