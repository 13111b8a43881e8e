//! Tools that the API defines and the caller runs.

use crate::json::Json;
use crate::types::CacheControl;
use crate::wire::wire_struct;

/// Declares a version of a tool whose name is given.
macro_rules! client_tool {
    ($($(#[$meta:meta])* $name:ident = $tag:literal, $tool:literal { $($extra:tt)* })*) => {$(
        wire_struct! {
            $(#[$meta])*
            ///
            /// ```
            #[doc = concat!("let tool = messages_api::types::tools::", stringify!($name), "::new();")]
            #[doc = concat!("assert_eq!(tool.name, \"", $tool, "\");")]
            /// ```
            pub struct $name = $tag, fn named;
            required {
                #[doc = concat!("`", $tool, "`.")]
                name: String,
            }
            optional {
                /// Marks the end of a prefix to cache.
                cache_control: CacheControl,
                /// Whether the tool is left out until a tool search finds it.
                defer_loading: bool,
                /// Whether the input must fit the schema exactly.
                strict: bool,
                /// Who may call it: `direct`, or a version of code execution.
                allowed_callers: [String],
                /// Inputs that show how it is used.
                input_examples: [Json],
                $($extra)*
            }
        }

        impl $name {
            /// The tool.
            #[allow(clippy::new_without_default)]
            pub fn new() -> Self {
                Self::named($tool)
            }
        }
    )*};
}

client_tool! {
    /// A shell, version of October 2024 (beta).
    ToolBash20241022 = "bash_20241022", "bash" {}

    /// A shell, version of January 2025.
    ToolBash20250124 = "bash_20250124", "bash" {}

    /// A text editor, version of October 2024 (beta).
    ToolTextEditor20241022 = "text_editor_20241022", "str_replace_editor" {}

    /// A text editor, version of January 2025.
    ToolTextEditor20250124 = "text_editor_20250124", "str_replace_editor" {}

    /// A text editor, version of April 2025.
    ToolTextEditor20250429 = "text_editor_20250429", "str_replace_based_edit_tool" {}

    /// A text editor, version of July 2025.
    ToolTextEditor20250728 = "text_editor_20250728", "str_replace_based_edit_tool" {
        /// How much of a file is shown at most, from 1 character on.
        max_characters: u64,
    }

    /// A folder of notes.
    MemoryTool20250818 = "memory_20250818", "memory" {}
}

macro_rules! computer_tool {
    ($($(#[$meta:meta])* $name:ident = $tag:literal { $($extra:tt)* })*) => {$(
        wire_struct! {
            $(#[$meta])*
            ///
            /// ```
            #[doc = concat!("let tool = messages_api::types::tools::", stringify!($name), "::new(1024, 768);")]
            /// ```
            pub struct $name = $tag, fn named;
            required {
                /// `computer`.
                name: String,
                /// The screen's width in pixels, from 1 on.
                display_width_px: u64,
                /// The screen's height in pixels, from 1 on.
                display_height_px: u64,
            }
            optional {
                /// The X11 display.
                display_number: u64,
                /// Marks the end of a prefix to cache.
                cache_control: CacheControl,
                /// Whether the tool is left out until a tool search finds it.
                defer_loading: bool,
                /// Whether the input must fit the schema exactly.
                strict: bool,
                /// Who may call it: `direct`, or a version of code execution.
                allowed_callers: [String],
                /// Inputs that show how it is used.
                input_examples: [Json],
                $($extra)*
            }
        }

        impl $name {
            /// A screen of so many pixels.
            pub fn new(display_width_px: u64, display_height_px: u64) -> Self {
                Self::named("computer", display_width_px, display_height_px)
            }
        }
    )*};
}

computer_tool! {
    /// A screen with mouse and keyboard, version of October 2024 (beta).
    ToolComputerUse20241022 = "computer_20241022" {}

    /// A screen with mouse and keyboard, version of January 2025 (beta).
    ToolComputerUse20250124 = "computer_20250124" {}

    /// A screen with mouse and keyboard, version of November 2025 (beta).
    ToolComputerUse20251124 = "computer_20251124" {
        /// Whether the model may look closer.
        enable_zoom: bool,
    }
}
