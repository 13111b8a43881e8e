//! What the translations in both directions put into the content of messages.

use crate::json::Json;

/// Marks a text as instructions, in the way that models learn from Claude Code.
pub(super) fn reminder(text: &str) -> String {
    format!("<system-reminder>\n{text}\n</system-reminder>")
}

/// Returns the input of a tool for arguments that are not JSON.
pub(super) fn raw_input(arguments: &str) -> Json {
    Json::from(serde_json::json!({ "_raw": arguments }))
}
