//! Content that is either a string or a list of blocks.

use crate::types::block::text_of;
use crate::types::{ContentBlock, ToolResultBlock};
use crate::wire::wire_shape;

wire_shape! {
    /// The content of an [`InputMessage`](crate::types::InputMessage): a string, or a list of blocks.
    ///
    /// A string means the same as a single text block. Strings, a [`ContentBlock`], a [`ToolResultBlock`] and
    /// lists of either convert into it. A list that mixes kinds of blocks is a `Vec<ContentBlock>`; if some
    /// elements are converted with `into()`, at least one other must already have that type, as below.
    ///
    /// ```
    /// use messages_api::{ContentBlock, CreateMessageRequest};
    /// use messages_api::types::{ImageBlock, UrlSource};
    ///
    /// let image = ImageBlock::new(UrlSource::new("https://example.test/cat.png"));
    /// let request = CreateMessageRequest::new("claude-sonnet-5", 512)
    ///     .user(vec![image.into(), ContentBlock::text("What is in this image?")]);
    /// assert_eq!(request.messages[0].content.to_text(), "What is in this image?");
    /// ```
    pub enum MessageContent, "a string or an array" {
        /// A plain string.
        Text = text(String),
        /// Blocks, in order.
        Blocks = list([ContentBlock]),
    }
}

impl MessageContent {
    /// Returns the text blocks joined without a separator, or the string itself.
    pub fn to_text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Blocks(blocks) => text_of(blocks),
        }
    }

    /// Returns the blocks; an empty slice if the content is a string.
    pub fn blocks(&self) -> &[ContentBlock] {
        match self {
            Self::Text(_) => &[],
            Self::Blocks(blocks) => blocks,
        }
    }
}

/// Makes a single block the whole content.
impl From<ContentBlock> for MessageContent {
    fn from(block: ContentBlock) -> Self {
        Self::Blocks(vec![block])
    }
}

/// Makes the result of a single tool call the whole content.
///
/// ```
/// use messages_api::{CreateMessageRequest, ToolResultBlock};
///
/// let result = ToolResultBlock::text("toolu_01", "4 °C");
/// let request = CreateMessageRequest::new("claude-sonnet-5", 512).user(result);
/// ```
impl From<ToolResultBlock> for MessageContent {
    fn from(result: ToolResultBlock) -> Self {
        ContentBlock::from(result).into()
    }
}

/// Puts the results of several tool calls into one message, where the API expects them.
impl From<Vec<ToolResultBlock>> for MessageContent {
    fn from(results: Vec<ToolResultBlock>) -> Self {
        Self::Blocks(results.into_iter().map(ContentBlock::from).collect())
    }
}

wire_shape! {
    /// The system prompt of a request: a string, or a list of text blocks.
    ///
    /// It holds instructions for the whole conversation. Blocks are needed only to set a cache marker
    /// ([`CacheControl`](crate::types::CacheControl)) or citations.
    ///
    /// ```
    /// use messages_api::types::SystemPrompt;
    ///
    /// assert_eq!(SystemPrompt::from("Be brief.").to_text(), "Be brief.");
    /// ```
    pub enum SystemPrompt, "a string or an array", strict {
        /// A plain string.
        Text = text(String),
        /// Text blocks, in order.
        Blocks = list([ContentBlock]),
    }
}

impl SystemPrompt {
    /// Returns the text blocks joined without a separator, or the string itself.
    pub fn to_text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Blocks(blocks) => text_of(blocks),
        }
    }
}
