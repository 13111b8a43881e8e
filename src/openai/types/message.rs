//! The messages of a conversation.

use super::content::ChatContent;
use crate::json::Json;
use crate::wire::{wire_defaults, wire_string, wire_struct};

wire_string! {
    /// The author of a message.
    pub enum ChatRole {
        /// Instructions for the model.
        System = "system",
        /// Instructions for a reasoning model of OpenAI.
        Developer = "developer",
        /// The user.
        User = "user",
        /// The model.
        Assistant = "assistant",
        /// The result of a tool call.
        Tool = "tool",
        /// The result of a function call, in an older form of the protocol.
        Function = "function",
    }
}

wire_struct! {
    /// One message of the conversation, or the message of a completion.
    pub struct ChatMessage,
        /// Creates a message without content.
        pub fn new;
    required {}
    defaulted {
        /// The author of the message.
        role: ChatRole,
    }
    optional {
        /// The text, or the parts, of the message. `null` or absent if the message only calls tools.
        content: ChatContent,
        /// The name of the author; of the function in a message with the role `function`.
        name: String,
        /// The calls that the model makes.
        tool_calls: [ChatToolCall],
        /// The id of the call whose result the message is; only with the role `tool`.
        tool_call_id: String,
        /// The model's words in place of an answer that it declines to give.
        refusal: String,
        /// The model's reasoning, in the field that DeepSeek introduced.
        reasoning_content: String,
        /// The model's reasoning, in the field of OpenRouter and newer servers.
        reasoning: String,
        /// The model's reasoning with what is needed to send it back, in the form of OpenRouter.
        reasoning_details: Json,
        /// A call of a function, in an older form of the protocol.
        function_call: ChatFunctionCall,
    }
}

impl ChatMessage {
    /// Causes `content` to be written as `null` unless it is set, since some servers reject its absence.
    pub(in crate::openai) fn with_null_content(self) -> Self {
        const CONTENT: [usize; 1] = ChatMessage::places(["content"]);
        self.with_nulls(CONTENT)
    }

    /// Creates the message of a completion, in which `content` and `refusal` are `null` until they are set.
    pub(in crate::openai) fn of_completion() -> Self {
        Self::new(ChatRole::Assistant).with_nulls(const { Self::places(["content", "refusal"]) })
    }
}

wire_struct! {
    /// A call of a tool, made by the model.
    pub struct ChatToolCall,
        /// Creates a call.
        pub fn new;
    required {}
    defaulted {
        /// The id of the call, which its result repeats.
        id: String,
        /// The function to call.
        function: ChatFunctionCall,
    }
    optional {
        /// The type of the tool, `function`.
        r#type: String,
    }
}

wire_struct! {
    /// The function of a call, and its arguments.
    pub struct ChatFunctionCall,
        /// Creates the call of a function.
        pub fn new;
    required {}
    defaulted {
        /// The name of the function.
        name: String,
    }
    optional {
        /// The arguments: a string that contains JSON. Some servers send the JSON itself.
        arguments: Json,
    }
}

wire_defaults! {
    ChatRole = ChatRole::Assistant;
    ChatMessage = ChatMessage::new(ChatRole::Assistant);
    ChatFunctionCall = ChatFunctionCall::new("");
}
