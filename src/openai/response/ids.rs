//! The names and ids of calls.

use sha2::{Digest, Sha256};

use crate::openai::exchange::Exchange;

/// The number of letters and digits of an id after its prefix.
const ID_LEN: usize = 24;

/// Returns the name of the tool under which the caller knows it.
pub(in crate::openai) fn tool_name(name: String, exchange: &Exchange) -> String {
    exchange.tool_names.get(&name).cloned().unwrap_or(name)
}

/// Returns an id for a call that is legal in the Messages protocol and new in the conversation, close to the
/// one that the server has given, if it has.
pub(in crate::openai) fn call_id(given: Option<&str>, exchange: &mut Exchange) -> String {
    let id = match given {
        None | Some("") => format!("toolu_{}", random(ID_LEN)),
        Some(id) => legal(id),
    };
    let id = if exchange.used_ids.contains(&id) { first_free(&id, exchange) } else { id };
    exchange.used_ids.insert(id.clone());
    id
}

/// Claude Code takes `_` and digits after an id that it knows for a mark of its own, and loses the result of
/// such a call, so a hyphen stands before the number.
fn first_free(id: &str, exchange: &Exchange) -> String {
    let numbered = (2_u64..).map(|number| format!("{id}-{number}"));
    numbered.into_iter().find(|id| !exchange.used_ids.contains(id)).unwrap_or_default()
}

/// Replaces what must not be in an id, and tells ids apart that then look the same.
pub(in crate::openai) fn legal(id: &str) -> String {
    let is_legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !id.is_empty() && id.chars().all(is_legal) {
        return id.to_owned();
    }
    let replaced: String = id.chars().map(|c| if is_legal(c) { c } else { '_' }).collect();
    let hash = Sha256::digest(id.as_bytes());
    format!("{replaced}_{:02x}{:02x}{:02x}", hash[0], hash[1], hash[2])
}

fn random(len: usize) -> String {
    (0..len).map(|_| fastrand::alphanumeric()).collect()
}
