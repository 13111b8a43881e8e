//! TODO.

use crate::types::{CacheControl, ContentBlock};
use crate::wire::{wire_shape, wire_struct};

wire_struct! {
    /// Instructions in the middle of a conversation, as a block. Withdrawn in
    /// favour of messages of the role `system`: accept it, do not write it.
    ///
    /// ```
    /// let block = messages_api::types::context::MidConversationSystemBlock::new("be brief");
    /// ```
    pub struct MidConversationSystemBlock = "mid_conv_system",
        /// The instructions `content`.
        pub fn new;
    required {
        /// Text blocks, and tools added and removed.
        content: MidConversationSystemContent,
    }
    optional {
        /// Marks the end of a prefix to cache.
        cache_control: CacheControl,
    }
}

wire_shape! {
    /// The content of a [`MidConversationSystemBlock`].
    ///
    /// ```
    /// let content = messages_api::types::context::MidConversationSystemContent::from("be brief");
    /// ```
    pub enum MidConversationSystemContent, "a string or an array" {
        /// A plain string.
        Text = text(String),
        /// Text blocks, and tools added and removed.
        Blocks = list([ContentBlock]),
    }
}
