//! The model calls a tool, and the caller answers.

use serde::de::{DeserializeOwned, Error as _};

use crate::json::Json;
use crate::types::block::text_of;
use crate::types::server_tools::Caller;
use crate::types::{CacheControl, ContentBlock};
use crate::wire::{wire_shape, wire_struct};

wire_struct! {
    /// The model calls a tool of the caller, who answers with a
    /// [`ToolResultBlock`].
    ///
    /// ```
    /// use messages_api::{Json, ToolUseBlock};
    ///
    /// let block = ToolUseBlock::new("toolu_01", "get_weather", Json::parse(r#"{"city":"Oslo"}"#)?);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct ToolUseBlock = "tool_use",
        /// A call of the tool `name` with `input`.
        pub fn new;
    required {
        /// Names this call; the result repeats it. Any string comes back as it was sent.
        id: String,
        /// The tool's name, 1 to 200 characters.
        name: String,
        /// The arguments, an object that fits the tool's `input_schema`.
        input: Json,
    }
    optional {
        /// Who calls: the model itself or code it runs.
        caller: Caller,
        /// The toolset that the tool is a member of.
        toolset_name: String,
        /// Marks the end of a prefix to cache; requests only.
        cache_control: CacheControl,
    }
}

impl ToolUseBlock {
    /// The arguments as a `T`.
    ///
    /// # Errors
    ///
    /// When they are not a `T`. The text names the tool and tells what is
    /// wrong, so that it can go back to the model as it is.
    ///
    /// ```
    /// use messages_api::{Json, ToolResultBlock, ToolUseBlock};
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Weather {
    ///     city: String,
    /// }
    ///
    /// let block = ToolUseBlock::new("toolu_01", "get_weather", Json::parse(r#"{"city":"Oslo"}"#)?);
    /// let result = match block.input::<Weather>() {
    ///     Ok(weather) => ToolResultBlock::text(&*block.id, format!("4 °C in {}", weather.city)),
    ///     Err(error) => ToolResultBlock::error(&*block.id, error.to_string()),
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
    /// The caller answers a [`ToolUseBlock`].
    ///
    /// ```
    /// use messages_api::ToolResultBlock;
    ///
    /// let done = ToolResultBlock::text("toolu_01", "4 °C");
    /// let failed = ToolResultBlock::error("toolu_02", "no such city");
    /// assert_eq!(failed.is_error, Some(true));
    /// ```
    pub struct ToolResultBlock = "tool_result",
        /// An answer to the call `tool_use_id`, without content.
        pub fn new;
    required {
        /// The `id` of the `tool_use` block that this answers.
        tool_use_id: String,
    }
    optional {
        /// What the tool gave.
        content: ToolResultContent,
        /// Whether the tool failed.
        is_error: bool,
        /// The toolset, repeated from the `tool_use` block.
        toolset_name: String,
        /// Marks the end of a prefix to cache.
        cache_control: CacheControl,
    }
}

impl ToolResultBlock {
    /// The tool gave `text`.
    pub fn text(tool_use_id: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(tool_use_id).content(text.into())
    }

    /// The tool failed, and `message` tells the model why.
    pub fn error(tool_use_id: impl Into<String>, message: impl Into<String>) -> Self {
        Self::text(tool_use_id, message).is_error(true)
    }
}

wire_shape! {
    /// The content of a [`ToolResultBlock`]: a string or blocks.
    ///
    /// ```
    /// use messages_api::ContentBlock;
    /// use messages_api::types::ToolResultContent;
    ///
    /// let content = ToolResultContent::from(vec![ContentBlock::text("4 °C")]);
    /// assert_eq!(content.to_text(), "4 °C");
    /// ```
    pub enum ToolResultContent, "a string or an array" {
        /// A plain string.
        Text = text(String),
        /// Text, image, document, search result and other blocks.
        Blocks = list([ContentBlock]),
    }
}

impl ToolResultContent {
    /// The text in it, blocks that hold none left out.
    pub fn to_text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Blocks(blocks) => text_of(blocks),
        }
    }
}
