//! Calls to the caller's tools, and their results.

use serde::de::{DeserializeOwned, Error as _};

use crate::json::Json;
use crate::types::block::text_of;
use crate::types::server_tools::Caller;
use crate::types::{CacheControl, ContentBlock};
use crate::wire::{wire_shape, wire_struct};

wire_struct! {
    /// A call to one of the caller's tools, made by the model.
    ///
    /// The caller runs the tool and sends a [`ToolResultBlock`] with the same id. The results of all calls of
    /// a message go into the next user message, before all other blocks in it.
    /// [`Message::tool_uses`](crate::types::Message::tool_uses) iterates over the calls. Calls to tools that
    /// the API runs are [`ServerToolUseBlock`](crate::types::server_tools::ServerToolUseBlock)s instead.
    ///
    /// ```
    /// use messages_api::{CreateMessageRequest, Message, ToolResultBlock, ToolUseBlock};
    ///
    /// fn next_turn(request: CreateMessageRequest, message: Message) -> CreateMessageRequest {
    ///     let results: Vec<ToolResultBlock> = message.tool_uses().map(run).collect();
    ///     request.message(message).user(results)
    /// }
    ///
    /// fn run(call: &ToolUseBlock) -> ToolResultBlock {
    ///     match &*call.name {
    ///         "get_weather" => ToolResultBlock::text(&*call.id, "4 °C, clear"),
    ///         name => ToolResultBlock::error(&*call.id, format!("there is no tool {name}")),
    ///     }
    /// }
    /// ```
    pub struct ToolUseBlock = "tool_use",
        /// Creates a call to the tool `name` with the arguments `input`.
        pub fn new;
    required {
        /// The id of the call, which its result repeats; letters, digits, `_` and `-`.
        id: String,
        /// The name of the tool, 1 to 200 characters.
        name: String,
    }
    defaulted {
        /// The arguments: an object that matches the tool's `input_schema`.
        input: Json,
    }
    optional {
        /// The origin of the call: the model itself, or code that the model runs.
        caller: Caller,
        /// The toolset that the tool belongs to, which the result repeats; absent for other tools.
        toolset_name: String,
        /// A cache marker, which caches the prompt up to and including this block; only in requests.
        cache_control: CacheControl,
    }
}

impl ToolUseBlock {
    /// Deserializes the arguments into a `T`.
    ///
    /// # Errors
    ///
    /// Returns an error if the arguments do not fit `T`. Its text names the tool and the fault, so it can be
    /// sent to the model as the tool result.
    ///
    /// ```
    /// use messages_api::{Json, ToolResultBlock, ToolUseBlock};
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Weather {
    ///     city: String,
    /// }
    ///
    /// let call = ToolUseBlock::new("toolu_01", "get_weather", Json::parse(r#"{"city":"Oslo"}"#)?);
    /// let result = match call.input::<Weather>() {
    ///     Ok(weather) => ToolResultBlock::text(&*call.id, format!("4 °C in {}", weather.city)),
    ///     Err(error) => ToolResultBlock::error(&*call.id, error.to_string()),
    /// };
    /// # assert_eq!(result.is_error, None);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn input<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        self.input.decode().map_err(|error| {
            serde_json::Error::custom(format_args!("input of the tool {:?}: {error}", self.name))
        })
    }
}

wire_struct! {
    /// The result of a [`ToolUseBlock`], sent by the caller in the next user message.
    ///
    /// Every call needs a result with its id, even if the tool failed: [`error`](Self::error) creates a
    /// result from which the model learns what went wrong, so that it can try again.
    ///
    /// ```
    /// use messages_api::{CreateMessageRequest, ToolResultBlock};
    /// use messages_api::types::{ImageBlock, UrlSource};
    ///
    /// let weather = ToolResultBlock::text("toolu_01", "4 °C, clear");
    /// let failure = ToolResultBlock::error("toolu_02", "no such city: Olso");
    /// let image = ImageBlock::new(UrlSource::new("https://example.test/radar.png"));
    /// let radar = ToolResultBlock::new("toolu_03").content(vec![image.into()]);
    /// let request = CreateMessageRequest::new("claude-sonnet-5", 512).user(vec![weather, failure, radar]);
    /// ```
    pub struct ToolResultBlock = "tool_result",
        /// Creates a result without content for the call with the id `tool_use_id`.
        pub fn new;
    required {
        /// The `id` of the [`ToolUseBlock`].
        tool_use_id: String,
    }
    optional {
        /// The output of the tool: a string or blocks.
        content: ToolResultContent,
        /// Whether the tool failed; `content` then describes the failure.
        is_error: bool,
        /// The toolset of the tool, repeated from the [`ToolUseBlock`].
        toolset_name: String,
        /// A cache marker, which caches the prompt up to and including this block.
        cache_control: CacheControl,
    }
}

impl ToolResultBlock {
    /// Creates a result whose content is `text`.
    pub fn text(tool_use_id: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(tool_use_id).content(text.into())
    }

    /// Creates the result of a tool that failed. The model reads `message`.
    pub fn error(tool_use_id: impl Into<String>, message: impl Into<String>) -> Self {
        Self::text(tool_use_id, message).is_error(true)
    }
}

wire_shape! {
    /// The content of a [`ToolResultBlock`]: a string, or a list of blocks.
    ///
    /// ```
    /// use messages_api::ContentBlock;
    /// use messages_api::types::ToolResultContent;
    ///
    /// let content = ToolResultContent::from(vec![ContentBlock::text("4 °C"), ContentBlock::text(", clear")]);
    /// assert_eq!(content.to_text(), "4 °C, clear");
    /// ```
    pub enum ToolResultContent, "a string or an array" {
        /// A plain string.
        Text = text(String),
        /// Text, image, document, search result, tool reference and browser state blocks, in order.
        Blocks = list([ContentBlock]),
    }
}

impl ToolResultContent {
    /// Returns the text blocks joined without a separator, or the string itself.
    pub fn to_text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Blocks(blocks) => text_of(blocks),
        }
    }
}
