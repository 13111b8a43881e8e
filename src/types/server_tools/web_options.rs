//! Settings of the web search and web fetch tools.

use crate::types::tools::NamedToolReference;
use crate::wire::{wire_string, wire_struct, wire_union};

wire_string! {
    /// Whether a message contains the results of a web tool: the `response_inclusion` of a
    /// [`WebSearchTool20260318`](crate::types::server_tools::WebSearchTool20260318) or a
    /// [`WebFetchTool20260318`](crate::types::server_tools::WebFetchTool20260318).
    pub enum ResponseInclusion {
        /// The message contains the results.
        Full = "full",
        /// The message leaves the results out, which keeps it small.
        Excluded = "excluded",
    }
}

wire_struct! {
    /// The approximate location of the user, which lets a web search find local results.
    ///
    /// ```
    /// use messages_api::types::server_tools::{UserLocation, WebSearchTool20260318};
    ///
    /// let location = UserLocation::new().city("Oslo").country("NO").timezone("Europe/Oslo");
    /// let tool = WebSearchTool20260318::new().user_location(location);
    /// assert_eq!(
    ///     serde_json::to_string(&tool.user_location)?,
    ///     r#"{"type":"approximate","city":"Oslo","country":"NO","timezone":"Europe/Oslo"}"#,
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct UserLocation = "approximate",
        /// Creates a location without any details.
        pub fn new;
    required {}
    optional {
        /// The name of the city.
        city: String,
        /// The name of the region or state.
        region: String,
        /// The country as a two-letter code of ISO 3166-1.
        country: String,
        /// The time zone as an IANA name, such as `Europe/Oslo`.
        timezone: String,
    }
}

wire_struct! {
    /// The parts of a conversation from which a web fetch tool may take its URLs: the `url_sources` of a
    /// [`WebFetchTool20260318`](crate::types::server_tools::WebFetchTool20260318) or an earlier version.
    ///
    /// ```
    /// use messages_api::types::server_tools::{NoneUrlSource, OnlyUrlSource, UrlSources};
    /// use messages_api::types::tools::NamedToolReference;
    ///
    /// // Fetches only pages that a web search found.
    /// let sources = UrlSources::new()
    ///     .user_input(NoneUrlSource::new())
    ///     .client_tool_results(NoneUrlSource::new())
    ///     .server_tool_results(OnlyUrlSource::new(vec![NamedToolReference::new("web_search")]));
    ///
    /// let json = serde_json::to_value(&sources)?;
    /// assert_eq!(json["server_tool_results"]["tools"][0]["name"], "web_search");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct UrlSources,
        /// Creates sources that keep the API's defaults.
        pub fn new;
    required {}
    optional {
        /// The filter for URLs that the user wrote; permits either all or none.
        user_input: UrlSourceFilter,
        /// The filter for URLs in the results of tools that the caller runs.
        client_tool_results: UrlSourceFilter,
        /// The filter for URLs in the results of tools that the API runs.
        server_tool_results: UrlSourceFilter,
    }
}

wire_union! {
    /// A filter for the URLs that a web fetch tool may take from one source, part of [`UrlSources`].
    ///
    /// `user_input` takes only [`All`](Self::All) and [`None`](Self::None).
    pub enum UrlSourceFilter {
        /// Permits all URLs of this source.
        All(AllUrlSource) = "all",
        /// Permits no URL of this source.
        None(NoneUrlSource) = "none",
        /// Permits only URLs in the results of the listed tools.
        Only(OnlyUrlSource) = "only",
        /// Permits all URLs except those in the results of the listed tools.
        Except(ExceptUrlSource) = "except",
    }
}

wire_struct! {
    /// A filter that permits all URLs.
    ///
    /// Variant of [`UrlSourceFilter`].
    pub struct AllUrlSource = "all",
        /// Creates the filter `all`.
        pub fn new;
    required {}
    optional {}
}

wire_struct! {
    /// A filter that permits no URL.
    ///
    /// Variant of [`UrlSourceFilter`].
    pub struct NoneUrlSource = "none",
        /// Creates the filter `none`.
        pub fn new;
    required {}
    optional {}
}

wire_struct! {
    /// A filter that permits only URLs in the results of certain tools.
    ///
    /// Variant of [`UrlSourceFilter`].
    pub struct OnlyUrlSource = "only",
        /// Creates a filter that permits only the results of `tools`.
        pub fn new;
    required {
        /// The tools whose results may supply URLs.
        tools: [NamedToolReference],
    }
    optional {}
}

wire_struct! {
    /// A filter that permits all URLs except those in the results of certain tools.
    ///
    /// Variant of [`UrlSourceFilter`].
    pub struct ExceptUrlSource = "except",
        /// Creates a filter that permits all results but those of `tools`.
        pub fn new;
    required {
        /// The tools whose results may not supply URLs.
        tools: [NamedToolReference],
    }
    optional {}
}
