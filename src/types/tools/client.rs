//! Tools that the API defines and the caller runs.
//!
//! The model knows their input schemas, so an entry holds only the name and settings.

use crate::json::Json;
use crate::types::CacheControl;
use crate::wire::wire_struct;

/// Declares tools whose name is fixed, each in one version.
macro_rules! client_tool {
    ($($(#[$meta:meta])* $name:ident = $tag:literal, $tool:literal { $($extra:tt)* })*) => {$(
        wire_struct! {
            $(#[$meta])*
            ///
            /// Variant of [`Tool`], run by the caller: a call arrives in a [`ToolUseBlock`]
            #[doc = concat!("named `", $tool, "`, and its output goes back in a [`ToolResultBlock`].")]
            ///
            /// ```
            #[doc = concat!("use messages_api::types::tools::", stringify!($name), ";")]
            ///
            #[doc = concat!("let tool = ", stringify!($name), "::new();")]
            #[doc = concat!(
                r##"assert_eq!(serde_json::to_string(&tool)?, r#"{"type":""##, $tag,
                r##"","name":""##, $tool, r##""}"#);"##,
            )]
            /// # Ok::<(), serde_json::Error>(())
            /// ```
            ///
            /// [`Tool`]: crate::types::tools::Tool
            /// [`ToolUseBlock`]: crate::types::ToolUseBlock
            /// [`ToolResultBlock`]: crate::types::ToolResultBlock
            pub struct $name = $tag, fn named;
            required {
                #[doc = concat!("The fixed name of the tool, `", $tool, "`.")]
                name: String,
            }
            optional {
                /// A cache marker, which caches the prompt up to and including this tool.
                cache_control: CacheControl,
                /// Whether the tool stays hidden from the model until a tool search finds it.
                defer_loading: bool,
                /// Whether the input of every call must match the schema exactly.
                strict: bool,
                /// The origins from which the tool may be called: `direct` for the model itself, or the
                /// `type` of a code execution tool such as `code_execution_20260120`.
                allowed_callers: [String],
                /// Example inputs that show the model how to call the tool, each a JSON object.
                input_examples: [Json],
                $($extra)*
            }
        }

        impl $name {
            /// Creates the tool with its fixed name.
            #[allow(clippy::new_without_default)]
            pub fn new() -> Self {
                Self::named($tool)
            }
        }
    )*};
}

client_tool! {
    /// A shell in which the model runs commands on the caller's side, in its October 2024 version (beta).
    ///
    /// [`ToolBash20250124`] is the stable version.
    ToolBash20241022 = "bash_20241022", "bash" {}

    /// A shell in which the model runs commands on the caller's side, in its January 2025 version.
    ///
    /// To have commands run in a container of the API instead, use one of the code execution tools in
    /// [`server_tools`](crate::types::server_tools).
    ToolBash20250124 = "bash_20250124", "bash" {}

    /// An editor with which the model views and changes the caller's files, in its October 2024 version
    /// (beta).
    ///
    /// The later versions are stable.
    ToolTextEditor20241022 = "text_editor_20241022", "str_replace_editor" {}

    /// An editor with which the model views and changes the caller's files, in its January 2025 version.
    ///
    /// From [`ToolTextEditor20250429`] on, the tool has another name.
    ToolTextEditor20250124 = "text_editor_20250124", "str_replace_editor" {}

    /// An editor with which the model views and changes the caller's files, in its April 2025 version.
    ToolTextEditor20250429 = "text_editor_20250429", "str_replace_based_edit_tool" {}

    /// An editor with which the model views and changes the caller's files, in its July 2025 version.
    ///
    /// Unlike [`ToolTextEditor20250429`], it can limit how much of a file is shown.
    ToolTextEditor20250728 = "text_editor_20250728", "str_replace_based_edit_tool" {
        /// The maximum number of characters shown when the model views a file, at least 1.
        max_characters: u64,
    }

    /// A directory of notes that the model reads and writes and the caller keeps, in its August 2025 version.
    MemoryTool20250818 = "memory_20250818", "memory" {}
}

/// Declares versions of the tool `computer`.
macro_rules! computer_tool {
    ($($(#[$meta:meta])* $name:ident = $tag:literal { $($extra:tt)* })*) => {$(
        wire_struct! {
            $(#[$meta])*
            ///
            /// Variant of [`Tool`](crate::types::tools::Tool), run by the caller: a call arrives in a
            /// [`ToolUseBlock`](crate::types::ToolUseBlock) named `computer`, and its output, such as a
            /// screenshot, goes back in a [`ToolResultBlock`](crate::types::ToolResultBlock). The stable
            /// alternative is the [`ComputerToolset20260801`](crate::types::tools::ComputerToolset20260801).
            ///
            /// ```
            #[doc = concat!("use messages_api::types::tools::", stringify!($name), ";")]
            ///
            #[doc = concat!("let tool = ", stringify!($name), "::new(1024, 768);")]
            /// assert_eq!(
            ///     serde_json::to_string(&tool)?,
            #[doc = concat!(
                r##"     r#"{"type":""##, $tag,
                r##"","name":"computer","display_width_px":1024,"display_height_px":768}"#,"##,
            )]
            /// );
            /// # Ok::<(), serde_json::Error>(())
            /// ```
            pub struct $name = $tag, fn named;
            required {
                /// The fixed name of the tool, `computer`.
                name: String,
                /// The width of the screen in pixels, at least 1.
                display_width_px: u64,
                /// The height of the screen in pixels, at least 1.
                display_height_px: u64,
            }
            optional {
                /// The number of the X11 display.
                display_number: u64,
                /// A cache marker, which caches the prompt up to and including this tool.
                cache_control: CacheControl,
                /// Whether the tool stays hidden from the model until a tool search finds it.
                defer_loading: bool,
                /// Whether the input of every call must match the schema exactly.
                strict: bool,
                /// The origins from which the tool may be called: `direct` for the model itself, or the
                /// `type` of a code execution tool such as `code_execution_20260120`.
                allowed_callers: [String],
                /// Example inputs that show the model how to call the tool, each a JSON object.
                input_examples: [Json],
                $($extra)*
            }
        }

        impl $name {
            /// Creates the tool for a screen of the given size in pixels.
            pub fn new(display_width_px: u64, display_height_px: u64) -> Self {
                Self::named("computer", display_width_px, display_height_px)
            }
        }
    )*};
}

computer_tool! {
    /// A screen, mouse and keyboard that the model controls, in its October 2024 version (beta).
    ///
    /// Requires the beta header `computer-use-2024-10-22`.
    ToolComputerUse20241022 = "computer_20241022" {}

    /// A screen, mouse and keyboard that the model controls, in its January 2025 version (beta).
    ///
    /// Requires the beta header `computer-use-2025-01-24`.
    ToolComputerUse20250124 = "computer_20250124" {}

    /// A screen, mouse and keyboard that the model controls, in its November 2025 version (beta).
    ///
    /// Requires the beta header `computer-use-2025-11-24`.
    ToolComputerUse20251124 = "computer_20251124" {
        /// Whether the model may zoom in on a part of the screen.
        enable_zoom: bool,
    }
}
