//! The tools of a request.

use crate::json::Json;
use crate::wire::{wire_shape, wire_struct, wire_union};

wire_union! {
    /// A tool that the model may call.
    pub enum ChatTool {
        /// A function with a JSON schema for its arguments.
        Function(ChatFunctionTool) = "function",
    }
}

wire_struct! {
    /// A tool that is a function.
    pub struct ChatFunctionTool = "function",
        /// Creates a tool.
        pub fn new;
    required {
        /// The function.
        function: ChatFunction,
    }
    optional {
        /// A cache marker of the Messages protocol, which some servers accept.
        cache_control: Json,
    }
}

wire_struct! {
    /// A function that the model may call.
    pub struct ChatFunction,
        /// Creates a function.
        pub fn new;
    required {
        /// The name of the function.
        name: String,
    }
    optional {
        /// What the function does, and when to call it.
        description: String,
        /// The JSON schema of the arguments.
        parameters: Json,
        /// Whether the arguments always match the schema.
        strict: bool,
    }
}

wire_shape! {
    /// Whether the model must call a tool, and which one.
    pub enum ChatToolChoice, "a string or an object" {
        /// `auto`, `none` or `required`.
        Mode = text(String),
        /// A certain tool.
        Object = object(ChatToolChoiceObject),
    }
}

wire_union! {
    /// The choice of a certain tool.
    pub enum ChatToolChoiceObject {
        /// The model must call this function.
        Function(ChatToolChoiceFunction) = "function",
    }
}

wire_struct! {
    /// The choice of a function.
    pub struct ChatToolChoiceFunction = "function",
        /// Creates the choice of a function.
        pub fn new;
    required {
        /// The function.
        function: ChatToolChoiceName,
    }
    optional {}
}

wire_struct! {
    /// The name of a function that the model must call.
    pub struct ChatToolChoiceName,
        /// Creates the name of a function.
        pub fn new;
    required {
        /// The name.
        name: String,
    }
    optional {}
}
