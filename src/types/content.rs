//! The text of a request: a string, or blocks.

use crate::types::ContentBlock;
use crate::types::block::text_of;
use crate::wire::wire_shape;

wire_shape! {
    /// The content of a message: a string, which equals one text block, or
    /// blocks.
    ///
    /// ```
    /// use messages_api::ContentBlock;
    /// use messages_api::types::MessageContent;
    ///
    /// let content = MessageContent::from(vec![ContentBlock::text("a"), ContentBlock::text("b")]);
    /// assert_eq!(content.to_text(), "ab");
    /// ```
    pub enum MessageContent, "a string or an array" {
        /// A plain string.
        Text = text(String),
        /// Blocks.
        Blocks = list([ContentBlock]),
    }
}

impl MessageContent {
    /// The text in it, blocks that hold none left out.
    pub fn to_text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Blocks(blocks) => text_of(blocks),
        }
    }

    /// The blocks; none for a plain string.
    pub fn blocks(&self) -> &[ContentBlock] {
        match self {
            Self::Text(_) => &[],
            Self::Blocks(blocks) => blocks,
        }
    }
}

wire_shape! {
    /// Instructions that stand before the conversation: a string or text
    /// blocks.
    ///
    /// ```
    /// use messages_api::types::SystemPrompt;
    ///
    /// assert_eq!(SystemPrompt::from("Be brief.").to_text(), "Be brief.");
    /// ```
    pub enum SystemPrompt, "a string or an array", strict {
        /// A plain string.
        Text = text(String),
        /// Text blocks.
        Blocks = list([ContentBlock]),
    }
}

impl SystemPrompt {
    /// The text in it.
    pub fn to_text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Blocks(blocks) => text_of(blocks),
        }
    }
}
