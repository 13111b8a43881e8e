//! The rule for turns of the user that consist of whitespace.

use crate::types::Role;
use crate::validate::problems::Problems;
use crate::validate::turns::{Part, Turn};

/// Checks that each of `turns` with the role `user` holds more than whitespace. Beside other
/// content, texts of whitespace are allowed; empty ones are subject to another rule.
pub(super) fn check(turns: &[Turn<'_>], problems: &mut Problems) {
    for turn in turns.iter().filter(|turn| *turn.role == Role::User) {
        let is_blank = |part: &Part<'_>| matches!(part, Part::Text(text) if text.trim().is_empty());
        if !turn.parts.iter().all(|at| is_blank(&at.part)) {
            continue;
        }
        if let Some(at) = turn.parts.iter().find(|at| !matches!(at.part, Part::Text(""))) {
            let message = "a user turn must hold more than whitespace; add content or leave it out";
            at.reject_field("text", problems, message);
        }
    }
}
