//! The tools of a request, and which of them the model must call.

use std::collections::HashSet;

use serde::Deserialize;

use super::parts::{cache_control, invalid};
use super::rest;
use crate::error::ApiError;
use crate::json::Json;
use crate::openai::losses::{LossKind, Losses};
use crate::openai::types::{
    ChatFunction, ChatFunctionTool, ChatRequest, ChatTool, ChatToolChoice, ChatToolChoiceFunction,
    ChatToolChoiceName, ChatToolChoiceObject,
};
use crate::types::tools::{CustomTool, Tool, ToolChoice, ToolChoiceAny, ToolChoiceAuto, ToolChoiceTool};

/// The tools of a request in the form of the Messages API.
pub(super) struct Tools {
    pub(super) tools: Option<Vec<Tool>>,
    pub(super) choice: Option<ToolChoice>,
    /// Whether they came as `functions`.
    pub(super) are_functions: bool,
}

/// The part of `tool_choice` that limits the tools.
#[derive(Deserialize)]
struct AllowedTools {
    allowed_tools: Allowed,
}

#[derive(Deserialize)]
struct Allowed {
    mode: String,
    tools: Vec<ChatToolChoiceFunction>,
}

impl Tools {
    /// Takes the tools out of a request.
    pub(super) fn take(chat: &mut ChatRequest, losses: &mut Losses) -> Result<Self, ApiError> {
        let functions = functions(chat)?;
        let are_functions = functions.is_some() && chat.tools.is_none();
        let is_parallel = chat.parallel_tool_calls.take().unwrap_or(true) && !are_functions;
        let choice = chat.tool_choice.take().or(function_choice(chat)?);
        let mut tools = Vec::new();
        for (index, tool) in chat.tools.take().or(functions).unwrap_or_default().into_iter().enumerate() {
            tools.push(custom(tool, &format!("tools.{index}"), losses)?);
        }
        let mut this =
            Self { tools: Some(tools).filter(|tools| !tools.is_empty()), choice: None, are_functions };
        let choice = match choice {
            Some(choice) => this.choose(choice)?,
            None => ToolChoice::auto(),
        };
        if this.tools.is_some() {
            // Without a choice, the model may call several tools.
            this.choice = Some(limited(choice, is_parallel)).filter(|choice| *choice != ToolChoice::auto());
        }
        Ok(this)
    }

    /// Returns the choice of the model for the choice of the caller.
    fn choose(&mut self, choice: ChatToolChoice) -> Result<ToolChoice, ApiError> {
        let choice = match choice {
            ChatToolChoice::Mode(mode) => by_mode(&mode, "tool_choice")?,
            ChatToolChoice::Object(ChatToolChoiceObject::Function(choice)) => {
                ToolChoice::tool(choice.function.name)
            }
            ChatToolChoice::Object(ChatToolChoiceObject::Unknown(choice)) => {
                self.allow(choice.type_name(), choice.json())?
            }
        };
        match (&self.tools, &choice) {
            (None, ToolChoice::Any(_) | ToolChoice::Tool(_)) => Err(invalid("tool_choice", "needs `tools`")),
            _ => Ok(choice),
        }
    }

    /// Leaves those tools that `tool_choice` allows, and returns how the model chooses among them.
    fn allow(&mut self, type_name: &str, choice: &Json) -> Result<ToolChoice, ApiError> {
        if type_name != "allowed_tools" {
            return Err(invalid("tool_choice", &format!("the type {type_name:?} is not supported")));
        }
        let AllowedTools { allowed_tools: Allowed { mode, tools: allowed } } =
            choice.decode().map_err(|error| invalid("tool_choice", &error.to_string()))?;
        let allowed: HashSet<String> = allowed.into_iter().map(|choice| choice.function.name).collect();
        let is_allowed = |tool: &Tool| tool.name().is_some_and(|name| allowed.contains(name));
        self.tools.iter_mut().for_each(|tools| tools.retain(is_allowed));
        self.tools.take_if(|tools| tools.is_empty());
        by_mode(&mode, "tool_choice.allowed_tools.mode")
    }
}

fn by_mode(mode: &str, path: &str) -> Result<ToolChoice, ApiError> {
    match mode {
        "auto" => Ok(ToolChoice::auto()),
        "none" => Ok(ToolChoice::none()),
        "required" => Ok(ToolChoice::any()),
        _ => Err(invalid(path, "must be `auto`, `none`, `required` or an object")),
    }
}

/// Returns `choice` for a model that may call several tools at once, or not.
fn limited(choice: ToolChoice, is_parallel: bool) -> ToolChoice {
    match choice {
        choice if is_parallel => choice,
        ToolChoice::Auto(_) => ToolChoiceAuto::new().disable_parallel_tool_use(true).into(),
        ToolChoice::Any(_) => ToolChoiceAny::new().disable_parallel_tool_use(true).into(),
        ToolChoice::Tool(choice) => ToolChoiceTool::new(choice.name).disable_parallel_tool_use(true).into(),
        choice => choice,
    }
}

/// Takes the tools of the older form out of a request.
fn functions(chat: &mut ChatRequest) -> Result<Option<Vec<ChatTool>>, ApiError> {
    let Some(functions) = chat.extra.remove("functions").filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let functions: Vec<ChatFunction> =
        functions.decode().map_err(|error| invalid("functions", &error.to_string()))?;
    Ok(Some(functions.into_iter().map(|function| ChatFunctionTool::new(function).into()).collect()))
}

/// Takes the choice of the older form out of a request: `auto`, `none`, or an object with a name.
fn function_choice(chat: &mut ChatRequest) -> Result<Option<ChatToolChoice>, ApiError> {
    let Some(choice) = chat.extra.remove("function_call").filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    if let Ok(mode) = choice.decode::<String>() {
        return Ok(Some(ChatToolChoice::Mode(mode)));
    }
    let name: ChatToolChoiceName =
        choice.decode().map_err(|error| invalid("function_call", &error.to_string()))?;
    Ok(Some(ChatToolChoice::Object(ChatToolChoiceFunction::new(name).into())))
}

fn custom(tool: ChatTool, path: &str, losses: &mut Losses) -> Result<Tool, ApiError> {
    let mut tool = match tool {
        ChatTool::Function(tool) => tool,
        ChatTool::Unknown(tool) => {
            return Err(invalid(
                path,
                &format!("tools of the type {:?} are not supported", tool.type_name()),
            ));
        }
    };
    let ChatFunction { name, description, parameters, strict, .. } = &mut tool.function;
    let schema = schema(parameters.take(), &format!("{path}.function.parameters"), losses);
    let mut custom = CustomTool::new(std::mem::take(name), schema);
    custom.description = description.take().filter(|text| !text.is_empty());
    custom.strict = strict.take().filter(|strict| *strict);
    custom.cache_control = cache_control(tool.cache_control.take());
    rest::report(&tool.function, &format!("{path}.function."), losses);
    Ok(custom.into())
}

/// Returns the schema of an input. The Messages API wants the type `object` in it.
fn schema(parameters: Option<Json>, path: &str, losses: &mut Losses) -> Json {
    #[derive(Deserialize)]
    struct Schema {
        r#type: Option<Json>,
    }

    let parameters = parameters.filter(|schema| !schema.is_null());
    let Some(schema) = parameters else { return Json::from(serde_json::json!({ "type": "object" })) };
    match schema.decode() {
        Ok(Schema { r#type: None }) => {
            losses.add(path, LossKind::Repaired, "is sent with the type `object`");
            with_type(&schema).unwrap_or(schema)
        }
        _ => schema,
    }
}

/// Returns the schema with the type `object` in front of what it has.
fn with_type(schema: &Json) -> Option<Json> {
    let fields = schema.as_raw_str().strip_prefix('{')?.trim_start();
    let comma = if fields.starts_with('}') { "" } else { "," };
    Json::parse(&format!(r#"{{"type":"object"{comma}{fields}"#)).ok()
}
