//! Instructions in the middle of a conversation, in the form of a block.

use crate::types::{CacheControl, ContentBlock};
use crate::wire::{wire_shape, wire_struct};

wire_struct! {
    /// A block of instructions in the middle of a conversation. The API has withdrawn it.
    ///
    /// New requests should use messages with the role [`System`](crate::types::Role::System) instead. The
    /// block exists so that a server can still read the requests of older clients.
    pub struct MidConversationSystemBlock = "mid_conv_system",
        /// Creates a block with the instructions `content`.
        pub fn new;
    required {
        /// The instructions: text, and tools that are added or removed.
        content: MidConversationSystemContent,
    }
    optional {
        /// A cache marker, which caches the prompt up to and including this block.
        cache_control: CacheControl,
    }
}

wire_shape! {
    /// The content of a [`MidConversationSystemBlock`]: a string or an array of blocks.
    pub enum MidConversationSystemContent, "a string or an array" {
        /// A string, which is equivalent to one text block.
        Text = text(String),
        /// Text blocks, and blocks that add or remove a tool.
        Blocks = list([ContentBlock]),
    }
}
