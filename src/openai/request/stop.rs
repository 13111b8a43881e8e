//! Stop sequences.

use super::scope::Scope;
use crate::openai::types::{ChatRequest, ChatStop};
use crate::types::CreateMessageRequest;

/// Sends as many stop sequences as the server accepts. Returns all of them, without those that are empty or
/// repeated; the bridge looks for the others itself.
pub(super) fn translate(
    request: &CreateMessageRequest,
    chat: &mut ChatRequest,
    scope: &Scope<'_>,
) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for text in request.stop_sequences.iter().flatten() {
        if !text.is_empty() && !all.contains(text) {
            all.push(text.clone());
        }
    }
    let max = if scope.knows_sampling() { scope.profile.stop_max.unwrap_or(usize::MAX) } else { 0 };
    let sent = &all[..all.len().min(max)];
    if !sent.is_empty() {
        chat.stop = Some(ChatStop::List(sent.to_vec()));
    }
    all
}

/// Returns the number of stop sequences that are sent.
pub(super) fn sent(chat: &ChatRequest) -> usize {
    match &chat.stop {
        Some(ChatStop::List(texts)) => texts.len(),
        Some(ChatStop::Text(_)) => 1,
        None => 0,
    }
}
