//! Tool results.

use super::draft::text_part;
use super::parts;
use super::scope::Scope;
use crate::error::ApiError;
use crate::openai::types::ChatPart;
use crate::types::{ToolResultBlock, ToolResultContent};

/// How the text of a failure begins, in lower case.
const FAILURES: [&str; 6] = ["error", "[tool error", "<tool_use_error", "exception", "traceback", "fail"];

/// The parts of a tool result.
pub(super) struct ResultParts {
    /// Those that the result itself may contain.
    pub(super) own: Vec<ChatPart>,
    /// Those that have to follow in a message of the user, introduced by a text.
    pub(super) media: Vec<ChatPart>,
}

pub(super) fn translate(
    result: &ToolResultBlock,
    path: &str,
    scope: &mut Scope<'_>,
) -> Result<ResultParts, ApiError> {
    let ToolResultBlock { tool_use_id, content, is_error, toolset_name, cache_control, extra: _, gaps: _ } =
        result;
    if toolset_name.is_some() {
        scope.dropped(format!("{path}.toolset_name"), "a result has no place for it");
    }
    let mut all = Vec::new();
    match content {
        Some(ToolResultContent::Text(text)) if !text.is_empty() => all.push(text_part(text, None)),
        Some(ToolResultContent::Blocks(blocks)) => {
            for (at, block) in blocks.iter().enumerate() {
                all.extend(parts::translate(block, &format!("{path}.content.{at}"), scope)?);
            }
        }
        Some(ToolResultContent::Text(_)) | None => {}
    }
    let mut split = ResultParts { own: Vec::new(), media: Vec::new() };
    for part in all {
        let kind = match &part {
            ChatPart::Image(_) if !scope.profile.image_in_tool => "image",
            ChatPart::File(_) => "file",
            _ => {
                split.own.push(part);
                continue;
            }
        };
        split.media.push(text_part(format!("[{kind} from tool result {tool_use_id}]"), None));
        split.media.push(part);
    }
    if *is_error == Some(true) {
        mark_failure(&mut split.own);
    }
    if let Some(marker) = scope.marker(cache_control.as_ref(), path) {
        match split.own.last_mut() {
            Some(ChatPart::Text(text)) => text.cache_control = Some(marker),
            _ => scope.dropped(format!("{path}.cache_control"), "the server has no place for a cache marker"),
        }
    }
    Ok(split)
}

/// Makes the model see that the tool failed, unless the text says so itself.
fn mark_failure(parts: &mut Vec<ChatPart>) {
    match parts.first_mut() {
        Some(ChatPart::Text(part)) => {
            let start: String = part.text.trim_start().chars().take(16).collect();
            let start = start.to_ascii_lowercase();
            if !FAILURES.iter().any(|failure| start.starts_with(failure)) {
                part.text.insert_str(0, "[tool error] ");
            }
        }
        _ => parts.insert(0, text_part("[tool error]", None)),
    }
}
