//! Stop sequences.

use std::collections::HashSet;

use super::scope::Scope;
use crate::error::ApiError;
use crate::openai::types::{ChatRequest, ChatStop};
use crate::types::CreateMessageRequest;

/// The number of stop sequences that the bridge looks for itself, and their bytes together. Each of them is
/// compared with every byte of the message.
const MAX_OWN: usize = 64;
const MAX_OWN_BYTES: usize = 8 * 1024;

/// Sends as many stop sequences as the server accepts; the bridge looks for the others itself. Returns all of
/// them, without those that are empty or repeated, and the number of those that are sent.
pub(super) fn translate(
    request: &CreateMessageRequest,
    chat: &mut ChatRequest,
    scope: &Scope<'_>,
) -> Result<(Vec<String>, usize), ApiError> {
    let mut seen = HashSet::new();
    let texts = request.stop_sequences.iter().flatten();
    let all: Vec<String> = texts.filter(|text| !text.is_empty() && seen.insert(*text)).cloned().collect();
    let max = if scope.knows_sampling() { scope.profile.stop_max.unwrap_or(usize::MAX) } else { 0 };
    let sent = all.len().min(max);
    if sent > 0 {
        chat.stop = Some(ChatStop::List(all[..sent].to_vec()));
    }
    let own = &all[sent..];
    if own.len() > MAX_OWN || own.iter().map(String::len).sum::<usize>() > MAX_OWN_BYTES {
        return Err(ApiError::invalid_request(format!(
            "stop_sequences: the model's server accepts {max}, and of all others together at most {MAX_OWN} with \
             {MAX_OWN_BYTES} bytes are possible"
        )));
    }
    Ok((all, sent))
}
