//! The rules for tool calls and their results: the turn after a call contains its result, results
//! come before all other blocks of their turn, and neither occurs twice.

use std::collections::HashSet;

use crate::validate::problems::Problems;
use crate::validate::turns::{Part, Turn};

/// Checks `turns`, those of the request. If it continues a thread (`is_continued`), the calls that
/// belong to the results in the first turn may be in the stored part of the thread.
pub(super) fn check(turns: &[Turn<'_>], is_continued: bool, problems: &mut Problems) {
    for (index, turn) in turns.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| &turns[before]);
        if before.is_some() || !is_continued {
            check_results(turn, before, problems);
        }
        check_calls(turn, turns.get(index + 1), problems);
        check_repeats(turn, problems);
    }
}

/// Checks that each result in `turn` has its call in the turn `before`, and that results come
/// first.
fn check_results(turn: &Turn<'_>, before: Option<&Turn<'_>>, problems: &mut Problems) {
    let calls: HashSet<&str> = before
        .map_or(&[][..], |before| &before.parts)
        .iter()
        .filter_map(|at| if let Part::Call(id) = at.part { Some(id) } else { None })
        .collect();
    let is_known = before.is_none_or(|before| !before.has_unknown());
    let mut is_first = true;
    for at in &turn.parts {
        let id = match at.part {
            Part::Result(id) => id,
            Part::Unknown | Part::Instructions => continue,
            Part::Text(_)
            | Part::Call(_)
            | Part::HostedCall(..)
            | Part::HostedResult(..)
            | Part::Summary
            | Part::Other => {
                is_first = false;
                continue;
            }
        };
        if is_known && !calls.contains(id) {
            at.reject_field("tool_use_id", problems, "no `tool_use` in the previous turn has this id");
        } else if !is_first {
            let message = "`tool_result` blocks must come before all other blocks of their turn";
            at.reject(problems, message);
        }
    }
}

/// Checks that each call in `turn` has its result in the turn `after`.
fn check_calls(turn: &Turn<'_>, after: Option<&Turn<'_>>, problems: &mut Problems) {
    if after.is_some_and(Turn::has_unknown) {
        return;
    }
    let results: HashSet<&str> = after
        .map_or(&[][..], |after| &after.parts)
        .iter()
        .filter_map(|at| if let Part::Result(id) = at.part { Some(id) } else { None })
        .collect();
    for at in &turn.parts {
        if matches!(at.part, Part::Call(id) if !results.contains(id)) {
            at.reject_field("id", problems, "the next turn has no `tool_result` for this call");
        }
    }
}

/// Checks that no two calls in `turn` have the same id, and that no two results are for the same
/// call. Other turns may use an id again.
fn check_repeats(turn: &Turn<'_>, problems: &mut Problems) {
    let (mut calls, mut results) = (HashSet::new(), HashSet::new());
    for at in &turn.parts {
        if matches!(at.part, Part::Call(id) if !calls.insert(id)) {
            let message = "an earlier `tool_use` of this turn has the same id; each call needs its own";
            at.reject_field("id", problems, message);
        }
        if matches!(at.part, Part::Result(id) if !results.insert(id)) {
            let message =
                "an earlier `tool_result` of this turn is for the same call; only one is allowed per call";
            at.reject_field("tool_use_id", problems, message);
        }
    }
}
