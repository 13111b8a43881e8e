//! The names and ids of calls.

use crate::openai::exchange::Exchange;
use crate::openai::ids::{legal, random};

/// Returns the name of the tool under which the caller knows it.
pub(in crate::openai) fn tool_name(name: String, exchange: &Exchange) -> String {
    exchange.tool_names.get(&name).cloned().unwrap_or(name)
}

/// Returns an id for a call that is legal in the Messages protocol and new in the conversation, close to the
/// one that the server has given, if it has.
pub(in crate::openai) fn call_id(given: Option<&str>, exchange: &mut Exchange) -> String {
    let id = match given {
        None | Some("") => random("toolu_"),
        Some(id) => legal(id),
    };
    exchange.used_ids.add(id)
}
