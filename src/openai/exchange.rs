//! What the translation of a response has to know of its request.

use std::collections::HashMap;
use std::sync::Arc;

use super::ids::UsedIds;
use super::losses::Losses;
use super::profile::UpstreamProfile;

/// What the translation of a response has to know of its request.
///
/// [`request_to_openai`](super::request_to_openai) returns one with each request. It belongs to that request
/// alone: it holds the id of the message, the names of the tools and the stop sequences.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The id of the message, `msg_` and 24 letters and digits.
    pub(super) message_id: String,
    /// The model under the name that the caller used.
    pub(super) model: String,
    pub(super) profile: Arc<UpstreamProfile>,
    /// The name of each tool whose name the server does not accept, by the one that was sent instead.
    pub(super) tool_names: HashMap<String, String>,
    /// The ids of calls that the conversation has already.
    pub(super) used_ids: UsedIds,
    /// All stop sequences of the request, without those that are empty or repeated.
    pub(super) stop_sequences: Vec<String>,
    /// The number of them that were sent to the server; the bridge looks for the others itself.
    pub(super) sent_stop_sequences: usize,
    /// Whether the request asks for thinking.
    pub(super) thinks: bool,
    /// Whether the request allows no more than one call in a message.
    pub(super) one_call: bool,
    /// The text that a whole completion repeats at its start; empty if there is none.
    pub(super) repeated: String,
    /// An estimate of the tokens of the request.
    pub(super) input_tokens: u64,
    pub(super) losses: Losses,
}

impl Exchange {
    /// Takes all of it, to be put back later.
    pub(super) fn take(&mut self) -> Self {
        let nothing = Self {
            message_id: String::new(),
            model: String::new(),
            profile: self.profile.clone(),
            tool_names: HashMap::new(),
            used_ids: UsedIds::default(),
            stop_sequences: Vec::new(),
            sent_stop_sequences: 0,
            thinks: false,
            one_call: false,
            repeated: String::new(),
            input_tokens: 0,
            losses: Losses::default(),
        };
        std::mem::replace(self, nothing)
    }

    /// Returns what could not be carried over so far.
    pub fn losses(&self) -> &Losses {
        &self.losses
    }
}
