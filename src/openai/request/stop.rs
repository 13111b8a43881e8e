//! Stop sequences.

use std::collections::HashSet;

use super::scope::Scope;
use crate::openai::types::{ChatRequest, ChatStop};
use crate::types::CreateMessageRequest;

/// Sends as many stop sequences as the server accepts; the bridge looks for the others itself. Returns all of
/// them, without those that are empty or repeated, and the number of those that are sent.
pub(super) fn translate(
    request: &CreateMessageRequest,
    chat: &mut ChatRequest,
    scope: &Scope<'_>,
) -> (Vec<String>, usize) {
    let mut seen = HashSet::new();
    let texts = request.stop_sequences.iter().flatten();
    let all: Vec<String> = texts.filter(|text| !text.is_empty() && seen.insert(*text)).cloned().collect();
    let max = if scope.knows_sampling() { scope.profile.stop_max.unwrap_or(usize::MAX) } else { 0 };
    let sent = all.len().min(max);
    if sent > 0 {
        chat.stop = Some(ChatStop::List(all[..sent].to_vec()));
    }
    (all, sent)
}
