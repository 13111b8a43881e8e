//! The entries of `tools` for web search, web fetch, code execution and tool search.

use crate::types::CacheControl;
use crate::types::citations::CitationsConfig;
use crate::types::server_tools::{ResponseInclusion, UrlSources, UserLocation};
use crate::wire::wire_struct;

/// Declares versions of tools whose name is fixed. The literal in front completes the sentence about their
/// calls and results.
macro_rules! hosted_tool {
    ($calls:literal $($(#[$meta:meta])* $name:ident = $tag:literal, $tool:literal { $($extra:tt)* })*) => {$(
        wire_struct! {
            $(#[$meta])*
            ///
            /// Variant of [`Tool`], run by the API: a call appears as a [`ServerToolUseBlock`]
            #[doc = concat!($calls, ".")]
            ///
            /// ```
            #[doc = concat!("use messages_api::types::server_tools::", stringify!($name), ";")]
            ///
            #[doc = concat!("let tool = ", stringify!($name), "::new();")]
            /// assert_eq!(
            ///     serde_json::to_string(&tool)?,
            #[doc = concat!(r##"     r#"{"type":""##, $tag, r##"","name":""##, $tool, r##""}"#,"##)]
            /// );
            /// # Ok::<(), serde_json::Error>(())
            /// ```
            ///
            /// [`Tool`]: crate::types::tools::Tool
            /// [`ServerToolUseBlock`]: crate::types::server_tools::ServerToolUseBlock
            /// [`CodeExecutionToolResultBlock`]: crate::types::server_tools::CodeExecutionToolResultBlock
            /// [`BashCodeExecutionToolResultBlock`]: super::BashCodeExecutionToolResultBlock
            /// [`TextEditorCodeExecutionToolResultBlock`]: super::TextEditorCodeExecutionToolResultBlock
            /// [`ToolSearchToolResultBlock`]: crate::types::server_tools::ToolSearchToolResultBlock
            /// [`WebFetchToolResultBlock`]: crate::types::server_tools::WebFetchToolResultBlock
            /// [`WebSearchToolResultBlock`]: crate::types::server_tools::WebSearchToolResultBlock
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

hosted_tool! {
    "named `code_execution`, `bash_code_execution` or `text_editor_code_execution`, and its result in the \
     same message as a [`CodeExecutionToolResultBlock`], [`BashCodeExecutionToolResultBlock`] or \
     [`TextEditorCodeExecutionToolResultBlock`]"

    /// A container in which the model runs code, in its May 2025 version.
    ///
    /// Its code cannot call other tools, because `allowed_callers` has no value for this version.
    CodeExecutionTool20250522 = "code_execution_20250522", "code_execution" {}

    /// A container in which the model runs code, in its August 2025 version.
    ///
    /// Code can call the tools whose `allowed_callers` name this version.
    CodeExecutionTool20250825 = "code_execution_20250825", "code_execution" {}

    /// A container in which the model runs code, in its January 2026 version.
    ///
    /// Code can call the tools whose `allowed_callers` name this version.
    CodeExecutionTool20260120 = "code_execution_20260120", "code_execution" {}

    /// A container in which the model runs code, in its May 2026 version.
    ///
    /// Code can call the tools whose `allowed_callers` name this version.
    CodeExecutionTool20260521 = "code_execution_20260521", "code_execution" {}
}

hosted_tool! {
    "with the `name` of the tool, and its result in the same message as a [`ToolSearchToolResultBlock`]"

    /// A keyword search over the tools whose `defer_loading` is set.
    ///
    /// The type without a date stands for the latest version.
    ToolSearchToolBm25 = "tool_search_tool_bm25", "tool_search_tool_bm25" {}

    /// A keyword search over the tools whose `defer_loading` is set, in its November 2025 version.
    ToolSearchToolBm25_20251119 = "tool_search_tool_bm25_20251119", "tool_search_tool_bm25" {}

    /// A regular expression search over the tools whose `defer_loading` is set.
    ///
    /// The type without a date stands for the latest version.
    ToolSearchToolRegex = "tool_search_tool_regex", "tool_search_tool_regex" {}

    /// A regular expression search over the tools whose `defer_loading` is set, in its November 2025 version.
    ToolSearchToolRegex20251119 = "tool_search_tool_regex_20251119", "tool_search_tool_regex" {}
}

/// Declares versions of the tool `web_search`.
macro_rules! web_search_tool {
    ($($(#[$meta:meta])* $name:ident = $tag:literal { $($extra:tt)* })*) => {
        hosted_tool! {
            "named `web_search`, and its result in the same message as a [`WebSearchToolResultBlock`]"
            $(
                $(#[$meta])*
                $name = $tag, "web_search" {
                    /// The only domains that may appear in the results; not together with `blocked_domains`.
                    allowed_domains: [String],
                    /// The domains that may not appear in the results; not together with `allowed_domains`.
                    blocked_domains: [String],
                    /// The maximum number of searches per request, at least 1.
                    max_uses: u64,
                    /// The approximate location of the user, for local results.
                    user_location: UserLocation,
                    $($extra)*
                }
            )*
        }
    };
}

web_search_tool! {
    /// A web search, in its March 2025 version.
    WebSearchTool20250305 = "web_search_20250305" {}

    /// A web search, in its February 2026 version.
    ///
    /// Its settings are those of [`WebSearchTool20250305`].
    WebSearchTool20260209 = "web_search_20260209" {}

    /// A web search, in its March 2026 version.
    ///
    /// It adds the setting `response_inclusion` to those of [`WebSearchTool20260209`].
    WebSearchTool20260318 = "web_search_20260318" {
        /// Whether the message contains the search results.
        response_inclusion: ResponseInclusion,
    }
}

/// Declares versions of the tool `web_fetch`.
macro_rules! web_fetch_tool {
    ($($(#[$meta:meta])* $name:ident = $tag:literal { $($extra:tt)* })*) => {
        hosted_tool! {
            "named `web_fetch`, and its result in the same message as a [`WebFetchToolResultBlock`]"
            $(
                $(#[$meta])*
                $name = $tag, "web_fetch" {
                    /// The only domains from which pages may be fetched.
                    allowed_domains: [String],
                    /// The domains from which no page may be fetched.
                    blocked_domains: [String],
                    /// The maximum number of fetches per request, at least 1.
                    max_uses: u64,
                    /// The maximum length of a fetched page in tokens, at least 1.
                    max_content_tokens: u64,
                    /// Whether the model may cite the fetched pages.
                    citations: CitationsConfig,
                    /// The parts of the conversation from which URLs may be fetched.
                    url_sources: UrlSources,
                    $($extra)*
                }
            )*
        }
    };
}

web_fetch_tool! {
    /// A tool that fetches web pages and PDFs, in its September 2025 version.
    WebFetchTool20250910 = "web_fetch_20250910" {}

    /// A tool that fetches web pages and PDFs, in its February 2026 version.
    ///
    /// Its settings are those of [`WebFetchTool20250910`].
    WebFetchTool20260209 = "web_fetch_20260209" {}

    /// A tool that fetches web pages and PDFs, in its version of March 9, 2026.
    ///
    /// It adds the setting `use_cache` to those of [`WebFetchTool20260209`].
    WebFetchTool20260309 = "web_fetch_20260309" {
        /// Whether a cached copy of a page may be used instead of fetching it.
        use_cache: bool,
    }

    /// A tool that fetches web pages and PDFs, in its version of March 18, 2026.
    ///
    /// It adds the setting `response_inclusion` to those of [`WebFetchTool20260309`].
    WebFetchTool20260318 = "web_fetch_20260318" {
        /// Whether a cached copy of a page may be used instead of fetching it.
        use_cache: bool,
        /// Whether the message contains the fetched pages.
        response_inclusion: ResponseInclusion,
    }
}
