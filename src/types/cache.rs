//! Markers for the prompt cache.

use crate::wire::{wire_string, wire_struct};

wire_struct! {
    /// A marker for the end of a prefix that the API stores in the prompt cache.
    ///
    /// A later request that begins with the same prefix reads it from the cache;
    /// [`Usage`](crate::types::usage::Usage) reports how many tokens were written and read. Blocks and tools
    /// take a marker in their `cache_control` field. The request itself has such a field, too: it makes the
    /// API put the marker on the last block that can be cached. A request may hold at most 4 markers; the
    /// API's responses hold none.
    ///
    /// ```
    /// use messages_api::{ContentBlock, CreateMessageRequest};
    /// use messages_api::types::{CacheControl, CacheTtl, TextBlock};
    ///
    /// let marker = CacheControl::ephemeral().ttl(CacheTtl::OneHour);
    /// let manual = TextBlock::new("A long manual …").cache_control(marker);
    /// let request = CreateMessageRequest::new("claude-sonnet-5", 512)
    ///     .system(vec![ContentBlock::from(manual)])
    ///     .user("How do I reset the device?");
    /// ```
    pub struct CacheControl, fn new;
    required {
        /// The kind of cache; only one exists.
        r#type: CacheControlType,
    }
    optional {
        /// The lifetime of the cache entry; 5 minutes if absent.
        ttl: CacheTtl,
    }
}

impl CacheControl {
    /// Creates a marker whose cache entry lives for the default 5 minutes.
    pub fn ephemeral() -> Self {
        Self::new(CacheControlType::Ephemeral)
    }
}

wire_string! {
    /// The kind of cache that a [`CacheControl`] refers to.
    pub enum CacheControlType {
        /// A cache whose entries expire after their [`CacheTtl`].
        Ephemeral = "ephemeral",
    }
}

wire_string! {
    /// The lifetime of a cache entry.
    pub enum CacheTtl {
        /// The entry lives for 5 minutes, the default.
        FiveMinutes = "5m",
        /// The entry lives for 1 hour. [`CacheCreation`](crate::types::usage::CacheCreation) counts the
        /// tokens of such entries separately.
        OneHour = "1h",
    }
}
