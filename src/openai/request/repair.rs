//! The rule that each call has one result, directly after the message of the call.

use std::collections::HashMap;

use super::draft::{Draft, text_part};
use super::scope::Scope;

/// What stands for a result that the conversation lacks.
const NO_RESULT: &str = "[no result available]";

/// A call of a tool, made in the turn of the model before.
pub(super) struct Call {
    pub(super) id: String,
    pub(super) sent_id: String,
    pub(super) path: String,
}

/// What becomes of a tool result.
pub(super) enum Fate {
    /// It is the result of the call at this position.
    Sent(usize),
    /// A later one has the same id.
    Repeated,
    /// The turn before has no such call.
    Orphan,
}

/// Returns what becomes of each of the results with the given ids.
pub(super) fn fates<'a>(calls: &[Call], ids: impl Iterator<Item = &'a str> + Clone) -> Vec<Fate> {
    let places: HashMap<&str, usize> =
        calls.iter().enumerate().map(|(place, call)| (&*call.id, place)).collect();
    let last: HashMap<&str, usize> = ids.clone().enumerate().map(|(at, id)| (id, at)).collect();
    let fate = |(at, id)| match places.get(id) {
        None => Fate::Orphan,
        Some(_) if last.get(id) != Some(&at) => Fate::Repeated,
        Some(place) => Fate::Sent(*place),
    };
    ids.enumerate().map(fate).collect()
}

/// Returns the calls of which no result is sent.
pub(super) fn without_result<'a>(calls: &'a [Call], fates: &[Fate]) -> impl Iterator<Item = &'a Call> {
    let mut has_result = vec![false; calls.len()];
    for fate in fates {
        if let Fate::Sent(place) = fate {
            has_result[*place] = true;
        }
    }
    calls.iter().zip(has_result).filter(|(_, has_result)| !has_result).map(|(call, _)| call)
}

/// Creates a result for a call that has none.
pub(super) fn missing_result(call: &Call, scope: &mut Scope<'_>) -> Draft {
    scope.repaired(&*call.path, "it has no result; one that says so was added");
    Draft::result(call.sent_id.clone(), vec![text_part(NO_RESULT, None)])
}
