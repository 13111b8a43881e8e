//! TODO.

use crate::types::CacheControl;
use crate::wire::wire_struct;

wire_struct! {
    /// A tool that was found, in the result of a tool search. The references
    /// in a [`ToolAdditionBlock`](crate::types::tools::ToolAdditionBlock) are another
    /// object of the same `type`: [`NamedToolReference`].
    ///
    /// ```
    /// let block = messages_api::types::tools::ToolReferenceBlock::new("get_weather");
    /// ```
    pub struct ToolReferenceBlock = "tool_reference",
        /// The tool `tool_name`.
        pub fn new;
    required {
        /// The tool.
        tool_name: String,
    }
    optional {
        /// Marks the end of a prefix to cache; requests only.
        cache_control: CacheControl,
    }
}

wire_struct! {
    /// A tool meant by its name.
    ///
    /// ```
    /// let reference = messages_api::types::tools::NamedToolReference::new("get_weather");
    /// ```
    pub struct NamedToolReference = "tool_reference",
        /// The tool `name`.
        pub fn new;
    required {
        /// The tool.
        name: String,
    }
    optional {}
}
