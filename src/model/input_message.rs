//! The messages of a conversation.

use crate::model::block::text_of;
use crate::model::{ContentBlock, Message, OutputConfig};
use crate::wire::{wire_shape, wire_string, wire_struct};

wire_struct! {
    /// A message of the conversation.
    ///
    /// ```
    /// use messages_api::{InputMessage, Role};
    ///
    /// let message = InputMessage::new(Role::User, "hi");
    /// assert_eq!(message.content.to_text(), "hi");
    /// ```
    pub struct InputMessage,
        /// A message by `role`.
        pub fn new;
    required {
        /// Who wrote it.
        role: Role,
        /// A string or blocks.
        content: MessageContent,
    }
    optional {
        /// Until when it holds; only on messages of the role `system` (beta).
        clear_at: ClearAt,
        /// What to change from here on; only on messages of the role `system`.
        output_config: OutputConfig,
    }
}

impl From<Message> for InputMessage {
    /// The answer as the next turn of the conversation. Its content is kept
    /// whole; what only an answer has (id, usage, …) has no place in a request.
    fn from(message: Message) -> Self {
        Self::new(message.role, message.content)
    }
}

wire_string! {
    /// Who wrote a message.
    ///
    /// ```
    /// assert_eq!(messages_api::Role::from("user"), messages_api::Role::User);
    /// ```
    pub enum Role {
        /// The caller.
        User = "user",
        /// The model.
        Assistant = "assistant",
        /// Instructions in the middle of a conversation.
        System = "system",
    }
}

wire_shape! {
    /// The content of a message: a string, which equals one text block, or
    /// blocks.
    ///
    /// ```
    /// use messages_api::{ContentBlock, MessageContent};
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
    /// use messages_api::SystemPrompt;
    ///
    /// assert_eq!(SystemPrompt::from("Be brief.").to_text(), "Be brief.");
    /// ```
    pub enum SystemPrompt, "a string or an array" {
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

wire_string! {
    /// Until when a message of the role `system` holds (beta).
    ///
    /// ```
    /// assert_eq!(messages_api::ClearAt::Never.as_str(), "never");
    /// ```
    pub enum ClearAt {
        /// Until the user's next message.
        NextUserMessage = "next_user_message",
        /// To the end.
        Never = "never",
    }
}
