//! What a browser toolset tells of its tabs.

use crate::types::CacheControl;
use crate::wire::{wire_struct, wire_union};

wire_struct! {
    /// The state of a browser, in the result of a browser tool; at most one a
    /// result, and none in one that failed.
    ///
    /// ```
    /// use messages_api::types::tools::{BrowserStateBlock, BrowserTab};
    ///
    /// let block = BrowserStateBlock::new(vec![BrowserTab::new("t1", "A page", "https://example.test").active(true)]);
    /// ```
    pub struct BrowserStateBlock = "browser_state",
        /// A browser with `tabs`.
        pub fn new;
    required {
        /// The open tabs; exactly one of them is active.
        tabs: [BrowserTab],
    }
    optional {
        /// What changed since the last state; absent rather than empty.
        state_changes: [BrowserStateChange],
        /// Marks the end of a prefix to cache.
        cache_control: CacheControl,
    }
}

wire_struct! {
    /// An open tab.
    ///
    /// ```
    /// let tab = messages_api::types::tools::BrowserTab::new("t1", "A page", "https://example.test");
    /// ```
    pub struct BrowserTab,
        /// The tab `tab_id`.
        pub fn new;
    required {
        /// Names the tab.
        tab_id: String,
        /// The page's title.
        title: String,
        /// The page's address.
        url: String,
    }
    optional {
        /// Whether it is the one in front.
        active: bool,
    }
}

wire_union! {
    /// Something that changed in a browser.
    ///
    /// ```
    /// use messages_api::types::tools::{BrowserStateChange, TabOpened};
    ///
    /// let change = BrowserStateChange::from(TabOpened::new("t2"));
    /// ```
    pub enum BrowserStateChange {
        /// A tab was opened.
        TabOpened(TabOpened) = "tab_opened",
        /// A download began.
        DownloadStarted(Box DownloadStarted) = "download_started",
        /// A download is there.
        DownloadCompleted(Box DownloadCompleted) = "download_completed",
        /// A download failed.
        DownloadFailed(Box DownloadFailed) = "download_failed",
    }
}

wire_struct! {
    /// A tab was opened.
    ///
    /// ```
    /// let change = messages_api::types::tools::TabOpened::new("t2");
    /// ```
    pub struct TabOpened = "tab_opened",
        /// The tab `tab_id`.
        pub fn new;
    required {
        /// The tab.
        tab_id: String,
    }
    optional {}
}

wire_struct! {
    /// A download began.
    ///
    /// ```
    /// let change = messages_api::types::tools::DownloadStarted::new("d1", "https://example.test/a.zip");
    /// ```
    pub struct DownloadStarted = "download_started",
        /// The download `download_id` of `url`.
        pub fn new;
    required {
        /// Names the download.
        download_id: String,
        /// What is downloaded.
        url: String,
    }
    optional {}
}

wire_struct! {
    /// A download is there.
    ///
    /// ```
    /// let change = messages_api::types::tools::DownloadCompleted::new("d1", "https://example.test/a.zip").size_bytes(10);
    /// ```
    pub struct DownloadCompleted = "download_completed",
        /// The download `download_id` of `url`.
        pub fn new;
    required {
        /// Names the download.
        download_id: String,
        /// What was downloaded.
        url: String,
    }
    optional {
        /// Where it was stored.
        path: String,
        /// How large it is, in bytes.
        size_bytes: u64,
    }
}

wire_struct! {
    /// A download failed.
    ///
    /// ```
    /// let change = messages_api::types::tools::DownloadFailed::new("d1", "https://example.test/a.zip").error("gone");
    /// ```
    pub struct DownloadFailed = "download_failed",
        /// The download `download_id` of `url`.
        pub fn new;
    required {
        /// Names the download.
        download_id: String,
        /// What was to be downloaded.
        url: String,
    }
    optional {
        /// Why it failed.
        error: String,
    }
}
