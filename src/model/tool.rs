//! Tools that the model may call, and whether it must.

use crate::json::Json;
use crate::model::CacheControl;
use crate::wire::{wire_struct, wire_union};

wire_union! {
    /// A tool that the model may call. One without a `type` is a custom tool.
    ///
    /// ```
    /// use messages_api::{CustomTool, Json, Tool};
    ///
    /// let schema = Json::parse(r#"{"type":"object","properties":{"city":{"type":"string"}}}"#)?;
    /// let tool = Tool::from(CustomTool::new("get_weather", schema).description("Weather by city"));
    /// assert_eq!(tool.name(), Some("get_weather"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub enum Tool, default Custom {
        /// A tool of the caller.
        Custom(Box CustomTool) = "custom",
    }
}

impl Tool {
    /// The name the model calls it by; toolsets have none.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Custom(tool) => Some(&tool.name),
            Self::Unknown(_) => None,
        }
    }
}

wire_struct! {
    /// A tool of the caller.
    ///
    /// ```
    /// use messages_api::{CustomTool, Json};
    ///
    /// let tool = CustomTool::new("now", Json::parse(r#"{"type":"object"}"#)?).description("The time");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct CustomTool,
        /// The tool `name`, whose input fits `input_schema`.
        pub fn new;
    required {
        /// 1 to 128 letters, digits, `_` and `-`.
        name: String,
        /// A JSON schema with `"type": "object"`; its key order is kept.
        input_schema: Json,
    }
    optional {
        /// `custom`; may be absent.
        r#type: String,
        /// What the tool does and when to use it.
        description: String,
        /// Marks the end of a prefix to cache.
        cache_control: CacheControl,
        /// Whether the input must fit the schema exactly.
        strict: bool,
        /// Whether the tool is left out until a tool search finds it.
        defer_loading: bool,
        /// Whether the input is streamed before it is known to be JSON.
        eager_input_streaming: bool,
        /// Who may call it: `direct`, or a version of code execution.
        allowed_callers: [String],
        /// Inputs that show how it is used.
        input_examples: [Json],
    }
}

wire_union! {
    /// Whether the model must call a tool.
    ///
    /// ```
    /// use messages_api::{ToolChoice, ToolChoiceTool};
    ///
    /// let choice = ToolChoice::from(ToolChoiceTool::new("get_weather"));
    /// assert_eq!(choice.type_name(), "tool");
    /// ```
    pub enum ToolChoice {
        /// The model decides.
        Auto(ToolChoiceAuto) = "auto",
        /// It must call one.
        Any(ToolChoiceAny) = "any",
        /// It must call this one.
        Tool(ToolChoiceTool) = "tool",
        /// It must call none.
        None(ToolChoiceNone) = "none",
    }
}

wire_struct! {
    /// The model decides whether to call a tool.
    ///
    /// ```
    /// let choice = messages_api::ToolChoiceAuto::new().disable_parallel_tool_use(true);
    /// ```
    pub struct ToolChoiceAuto = "auto",
        /// Any number of calls.
        pub fn new;
    required {}
    optional {
        /// At most one call in an answer.
        disable_parallel_tool_use: bool,
    }
}

wire_struct! {
    /// The model must call some tool.
    ///
    /// ```
    /// let choice = messages_api::ToolChoiceAny::new();
    /// ```
    pub struct ToolChoiceAny = "any",
        /// One call or more.
        pub fn new;
    required {}
    optional {
        /// Exactly one call in an answer.
        disable_parallel_tool_use: bool,
    }
}

wire_struct! {
    /// The model must call the tool `name`.
    ///
    /// ```
    /// let choice = messages_api::ToolChoiceTool::new("get_weather");
    /// ```
    pub struct ToolChoiceTool = "tool",
        /// One call or more of the tool `name`.
        pub fn new;
    required {
        /// The tool's name.
        name: String,
    }
    optional {
        /// Exactly one call in an answer.
        disable_parallel_tool_use: bool,
    }
}

wire_struct! {
    /// The model must not call a tool.
    ///
    /// ```
    /// let choice = messages_api::ToolChoiceNone::new();
    /// ```
    pub struct ToolChoiceNone = "none",
        /// No call.
        pub fn new;
    required {}
    optional {}
}
