//! The rule for the results of tools that the API or an MCP server runs: the call comes first.

use std::collections::HashMap;

use crate::types::Role;
use crate::validate::problems::Problems;
use crate::validate::turns::{Host, Part, Turn};

/// Checks `turns`, those of the request, whose earlier part may be in a stored thread that it
/// continues (`is_continued`).
///
/// The call is usually in the same turn. It is in an earlier one if that turn paused before the
/// result, for example because code that the API runs called a tool of the caller.
pub(super) fn check(turns: &[Turn<'_>], is_continued: bool, problems: &mut Problems) {
    // The index of the turn with the result, for each call that has one.
    let mut calls: HashMap<(Host, &str), Option<usize>> = HashMap::new();
    // Whether calls may have been made that are not among `calls`.
    let mut may_have_more = is_continued;
    for (index, turn) in turns.iter().enumerate() {
        for at in &turn.parts {
            match at.part {
                Part::HostedCall(host, id) => {
                    calls.insert((host, id), None);
                }
                Part::HostedResult(host, id) if *turn.role == Role::Assistant => {
                    match calls.get_mut(&(host, id)) {
                        Some(result @ None) => *result = Some(index),
                        Some(Some(earlier)) if *earlier == index => {}
                        Some(Some(_)) | None if may_have_more => {}
                        Some(Some(_)) | None => at.reject_field("tool_use_id", problems, message(host)),
                    }
                }
                Part::Summary | Part::Unknown => may_have_more = true,
                Part::HostedResult(..)
                | Part::Text(_)
                | Part::Call(_)
                | Part::Result(_)
                | Part::Instructions
                | Part::Other => {}
            }
        }
    }
}

fn message(host: Host) -> String {
    let call = match host {
        Host::Api => "server_tool_use",
        Host::McpServer => "mcp_tool_use",
    };
    format!(
        "no `{call}` earlier in this turn or in a paused turn has this id; send the call and its result \
         together, or neither"
    )
}
