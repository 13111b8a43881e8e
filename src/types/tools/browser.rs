//! The state of a browser, which the caller reports in the results of browser tools.

use crate::types::CacheControl;
use crate::wire::{wire_struct, wire_union};

wire_struct! {
    /// The open tabs of a browser, and what changed in it since the last report.
    ///
    /// The caller sends it in the [`ToolResultBlock`](crate::types::ToolResultBlock) of a call from the
    /// [`BrowserToolset20260801`](crate::types::tools::BrowserToolset20260801). A result holds at most one
    /// such block, and none if it reports an error.
    ///
    /// ```
    /// use messages_api::types::tools::{BrowserStateBlock, BrowserTab, TabOpened};
    /// use messages_api::{ContentBlock, ToolResultBlock};
    ///
    /// let state = BrowserStateBlock::new(vec![
    ///     BrowserTab::new("t1", "Forecast", "https://example.test/forecast"),
    ///     BrowserTab::new("t2", "Radar", "https://example.test/radar").active(true),
    /// ])
    /// .state_changes(vec![TabOpened::new("t2").into()]);
    ///
    /// let result = ToolResultBlock::new("toolu_01")
    ///     .toolset_name("browser")
    ///     .content(vec![ContentBlock::from(state)]);
    /// assert_eq!(serde_json::to_value(&result)?["content"][0]["type"], "browser_state");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct BrowserStateBlock = "browser_state",
        /// Creates the state of a browser in which `tabs` are open.
        pub fn new;
    required {
        /// The open tabs. Unless there are none, exactly one is active.
        tabs: [BrowserTab],
    }
    optional {
        /// The changes since the last report; must be absent rather than empty.
        state_changes: [BrowserStateChange],
        /// A cache marker, which caches the prompt up to and including this block.
        cache_control: CacheControl,
    }
}

wire_struct! {
    /// An open tab of a browser, part of a [`BrowserStateBlock`].
    pub struct BrowserTab,
        /// Creates the tab `tab_id`, which shows the page at `url`.
        pub fn new;
    required {
        /// The id by which the model refers to the tab.
        tab_id: String,
        /// The title of the page.
        title: String,
        /// The URL of the page.
        url: String,
    }
    optional {
        /// Whether the tab is the one in the foreground.
        active: bool,
    }
}

wire_union! {
    /// An event in a browser that the model should know about, part of a [`BrowserStateBlock`].
    pub enum BrowserStateChange {
        /// A tab was opened.
        TabOpened(TabOpened) = "tab_opened",
        /// A download began.
        DownloadStarted(Boxed DownloadStarted) = "download_started",
        /// A download finished, and its file is available.
        DownloadCompleted(Boxed DownloadCompleted) = "download_completed",
        /// A download ended without a file.
        DownloadFailed(Boxed DownloadFailed) = "download_failed",
    }
}

wire_struct! {
    /// The opening of a tab.
    ///
    /// Variant of [`BrowserStateChange`].
    pub struct TabOpened = "tab_opened",
        /// Creates the change for the new tab `tab_id`.
        pub fn new;
    required {
        /// The id of the new tab.
        tab_id: String,
    }
    optional {}
}

wire_struct! {
    /// The start of a download.
    ///
    /// Variant of [`BrowserStateChange`]; a [`DownloadCompleted`] or a [`DownloadFailed`] with the same id
    /// ends it.
    pub struct DownloadStarted = "download_started",
        /// Creates the change for the download `download_id` of `url`.
        pub fn new;
    required {
        /// The id of the download.
        download_id: String,
        /// The URL of the downloaded file.
        url: String,
    }
    optional {}
}

wire_struct! {
    /// The successful end of a download.
    ///
    /// Variant of [`BrowserStateChange`].
    pub struct DownloadCompleted = "download_completed",
        /// Creates the change for the finished download `download_id` of `url`.
        pub fn new;
    required {
        /// The id of the download.
        download_id: String,
        /// The URL of the downloaded file.
        url: String,
    }
    optional {
        /// The path under which the file was stored.
        path: String,
        /// The size of the file in bytes.
        size_bytes: u64,
    }
}

wire_struct! {
    /// The failure of a download.
    ///
    /// Variant of [`BrowserStateChange`].
    pub struct DownloadFailed = "download_failed",
        /// Creates the change for the failed download `download_id` of `url`.
        pub fn new;
    required {
        /// The id of the download.
        download_id: String,
        /// The URL of the file.
        url: String,
    }
    optional {
        /// The reason for the failure, in words.
        error: String,
    }
}
