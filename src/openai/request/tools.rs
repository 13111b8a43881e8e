//! Tools, and the choice among them.

use std::collections::{HashMap, HashSet};

use super::assistant::collision;
use super::builtin;
use super::schema;
use super::scope::{MAX_QUOTE, Scope, invalid};
use crate::error::ApiError;
use crate::openai::profile::SchemaFilter;
use crate::openai::types::{
    ChatFunction, ChatFunctionTool, ChatRequest, ChatTool, ChatToolChoice, ChatToolChoiceFunction,
    ChatToolChoiceName, ChatToolChoiceObject,
};
use crate::text;
use crate::types::tools::{ChangedTool, CustomTool, Tool, ToolChange, ToolChoice};
use crate::types::{ContentBlock, CreateMessageRequest, ToolResultContent};

pub(super) fn translate(
    request: &CreateMessageRequest,
    chat: &mut ChatRequest,
    scope: &mut Scope<'_>,
) -> Result<(), ApiError> {
    let mut tools = Vec::new();
    let mut names = HashSet::new();
    for (path, tool) in available(request, scope) {
        let Some(mut function) = function(tool, &path, scope) else { continue };
        if !names.insert(function.name.clone()) {
            return Err(invalid(format!("{path}.name"), "another tool already has this name"));
        }
        function.name = scope.names.send(&function.name).map_err(|other| collision(&path, &other))?;
        let mut tool_of_function = ChatFunctionTool::new(function);
        tool_of_function.cache_control = scope.marker(tool.cache_control(), &path);
        tools.push(ChatTool::from(tool_of_function));
    }
    choose(request, &mut tools, chat, scope)?;
    if !tools.is_empty() {
        chat.tools = Some(tools);
    }
    Ok(())
}

/// Whether the request allows no more than one call in a message.
pub(super) fn is_limited_to_one_call(request: &CreateMessageRequest) -> bool {
    let is_disabled = match &request.tool_choice {
        Some(ToolChoice::Auto(choice)) => choice.disable_parallel_tool_use,
        Some(ToolChoice::Any(choice)) => choice.disable_parallel_tool_use,
        Some(ToolChoice::Tool(choice)) => choice.disable_parallel_tool_use,
        Some(ToolChoice::None(_) | ToolChoice::Unknown(_)) | None => None,
    };
    is_disabled == Some(true)
}

/// Returns the tools that the model may call at the end of the conversation, with their paths: those of the
/// request as the conversation has changed them, without those that nothing has found yet.
fn available<'a>(request: &'a CreateMessageRequest, scope: &mut Scope<'_>) -> Vec<(String, &'a Tool)> {
    let listed = request.tools.iter().flatten().enumerate();
    let mut tools: Vec<(String, &Tool)> = listed.map(|(at, tool)| (format!("tools.{at}"), tool)).collect();
    // The position of the last definition of each tool that the conversation defines.
    let mut latest = HashMap::new();
    let mut removed = HashMap::new();
    let mut found: HashSet<&str> = HashSet::new();
    if let Some(ToolChoice::Tool(choice)) = &request.tool_choice {
        found.insert(&choice.name);
    }
    for (message, at, block) in blocks(request) {
        match block {
            // The tool that is called was found before, though the result that names it may be gone.
            ContentBlock::ToolUse(call) => {
                found.insert(&call.name);
            }
            ContentBlock::ToolResult(result) => {
                let Some(ToolResultContent::Blocks(blocks)) = &result.content else { continue };
                found.extend(blocks.iter().filter_map(|block| match block {
                    ContentBlock::ToolReference(reference) => Some(&*reference.tool_name),
                    _ => None,
                }));
            }
            _ => {
                for (is_addition, tool) in changes(block) {
                    let path = format!("messages.{message}.content.{at}");
                    scope.replaced(&*path, "a change of the tools applies to the whole conversation");
                    let name = match tool {
                        ChangedTool::Reference(reference) => &*reference.name,
                        ChangedTool::Definition(tool) => {
                            let name = tool.definition.name().unwrap_or_default();
                            if is_addition {
                                latest.insert(name, tools.len());
                                tools.push((format!("{path}.tool.definition"), &tool.definition));
                            }
                            name
                        }
                        _ => continue,
                    };
                    found.insert(name);
                    removed.insert(name, !is_addition);
                }
            }
        }
    }
    // A search that only the API runs would never find a tool.
    let is_searched = !tools.iter().any(|(_, tool)| is_search(tool));
    let is_available = |(at, (_, tool)): &(usize, (String, &Tool))| {
        let name = tool.name().unwrap_or_default();
        let is_deferred = matches!(tool, Tool::Custom(tool) if tool.defer_loading == Some(true));
        latest.get(name).is_none_or(|latest| latest == at)
            && removed.get(name) != Some(&true)
            && (!is_deferred || !is_searched || found.contains(name))
    };
    tools.into_iter().enumerate().filter(is_available).map(|(_, tool)| tool).collect()
}

/// Returns each block with the position of its message and its own.
fn blocks(request: &CreateMessageRequest) -> impl Iterator<Item = (usize, usize, &ContentBlock)> {
    request.messages.iter().enumerate().flat_map(|(message, input)| {
        input.content.blocks().iter().enumerate().map(move |(at, block)| (message, at, block))
    })
}

/// Returns the tools that `block` adds or removes, and whether it adds them.
fn changes<'a>(block: &'a ContentBlock) -> Vec<(bool, &'a ChangedTool)> {
    match block {
        ContentBlock::ToolAddition(addition) => vec![(true, &addition.tool)],
        ContentBlock::ToolRemoval(removal) => vec![(false, &removal.tool)],
        ContentBlock::Compaction(block) => {
            let changes = block.tool_changes.iter().flatten();
            let change = |change: &'a ToolChange| match change {
                ToolChange::Addition(addition) => Some((true, &addition.tool)),
                ToolChange::Removal(removal) => Some((false, &removal.tool)),
                ToolChange::Unknown(_) => None,
            };
            changes.filter_map(change).collect()
        }
        _ => Vec::new(),
    }
}

fn is_search(tool: &Tool) -> bool {
    matches!(
        tool,
        Tool::SearchBm25(_)
            | Tool::SearchBm25_20251119(_)
            | Tool::SearchRegex(_)
            | Tool::SearchRegex20251119(_)
    )
}

/// Returns `tool` as a function; `None` if the caller does not run it, or its schema is not known.
fn function(tool: &Tool, path: &str, scope: &mut Scope<'_>) -> Option<ChatFunction> {
    match tool {
        Tool::Custom(tool) => Some(custom(tool, path, scope)),
        // All that is unknown is recorded together.
        Tool::Unknown(_) => None,
        tool => {
            let function = builtin::function(tool);
            match function {
                Some(_) => scope.replaced(path, "a tool that Claude models know became a function"),
                None => {
                    scope.dropped(path, format!("the server cannot run a tool of type {}", tool.type_name()))
                }
            }
            function
        }
    }
}

fn custom(tool: &CustomTool, path: &str, scope: &mut Scope<'_>) -> ChatFunction {
    let CustomTool {
        name,
        input_schema,
        r#type: _,
        description,
        cache_control: _,
        strict,
        defer_loading: _,
        // It changes when a call is sent, not what.
        eager_input_streaming: _,
        allowed_callers,
        input_examples,
        extra: _,
        gaps: _,
    } = tool;
    let schema_path = format!("{path}.input_schema");
    let mut parameters = input_schema.clone();
    if let Some(whole) = schema::with_object_keys(&parameters) {
        scope.repaired(&*schema_path, "`type` and `properties` were added, which an object needs");
        parameters = whole;
    }
    if scope.profile.schema_filter == SchemaFilter::Subset {
        if let Some(filtered) = schema::filtered(&parameters) {
            scope.dropped(&*schema_path, "keywords that the server does not accept");
            parameters = filtered;
        }
    }
    if allowed_callers.as_ref().is_some_and(|callers| callers.iter().any(|caller| caller != "direct")) {
        scope.dropped(format!("{path}.allowed_callers"), "only the model itself calls the tool");
    }
    if input_examples.as_ref().is_some_and(|examples| !examples.is_empty()) {
        scope.dropped(format!("{path}.input_examples"), "a function has no place for examples");
    }
    let is_strict = *strict == Some(true) && schema::is_strict(&parameters);
    if *strict == Some(true) && !is_strict {
        scope.dropped(format!("{path}.strict"), "strict mode does not accept the schema");
    }
    let mut function = ChatFunction::new(name).parameters(parameters);
    function.description.clone_from(description);
    function.strict = is_strict.then_some(true);
    function
}

/// Sets the choice, and leaves out tools that the choice excludes and the server could not be told so.
fn choose(
    request: &CreateMessageRequest,
    tools: &mut Vec<ChatTool>,
    chat: &mut ChatRequest,
    scope: &mut Scope<'_>,
) -> Result<(), ApiError> {
    const PATH: &str = "tool_choice";
    let Some(choice) = &request.tool_choice else { return Ok(()) };
    if request.tools.as_ref().is_none_or(Vec::is_empty) && tools.is_empty() {
        return Err(invalid(PATH, "requires tools"));
    }
    let mode = |mode: &str| Some(ChatToolChoice::from(mode));
    match choice {
        ToolChoice::Any(_) | ToolChoice::Tool(_) if tools.is_empty() => {
            return Err(invalid(PATH, "none of the tools can be called through this server"));
        }
        ToolChoice::Auto(_) => chat.tool_choice = mode("auto").filter(|_| !tools.is_empty()),
        ToolChoice::Any(_) => chat.tool_choice = required(scope),
        ToolChoice::Tool(choice) => {
            let name = scope.names.send(&choice.name).unwrap_or_default();
            let is_chosen =
                |tool: &ChatTool| matches!(tool, ChatTool::Function(tool) if tool.function.name == name);
            if !tools.iter().any(is_chosen) {
                let reason = format!(
                    "no tool that can be called has the name {:?}",
                    text::start(&choice.name, MAX_QUOTE)
                );
                return Err(invalid(format_args!("{PATH}.name"), reason));
            }
            if scope.profile.tool_choice_named {
                let function = ChatToolChoiceFunction::new(ChatToolChoiceName::new(name));
                chat.tool_choice = Some(ChatToolChoice::Object(ChatToolChoiceObject::from(function)));
            } else {
                scope.replaced(PATH, "the chosen tool is the only one that is sent");
                tools.retain(is_chosen);
                chat.tool_choice = required(scope);
            }
        }
        ToolChoice::None(_) if scope.profile.tool_choice_none => {
            chat.tool_choice = mode("none").filter(|_| !tools.is_empty());
        }
        ToolChoice::None(_) => {
            scope.replaced(PATH, "the tools are left out, since the server does not know `none`");
            tools.clear();
        }
        ToolChoice::Unknown(_) => {}
    }
    if is_limited_to_one_call(request) && !tools.is_empty() {
        if scope.profile.parallel_tool_calls {
            chat.parallel_tool_calls = Some(false);
        } else {
            let path = format!("{PATH}.disable_parallel_tool_use");
            scope.dropped(path, "the server does not know `parallel_tool_calls`");
        }
    }
    Ok(())
}

fn required(scope: &mut Scope<'_>) -> Option<ChatToolChoice> {
    if !scope.profile.tool_choice_required {
        scope.dropped("tool_choice", "the server does not know `required`, so the model may call no tool");
        return None;
    }
    Some("required".into())
}
