//! The rules for tools.

use std::collections::{BTreeMap, HashSet};

use crate::json::fields;
use crate::types::server_tools::UserLocation;
use crate::types::tools::{CustomTool, Tool, ToolsetMemberConfig};
use crate::validate::problems::Problems;

/// Checks `tools`, which are at the current path.
pub(super) fn check(tools: &[Tool], problems: &mut Problems) {
    // Only custom tools need unique names: all versions of a tool that the API defines have the
    // same name.
    let mut known = HashSet::new();
    for (index, tool) in tools.iter().enumerate() {
        problems.below(index, |problems| {
            check_tool(tool, problems);
            let Some(name) = tool.name() else { return };
            if !known.insert(name) && matches!(tool, Tool::Custom(_)) {
                problems.reject_field("name", "another tool already has this name");
            }
        });
    }
}

/// Checks `tool`, which is at the current path.
pub(super) fn check_tool(tool: &Tool, problems: &mut Problems) {
    if let (Some(name), Some(fixed)) = (tool.name(), fixed_name(tool.type_name())) {
        if name != fixed {
            problems.reject_field("name", format!("must be {fixed}"));
        }
    }
    match tool {
        Tool::Custom(tool) => custom(tool, problems),
        Tool::TextEditor20250728(tool) => problems.at_least_one("max_characters", tool.max_characters),
        Tool::BrowserToolset20260801(tool) => members(tool.configs.as_ref(), BROWSER, problems),
        Tool::ComputerToolset20260801(tool) => members(tool.configs.as_ref(), COMPUTER, problems),
        _ => {}
    }
    search(tool, problems);
    fetch(tool, problems);
    computer(tool, problems);
    problems.cache_marker(tool.cache_control());
}

fn custom(tool: &CustomTool, problems: &mut Problems) {
    let is_valid = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !(1..=128).contains(&tool.name.len()) || !tool.name.chars().all(is_valid) {
        problems.reject_field("name", "must be 1 to 128 ASCII letters, digits, `_` and `-`");
    }
    let schema = fields(tool.input_schema.as_raw_str(), ["type"]);
    let json_type: Option<String> = schema.ok().and_then(|[json_type]| serde_json::from_str(json_type?).ok());
    if json_type.is_none_or(|json_type| json_type != "object") {
        problems.reject_field("input_schema", "must be an object with `\"type\": \"object\"`");
    }
    for (index, example) in tool.input_examples.iter().flatten().enumerate() {
        if !example.as_raw_str().starts_with('{') {
            problems.below(format_args!("input_examples.{index}"), |problems| {
                problems.reject("must be an object")
            });
        }
    }
}

/// Returns the name that a tool of the given type must have, if the API defines it.
fn fixed_name(type_name: &str) -> Option<&'static str> {
    const NAMES: &[(&str, &str)] = &[
        ("bash_2024", "bash"),
        ("bash_2025", "bash"),
        ("text_editor_20241022", "str_replace_editor"),
        ("text_editor_20250124", "str_replace_editor"),
        ("text_editor_20250429", "str_replace_based_edit_tool"),
        ("text_editor_20250728", "str_replace_based_edit_tool"),
        ("memory_20250818", "memory"),
        ("code_execution_202", "code_execution"),
        ("web_search_202", "web_search"),
        ("web_fetch_202", "web_fetch"),
        ("tool_search_tool_bm25", "tool_search_tool_bm25"),
        ("tool_search_tool_regex", "tool_search_tool_regex"),
        ("computer_202", "computer"),
        ("advisor_20260301", "advisor"),
    ];
    NAMES.iter().find(|(prefix, _)| type_name.starts_with(prefix)).map(|(_, name)| *name)
}

fn search(tool: &Tool, problems: &mut Problems) {
    macro_rules! parts {
        ($($variant:ident)*) => {
            match tool {
                $(Tool::$variant(tool) => (
                    tool.allowed_domains.is_some() && tool.blocked_domains.is_some(),
                    tool.max_uses,
                    tool.user_location.as_ref(),
                ),)*
                _ => return,
            }
        };
    }
    let (has_both, max_uses, location) = parts!(WebSearch20250305 WebSearch20260209 WebSearch20260318);
    if has_both {
        problems.reject_field("blocked_domains", "cannot be combined with `allowed_domains`");
    }
    problems.at_least_one("max_uses", max_uses);
    if let Some(UserLocation { country: Some(country), .. }) = location {
        if country.len() != 2 || !country.chars().all(|c| c.is_ascii_alphabetic()) {
            problems
                .below("user_location", |problems| problems.reject_field("country", "must be two letters"));
        }
    }
}

fn fetch(tool: &Tool, problems: &mut Problems) {
    macro_rules! parts {
        ($($variant:ident)*) => {
            match tool {
                $(Tool::$variant(tool) => (tool.max_uses, tool.max_content_tokens),)*
                _ => return,
            }
        };
    }
    let (max_uses, max_content_tokens) =
        parts!(WebFetch20250910 WebFetch20260209 WebFetch20260309 WebFetch20260318);
    problems.at_least_one("max_uses", max_uses);
    problems.at_least_one("max_content_tokens", max_content_tokens);
}

fn computer(tool: &Tool, problems: &mut Problems) {
    let (width, height) = match tool {
        Tool::Computer20241022(tool) => (tool.display_width_px, tool.display_height_px),
        Tool::Computer20250124(tool) => (tool.display_width_px, tool.display_height_px),
        Tool::Computer20251124(tool) => (tool.display_width_px, tool.display_height_px),
        _ => return,
    };
    problems.at_least_one("display_width_px", Some(width));
    problems.at_least_one("display_height_px", Some(height));
}

/// Checks that every key of `configs` is the name of a toolset member.
fn members(
    configs: Option<&BTreeMap<String, Option<ToolsetMemberConfig>>>,
    members: &[&str],
    problems: &mut Problems,
) {
    let unknown = configs.into_iter().flatten().filter(|(name, _)| !members.contains(&name.as_str())).count();
    if unknown > 0 {
        problems.reject_field(
            "configs",
            format!("must only name members of the toolset; unknown names: {unknown}"),
        );
    }
}

#[rustfmt::skip]
const BROWSER: &[&str] = &[
    "navigate", "list_tabs", "new_tab", "switch_tab", "close_tab", "read_page", "get_page_text", "read_console",
    "read_network", "find", "form_input", "file_upload", "scroll_to", "screenshot", "zoom", "left_click",
    "right_click", "middle_click", "double_click", "triple_click", "hover", "left_click_drag",
    "left_mouse_down", "left_mouse_up", "mouse_move", "scroll", "type", "key", "hold_key", "wait",
    "javascript_exec",
];

#[rustfmt::skip]
const COMPUTER: &[&str] = &[
    "key", "hold_key", "type", "cursor_position", "mouse_move", "left_mouse_down", "left_mouse_up",
    "left_click", "right_click", "middle_click", "double_click", "triple_click", "left_click_drag", "scroll",
    "wait", "screenshot", "zoom",
];
