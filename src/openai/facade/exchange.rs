//! What the translation of a message has to know of the request for a completion.

use std::sync::Arc;

use crate::openai::losses::Losses;

/// What the translation of a message into a completion has to know of its request.
///
/// [`request_from_openai`](crate::openai::request_from_openai) returns one with each request. A handler below
/// a `Facade` finds it in the extensions of its context if the caller speaks Chat Completions.
#[derive(Clone, Debug)]
pub struct ChatExchange {
    /// The model under the name that the caller used.
    pub(super) model: String,
    /// The time of the request, in seconds since 1970.
    pub(super) created: u64,
    /// Whether a stream ends with a chunk that has the usage.
    pub(super) include_usage: bool,
    /// Whether the caller receives the model's thinking.
    pub(super) reasoning: bool,
    /// Whether the request has `functions`, so that a call is a `function_call`.
    pub(super) has_functions: bool,
    pub(super) losses: Arc<Losses>,
}

impl ChatExchange {
    /// Returns what could not be carried over.
    pub fn losses(&self) -> &Losses {
        &self.losses
    }
}
