//! `tool_choice`: whether the model must call a tool, and which.

use crate::wire::{wire_struct, wire_union};

wire_union! {
    /// Whether the model may, must or must not call a tool.
    ///
    /// The `tool_choice` of a [`CreateMessageRequest`](crate::types::CreateMessageRequest).
    /// [`auto`](Self::auto), [`any`](Self::any), [`tool`](Self::tool) and [`none`](Self::none) create the
    /// plain choices. To rule out parallel calls as well, convert from [`ToolChoiceAuto`], [`ToolChoiceAny`]
    /// or [`ToolChoiceTool`]. Thinking with a fixed budget excludes `any` and `tool`.
    ///
    /// ```
    /// use messages_api::types::tools::{ToolChoice, ToolChoiceAny};
    ///
    /// let choice = ToolChoice::tool("get_weather");
    /// assert_eq!(serde_json::to_string(&choice)?, r#"{"type":"tool","name":"get_weather"}"#);
    ///
    /// let choice = ToolChoice::from(ToolChoiceAny::new().disable_parallel_tool_use(true));
    /// assert_eq!(serde_json::to_string(&choice)?, r#"{"type":"any","disable_parallel_tool_use":true}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub enum ToolChoice {
        /// Leaves it to the model whether to call tools, and which.
        Auto(ToolChoiceAuto) = "auto",
        /// Forces the model to call at least one tool of its choice.
        Any(ToolChoiceAny) = "any",
        /// Forces the model to call the named tool.
        Tool(ToolChoiceTool) = "tool",
        /// Forbids tool calls, even though the request lists tools.
        None(ToolChoiceNone) = "none",
    }
}

impl ToolChoice {
    /// Creates the choice `auto`: the model decides whether to call tools, and which.
    ///
    /// ```
    /// use messages_api::types::tools::ToolChoice;
    ///
    /// assert_eq!(serde_json::to_string(&ToolChoice::auto())?, r#"{"type":"auto"}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn auto() -> Self {
        ToolChoiceAuto::new().into()
    }

    /// Creates the choice `any`: the model must call at least one tool of its choice.
    ///
    /// ```
    /// use messages_api::types::tools::ToolChoice;
    ///
    /// assert_eq!(serde_json::to_string(&ToolChoice::any())?, r#"{"type":"any"}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn any() -> Self {
        ToolChoiceAny::new().into()
    }

    /// Creates the choice `tool`: the model must call the tool `name`.
    ///
    /// This makes a tool's input schema the format of the model's output.
    ///
    /// ```
    /// use messages_api::types::tools::ToolChoice;
    /// use messages_api::{CreateMessageRequest, CustomTool, Json};
    ///
    /// let schema = Json::parse(r#"{"type":"object","properties":{"total":{"type":"number"}}}"#)?;
    /// let request = CreateMessageRequest::new("claude-sonnet-5", 512)
    ///     .tool(CustomTool::new("record_invoice", schema))
    ///     .tool_choice(ToolChoice::tool("record_invoice"))
    ///     .user("Invoice 4711: 3 umbrellas, 57.00 in total.");
    /// assert_eq!(serde_json::to_value(&request)?["tool_choice"]["name"], "record_invoice");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn tool(name: impl Into<String>) -> Self {
        ToolChoiceTool::new(name).into()
    }

    /// Creates the choice `none`: the model must not call a tool.
    ///
    /// Use it for a turn that should produce only text while the request keeps its tools.
    ///
    /// ```
    /// use messages_api::types::tools::ToolChoice;
    ///
    /// assert_eq!(serde_json::to_string(&ToolChoice::none())?, r#"{"type":"none"}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn none() -> Self {
        ToolChoiceNone::new().into()
    }
}

wire_struct! {
    /// A tool choice that leaves the decision to the model.
    ///
    /// Variant of [`ToolChoice`]; [`ToolChoice::auto`] is shorter if no field has to be set.
    pub struct ToolChoiceAuto = "auto",
        /// Creates the choice `auto` with parallel calls allowed.
        pub fn new;
    required {}
    optional {
        /// Whether the model is limited to at most one tool call per message.
        disable_parallel_tool_use: bool,
    }
}

wire_struct! {
    /// A tool choice that forces the model to call at least one tool.
    ///
    /// Variant of [`ToolChoice`]; [`ToolChoice::any`] is shorter if no field has to be set.
    pub struct ToolChoiceAny = "any",
        /// Creates the choice `any` with parallel calls allowed.
        pub fn new;
    required {}
    optional {
        /// Whether the model is limited to exactly one tool call per message.
        disable_parallel_tool_use: bool,
    }
}

wire_struct! {
    /// A tool choice that forces the model to call one named tool.
    ///
    /// Variant of [`ToolChoice`]; [`ToolChoice::tool`] is shorter if no optional field has to be set.
    pub struct ToolChoiceTool = "tool",
        /// Creates the choice of the tool `name` with parallel calls allowed.
        pub fn new;
    required {
        /// The name of the tool that the model must call.
        name: String,
    }
    optional {
        /// Whether the model is limited to exactly one tool call per message.
        disable_parallel_tool_use: bool,
    }
}

wire_struct! {
    /// A tool choice that forbids tool calls.
    ///
    /// Variant of [`ToolChoice`]; [`ToolChoice::none`] is shorter.
    pub struct ToolChoiceNone = "none",
        /// Creates the choice `none`.
        pub fn new;
    required {}
    optional {}
}
