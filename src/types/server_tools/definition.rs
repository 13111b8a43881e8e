//! Tools that the API runs.

use crate::types::CacheControl;
use crate::types::citations::CitationsConfig;
use crate::types::tools::NamedToolReference;
use crate::wire::{wire_string, wire_struct, wire_union};

/// Declares a version of a tool whose name is given.
macro_rules! hosted_tool {
    ($($(#[$meta:meta])* $name:ident = $tag:literal, $tool:literal { $($extra:tt)* })*) => {$(
        wire_struct! {
            $(#[$meta])*
            ///
            /// ```
            #[doc = concat!("let tool = messages_api::types::server_tools::", stringify!($name), "::new();")]
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

hosted_tool! {
    /// Code in a container, version of May 2025.
    CodeExecutionTool20250522 = "code_execution_20250522", "code_execution" {}

    /// Code in a container, version of August 2025.
    CodeExecutionTool20250825 = "code_execution_20250825", "code_execution" {}

    /// Code in a container, version of January 2026.
    CodeExecutionTool20260120 = "code_execution_20260120", "code_execution" {}

    /// Code in a container, version of May 2026.
    CodeExecutionTool20260521 = "code_execution_20260521", "code_execution" {}

    /// Finds tools by words, latest version.
    ToolSearchToolBm25 = "tool_search_tool_bm25", "tool_search_tool_bm25" {}

    /// Finds tools by words, version of November 2025.
    ToolSearchToolBm25_20251119 = "tool_search_tool_bm25_20251119", "tool_search_tool_bm25" {}

    /// Finds tools by regular expression, latest version.
    ToolSearchToolRegex = "tool_search_tool_regex", "tool_search_tool_regex" {}

    /// Finds tools by regular expression, version of November 2025.
    ToolSearchToolRegex20251119 = "tool_search_tool_regex_20251119", "tool_search_tool_regex" {}
}

macro_rules! web_search_tool {
    ($($(#[$meta:meta])* $name:ident = $tag:literal { $($extra:tt)* })*) => {
        hosted_tool! {$(
            $(#[$meta])*
            $name = $tag, "web_search" {
                /// Only these domains; not together with `blocked_domains`.
                allowed_domains: [String],
                /// None of these domains; not together with `allowed_domains`.
                blocked_domains: [String],
                /// How often it may be called, from 1 on.
                max_uses: u64,
                /// Where the user is, about.
                user_location: UserLocation,
                $($extra)*
            }
        )*}
    };
}

web_search_tool! {
    /// Web search, version of March 2025.
    WebSearchTool20250305 = "web_search_20250305" {}

    /// Web search, version of February 2026.
    WebSearchTool20260209 = "web_search_20260209" {}

    /// Web search, version of March 2026.
    WebSearchTool20260318 = "web_search_20260318" {
        /// Whether the answer holds the results.
        response_inclusion: ResponseInclusion,
    }
}

macro_rules! web_fetch_tool {
    ($($(#[$meta:meta])* $name:ident = $tag:literal { $($extra:tt)* })*) => {
        hosted_tool! {$(
            $(#[$meta])*
            $name = $tag, "web_fetch" {
                /// Only these domains.
                allowed_domains: [String],
                /// None of these domains.
                blocked_domains: [String],
                /// How often it may be called, from 1 on.
                max_uses: u64,
                /// How much of a page is read, in tokens, from 1 on.
                max_content_tokens: u64,
                /// Whether the answer may cite the pages.
                citations: CitationsConfig,
                /// Where addresses may come from.
                url_sources: UrlSources,
                $($extra)*
            }
        )*}
    };
}

web_fetch_tool! {
    /// Web pages, version of September 2025.
    WebFetchTool20250910 = "web_fetch_20250910" {}

    /// Web pages, version of February 2026.
    WebFetchTool20260209 = "web_fetch_20260209" {}

    /// Web pages, version of early March 2026.
    WebFetchTool20260309 = "web_fetch_20260309" {
        /// Whether a page may come from a cache.
        use_cache: bool,
    }

    /// Web pages, version of March 2026.
    WebFetchTool20260318 = "web_fetch_20260318" {
        /// Whether a page may come from a cache.
        use_cache: bool,
        /// Whether the answer holds the pages.
        response_inclusion: ResponseInclusion,
    }
}

wire_string! {
    /// Whether an answer holds the results of a web tool.
    ///
    /// ```
    /// assert_eq!(messages_api::types::server_tools::ResponseInclusion::Excluded.as_str(), "excluded");
    /// ```
    pub enum ResponseInclusion {
        /// It does.
        Full = "full",
        /// It does not.
        Excluded = "excluded",
    }
}

wire_struct! {
    /// Where the user is, about.
    ///
    /// ```
    /// let location = messages_api::types::server_tools::UserLocation::new().city("Oslo").country("NO");
    /// ```
    pub struct UserLocation = "approximate",
        /// Nowhere in particular.
        pub fn new;
    required {}
    optional {
        /// The city.
        city: String,
        /// The region.
        region: String,
        /// The country, two letters of ISO 3166-1.
        country: String,
        /// The time zone, by its IANA name.
        timezone: String,
    }
}

wire_struct! {
    /// Where the addresses may come from that a web fetch reads.
    ///
    /// ```
    /// use messages_api::types::server_tools::{NoneUrlSource, UrlSources};
    ///
    /// let sources = UrlSources::new().user_input(NoneUrlSource::new());
    /// ```
    pub struct UrlSources,
        /// The API's defaults.
        pub fn new;
    required {}
    optional {
        /// What the user wrote.
        user_input: UrlSourceFilter,
        /// What the caller's tools gave.
        client_tool_results: UrlSourceFilter,
        /// What the API's tools gave.
        server_tool_results: UrlSourceFilter,
    }
}

wire_union! {
    /// Which tools' results may hold addresses to fetch. For what the user
    /// wrote there is only all or none.
    ///
    /// ```
    /// use messages_api::types::server_tools::{AllUrlSource, UrlSourceFilter};
    ///
    /// let filter = UrlSourceFilter::from(AllUrlSource::new());
    /// ```
    pub enum UrlSourceFilter {
        /// All.
        All(AllUrlSource) = "all",
        /// None.
        None(NoneUrlSource) = "none",
        /// These.
        Only(OnlyUrlSource) = "only",
        /// All but these.
        Except(ExceptUrlSource) = "except",
    }
}

wire_struct! {
    /// All sources.
    ///
    /// ```
    /// let filter = messages_api::types::server_tools::AllUrlSource::new();
    /// ```
    pub struct AllUrlSource = "all",
        /// All.
        pub fn new;
    required {}
    optional {}
}

wire_struct! {
    /// No source.
    ///
    /// ```
    /// let filter = messages_api::types::server_tools::NoneUrlSource::new();
    /// ```
    pub struct NoneUrlSource = "none",
        /// None.
        pub fn new;
    required {}
    optional {}
}

wire_struct! {
    /// Only these tools' results.
    ///
    /// ```
    /// use messages_api::types::server_tools::OnlyUrlSource;
    /// use messages_api::types::tools::NamedToolReference;
    ///
    /// let filter = OnlyUrlSource::new(vec![NamedToolReference::new("web_search")]);
    /// ```
    pub struct OnlyUrlSource = "only",
        /// These.
        pub fn new;
    required {
        /// The tools.
        tools: [NamedToolReference],
    }
    optional {}
}

wire_struct! {
    /// All but these tools' results.
    ///
    /// ```
    /// use messages_api::types::server_tools::ExceptUrlSource;
    /// use messages_api::types::tools::NamedToolReference;
    ///
    /// let filter = ExceptUrlSource::new(vec![NamedToolReference::new("web_search")]);
    /// ```
    pub struct ExceptUrlSource = "except",
        /// All but these.
        pub fn new;
    required {
        /// The tools.
        tools: [NamedToolReference],
    }
    optional {}
}
