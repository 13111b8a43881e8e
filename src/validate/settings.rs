//! The rules for the fields of a request other than messages, system prompt and tools.

use crate::json::Json;
use crate::types::server_tools::ContainerConfig;
use crate::types::settings::ThinkingConfig;
use crate::types::tools::{ChangedTool, Tool, ToolChoice};
use crate::types::{ApiVersion, ContentBlock, CreateMessageRequest};
use crate::validate::problems::Problems;

const MAX_MCP_SERVERS: usize = 20;
const MIN_BUDGET_TOKENS: u64 = 1024;

pub(super) fn check(request: &CreateMessageRequest, problems: &mut Problems) {
    problems.length("model", Some(&request.model), 1..=256);
    sampling(request, problems);
    thinking(request, problems);
    tool_choice(request, problems);
    if let Some(metadata) = &request.metadata {
        problems.below("metadata", |problems| {
            problems.length("user_id", metadata.user_id.as_deref(), 0..=256);
        });
    }
    if let Some(ContainerConfig::Params(params)) = &request.container {
        for (index, skill) in params.skills.iter().flatten().enumerate() {
            problems.below(format_args!("container.skills.{index}"), |problems| {
                problems.length("skill_id", Some(&skill.skill_id), 1..=64);
                problems.length("version", skill.version.as_deref(), 1..=64);
            });
        }
    }
    let servers = request.mcp_servers.as_ref().map_or(0, Vec::len);
    if servers > MAX_MCP_SERVERS {
        problems.reject_field(
            "mcp_servers",
            format!("must have at most {MAX_MCP_SERVERS} servers, has {servers}"),
        );
    }
    stop_sequences(request.stop_sequences.as_deref().unwrap_or_default(), problems);
    exclusive(request, problems);
}

fn stop_sequences(sequences: &[String], problems: &mut Problems) {
    for (index, sequence) in sequences.iter().enumerate() {
        if sequence.trim().is_empty() {
            problems.below(format_args!("stop_sequences.{index}"), |problems| {
                problems.reject("must contain a character other than whitespace; leave it out instead");
            });
        }
    }
}

/// Checks the fields that cannot be combined with each other.
fn exclusive(request: &CreateMessageRequest, problems: &mut Problems) {
    if request.fallback_credit_token.is_some() && request.fallbacks.is_some() {
        problems.reject_field("fallback_credit_token", "cannot be combined with `fallbacks`");
    }
    if request.compaction.is_some() && request.context_management.is_some() {
        problems.reject_field("compaction", "cannot be combined with `context_management`");
    }
    let format = request.output_config.as_ref().and_then(|config| config.format.as_ref());
    if request.output_format.is_some() && format.is_some() {
        problems.reject_field("output_format", "cannot be combined with `output_config.format`");
    }
}

fn sampling(request: &CreateMessageRequest, problems: &mut Problems) {
    if problems.is_under(&ApiVersion::V2026_10_21) {
        for (field, is_set) in [
            ("temperature", request.temperature.is_some()),
            ("top_p", request.top_p.is_some()),
            ("top_k", request.top_k.is_some()),
        ] {
            if is_set {
                problems.reject_field(field, "does not exist under 2026-10-21");
            }
        }
        return;
    }
    for (field, number) in [("temperature", request.temperature), ("top_p", request.top_p)] {
        if let Some(number) = number.filter(|number| !(0.0..=1.0).contains(number)) {
            problems.reject_field(field, format!("must be 0 to 1, is {number}"));
        }
    }
}

fn thinking(request: &CreateMessageRequest, problems: &mut Problems) {
    let thinking = match &request.thinking {
        Some(ThinkingConfig::Enabled(thinking)) => thinking,
        // No limits of the other types are documented.
        Some(
            ThinkingConfig::Disabled(_)
            | ThinkingConfig::Adaptive(_)
            | ThinkingConfig::BetweenTools(_)
            | ThinkingConfig::Unknown(_),
        )
        | None => return,
    };
    let budget = thinking.budget_tokens;
    // With interleaved thinking, which a beta header enables, one budget covers the thinking of a
    // whole turn with its tool calls, and so may exceed the limit of a single message.
    let may_exceed = has_tools(request) || has_more_tools(request);
    problems.below("thinking", |problems| {
        if budget < MIN_BUDGET_TOKENS {
            let message = format!("must be at least {MIN_BUDGET_TOKENS}, is {budget}");
            problems.reject_field("budget_tokens", message);
        } else if budget >= request.max_tokens && !may_exceed {
            let message = format!("must be less than `max_tokens` ({}), is {budget}", request.max_tokens);
            problems.reject_field("budget_tokens", message);
        }
    });
    let temperature = request.temperature.filter(|number| (0.0..1.0).contains(number));
    if let Some(number) = temperature.filter(|_| problems.is_under(&ApiVersion::V2023_06_01)) {
        let message = format!("must be 1 or absent if `thinking` is enabled, is {number}");
        problems.reject_field("temperature", message);
    }
    if let Some(choice @ (ToolChoice::Any(_) | ToolChoice::Tool(_))) = &request.tool_choice {
        let message = format!("`{}` forces a tool call, which thinking does not allow", choice.type_name());
        problems.reject_field("tool_choice", message);
    }
}

fn tool_choice(request: &CreateMessageRequest, problems: &mut Problems) {
    let Some(choice) = &request.tool_choice else { return };
    match choice {
        ToolChoice::Tool(choice) => {
            if !may_be_known(request, &choice.name) {
                problems.below("tool_choice", |problems| {
                    problems.reject_field("name", "does not name a tool of the request");
                });
            }
        }
        ToolChoice::Auto(_) | ToolChoice::Any(_) | ToolChoice::None(_) => {
            if !has_tools(request) && !has_more_tools(request) {
                problems.reject_field("tool_choice", "requires `tools`; add tools or leave it out");
            }
        }
        ToolChoice::Unknown(_) => {}
    }
    if let ToolChoice::None(choice) = choice {
        let flag = "disable_parallel_tool_use";
        if choice.extra.get(flag).is_some_and(|flag| !Json::is_null(flag)) {
            problems
                .below("tool_choice", |problems| problems.reject_field(flag, "is not allowed with `none`"));
        }
    }
}

/// Returns `true` if the request has a tool called `name`, or may have one. A toolset has no name
/// of its own, and the names of its members are not in the request.
fn may_be_known(request: &CreateMessageRequest, name: &str) -> bool {
    let tools = request.tools.as_deref().unwrap_or_default();
    tools.iter().map(Tool::name).any(|known| known.is_none_or(|known| known == name))
        || has_more_tools(request)
}

fn has_tools(request: &CreateMessageRequest) -> bool {
    request.tools.as_ref().is_some_and(|tools| !tools.is_empty())
}

/// Returns `true` if the model may know tools that are not in `tools`: those of a thread that the
/// API stores, those of an MCP server (early versions of the beta required no `mcp_toolset`), or
/// those that a message adds.
fn has_more_tools(request: &CreateMessageRequest) -> bool {
    let brings_tools = |block: &ContentBlock| match block {
        ContentBlock::ToolAddition(addition) => !matches!(addition.tool, ChangedTool::Reference(_)),
        ContentBlock::Compaction(compaction) => compaction.tool_changes.is_some(),
        ContentBlock::MidConversationSystem(_)
        | ContentBlock::McpToolListing(_)
        | ContentBlock::Unknown(_) => true,
        _ => false,
    };
    request.thread.is_some()
        || request.mcp_servers.as_ref().is_some_and(|servers| !servers.is_empty())
        || request.messages.iter().flat_map(|message| message.content.blocks()).any(brings_tools)
}
