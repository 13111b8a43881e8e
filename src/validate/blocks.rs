//! The rules for content blocks.

use crate::json::{Half, Json, lone_halves};
use crate::types::context::MidConversationSystemContent;
use crate::types::mcp::McpToolResultContent;
use crate::types::server_tools::{ToolSearchToolResultContent, WebFetchToolResultContent};
use crate::types::tools::{ChangedTool, ToolChange};
use crate::types::{
    ApiVersion, Base64Source, ContentBlock, ContentSourceContent, DocumentBlock, DocumentSource, ImageSource,
    TextBlock, ToolResultBlock, ToolResultContent, ToolUseBlock,
};
use crate::validate::place::Place;
use crate::validate::problems::Problems;
use crate::validate::{citations, tools};
use crate::wire::shared_extra;

/// Checks `blocks`, the content of `place`, which is at the current path.
pub(super) fn check(blocks: &[ContentBlock], place: Place, problems: &mut Problems) {
    for (index, block) in blocks.iter().enumerate() {
        problems.below(index, |problems| {
            if !place.allows(block) {
                problems.reject(format!("`{}` is not allowed in {}", block.type_name(), place.name()));
            }
            check_block(block, place, problems);
        });
    }
}

fn check_block(block: &ContentBlock, place: Place, problems: &mut Problems) {
    match block {
        ContentBlock::Text(block) => text(block, place, problems),
        ContentBlock::Image(block) => problems.below("source", |problems| image(&block.source, problems)),
        ContentBlock::Document(block) => document(block, place, problems),
        ContentBlock::SearchResult(block) => problems.below("content", |problems| {
            let place = Place::SearchResult { in_user_message: place.is_in_user_message() };
            check(&block.content, place, problems);
        }),
        ContentBlock::ToolUse(block) => tool_use(block, problems),
        ContentBlock::ServerToolUse(block) => input(&block.input, problems),
        ContentBlock::McpToolUse(block) => input(&block.input, problems),
        ContentBlock::ToolResult(block) => tool_result(block, place, problems),
        ContentBlock::WebFetchToolResult(block) => problems.below("content", |problems| {
            web_fetch_result(&block.content, problems);
        }),
        ContentBlock::ToolSearchToolResult(block) => problems.below("content", |problems| {
            tool_search_result(&block.content, problems);
        }),
        ContentBlock::McpToolResult(block) => {
            if let Some(McpToolResultContent::Blocks(list)) = &block.content {
                problems.below("content", |problems| check(list, Place::McpToolResult, problems));
            }
        }
        ContentBlock::MidConversationSystem(block) => {
            if let MidConversationSystemContent::Blocks(list) = &block.content {
                problems.below("content", |problems| check(list, Place::SystemMessage, problems));
            }
        }
        ContentBlock::BrowserState(block) => {
            let active = block.tabs.iter().filter(|tab| tab.active == Some(true)).count();
            if !block.tabs.is_empty() && active != 1 {
                problems.reject_field("tabs", format!("exactly one tab must be active, but {active} are"));
            }
            if block.state_changes.as_ref().is_some_and(Vec::is_empty) {
                problems.reject_field("state_changes", "must not be empty; omit the field instead");
            }
        }
        ContentBlock::Compaction(block) => {
            problems.not_empty("content", block.content.as_deref());
            problems.below("tool_changes", |problems| tool_changes(block.tool_changes.as_deref(), problems));
        }
        ContentBlock::ToolAddition(block) => addition(&block.tool, problems),
        ContentBlock::ToolRemoval(block) => removal(&block.tool, problems),
        // `validate` has no rules for the other types, and for a new one only if somebody adds them.
        _ => {}
    }
    // The markers inside the block come first: its content is part of the prefix that ends here.
    problems.cache_marker(block.cache_control());
    // On a type that can carry a marker, it would be in a field of its own and not in `extra`.
    let extra = shared_extra(block);
    if extra.and_then(|extra| extra.get("cache_control")).is_some_and(|marker| !marker.is_null()) {
        problems.reject_field("cache_control", "is not allowed on blocks of this type");
    }
}

fn text(block: &TextBlock, place: Place, problems: &mut Problems) {
    problems.not_empty("text", Some(&block.text));
    let list = block.citations.as_deref().unwrap_or_default();
    let may_cite = !matches!(place, Place::User | Place::SearchResult { in_user_message: true });
    if !list.is_empty() && !may_cite && problems.is_under(&ApiVersion::V2026_10_21) {
        problems.reject_field("citations", "must be empty in a user message under 2026-10-21");
    }
    problems.below("citations", |problems| citations::check(list, problems));
}

fn image(source: &ImageSource, problems: &mut Problems) {
    match source {
        ImageSource::Base64(source) => {
            base64(source, &["image/jpeg", "image/png", "image/gif", "image/webp"], problems);
        }
        ImageSource::Url(_) | ImageSource::File(_) | ImageSource::Unknown(_) => {}
    }
}

fn base64(source: &Base64Source, accepted: &[&str], problems: &mut Problems) {
    if !accepted.contains(&&*source.media_type) {
        problems.reject_field("media_type", format!("must be {}", accepted.join(", ")));
    }
    base64_data(source, problems);
}

fn base64_data(source: &Base64Source, problems: &mut Problems) {
    const PREFIX: &str = "data:";

    if source.data.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX)) {
        let message = "must be base64 alone; remove the start of the data URL, up to and including the comma";
        problems.reject_field("data", message);
    }
}

fn document(block: &DocumentBlock, place: Place, problems: &mut Problems) {
    if place == Place::Assistant && problems.is_under(&ApiVersion::V2026_10_21) {
        problems.reject("`document` is not allowed in an assistant message under 2026-10-21");
    }
    problems.below("source", |problems| document_source(&block.source, problems));
    problems.length("title", block.title.as_deref(), 1..=500);
    problems.not_empty("context", block.context.as_deref());
}

fn document_source(source: &DocumentSource, problems: &mut Problems) {
    match source {
        DocumentSource::Base64(source) => base64(source, &["application/pdf"], problems),
        DocumentSource::Text(source) => {
            if source.media_type != "text/plain" {
                problems.reject_field("media_type", "must be text/plain");
            }
        }
        DocumentSource::Content(source) => {
            if let ContentSourceContent::Blocks(list) = &source.content {
                problems.below("content", |problems| check(list, Place::Document, problems));
            }
        }
        DocumentSource::Url(_) | DocumentSource::File(_) | DocumentSource::Unknown(_) => {}
    }
}

fn tool_use(block: &ToolUseBlock, problems: &mut Problems) {
    let is_valid = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if block.id.is_empty() || !block.id.chars().all(is_valid) {
        problems.reject_field("id", "must consist of ASCII letters, digits, `_` and `-`");
    }
    problems.length("name", Some(&block.name), 1..=200);
    if !block.input.as_raw_str().starts_with('{') {
        problems.reject_field("input", "must be an object");
    }
    input(&block.input, problems);
}

/// Checks the input of a call by whichever tool.
fn input(input: &Json, problems: &mut Problems) {
    let json = input.as_raw_str();
    if let Some(half) = lone_halves(json).next() {
        let escape = &json[half.at..half.at + Half::LEN];
        let message =
            format!("contains `{escape}`, half of a surrogate pair; replace it with a whole character");
        problems.reject_field("input", message);
    }
}

fn tool_result(block: &ToolResultBlock, place: Place, problems: &mut Problems) {
    let Some(ToolResultContent::Blocks(list)) = &block.content else { return };
    let place = Place::ToolResult { in_user_message: place.is_in_user_message() };
    problems.below("content", |problems| {
        check(list, place, problems);
        let states =
            list.iter().enumerate().filter(|(_, block)| matches!(block, ContentBlock::BrowserState(_)));
        let allows_states = block.is_error != Some(true) && block.toolset_name.as_deref() == Some("browser");
        for (number, (index, _)) in states.enumerate() {
            if !allows_states {
                let message =
                    "`browser_state` is only allowed in a successful result of the toolset `browser`";
                problems.below(index, |problems| problems.reject(message));
            } else if number > 0 {
                problems.below(index, |problems| {
                    problems.reject("at most one `browser_state` is allowed per tool result")
                });
            }
        }
    });
}

fn web_fetch_result(content: &WebFetchToolResultContent, problems: &mut Problems) {
    match content {
        WebFetchToolResultContent::Result(result) => problems.below("content", |problems| {
            // The API chooses the media type.
            if let DocumentSource::Base64(source) = &result.content.source {
                problems.below("source", |problems| base64_data(source, problems));
            }
            problems.cache_marker(result.content.cache_control.as_ref());
        }),
        WebFetchToolResultContent::Error(_) | WebFetchToolResultContent::Unknown(_) => {}
    }
}

fn tool_search_result(content: &ToolSearchToolResultContent, problems: &mut Problems) {
    match content {
        ToolSearchToolResultContent::Result(result) => {
            for (index, reference) in result.tool_references.iter().enumerate() {
                problems.below(format_args!("tool_references.{index}"), |problems| {
                    problems.cache_marker(reference.cache_control.as_ref());
                });
            }
        }
        ToolSearchToolResultContent::Error(_) | ToolSearchToolResultContent::Unknown(_) => {}
    }
}

fn tool_changes(changes: Option<&[ToolChange]>, problems: &mut Problems) {
    for (index, change) in changes.unwrap_or_default().iter().enumerate() {
        problems.below(index, |problems| match change {
            ToolChange::Addition(block) => {
                addition(&block.tool, problems);
                problems.cache_marker(block.cache_control.as_ref());
            }
            ToolChange::Removal(block) => {
                removal(&block.tool, problems);
                problems.cache_marker(block.cache_control.as_ref());
            }
            ToolChange::Unknown(_) => {}
        });
    }
}

fn addition(tool: &ChangedTool, problems: &mut Problems) {
    if let ChangedTool::Definition(tool) = tool {
        problems.below("tool.definition", |problems| tools::check_tool(&tool.definition, problems));
    }
}

fn removal(tool: &ChangedTool, problems: &mut Problems) {
    if matches!(tool, ChangedTool::Definition(_)) {
        problems.reject_field("tool", "`tool_definition` is only allowed in a `tool_addition`");
    }
}
