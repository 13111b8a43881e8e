//! Whether the model must call a tool.

use crate::wire::{wire_struct, wire_union};

wire_union! {
    /// Whether the model must call a tool.
    ///
    /// ```
    /// use messages_api::types::tools::{ToolChoice, ToolChoiceTool};
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
    /// let choice = messages_api::types::tools::ToolChoiceAuto::new().disable_parallel_tool_use(true);
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
    /// let choice = messages_api::types::tools::ToolChoiceAny::new();
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
    /// let choice = messages_api::types::tools::ToolChoiceTool::new("get_weather");
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
    /// let choice = messages_api::types::tools::ToolChoiceNone::new();
    /// ```
    pub struct ToolChoiceNone = "none",
        /// No call.
        pub fn new;
    required {}
    optional {}
}
