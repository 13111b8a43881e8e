//! TODO.

use crate::wire::{wire_string, wire_struct};

wire_struct! {
    /// Marks the end of a prefix of the request that the API caches; at most
    /// 4 a request.
    ///
    /// ```
    /// use messages_api::types::{CacheControl, CacheTtl};
    ///
    /// let marker = CacheControl::ephemeral().ttl(CacheTtl::OneHour);
    /// ```
    pub struct CacheControl, fn new;
    required {
        /// The kind of cache; there is one.
        r#type: CacheControlType,
    }
    optional {
        /// How long an entry lives; 5 minutes where absent.
        ttl: CacheTtl,
    }
}

impl CacheControl {
    /// An entry that lives for the default 5 minutes.
    pub fn ephemeral() -> Self {
        Self::new(CacheControlType::Ephemeral)
    }
}

wire_string! {
    /// The kind of a [`CacheControl`].
    ///
    /// ```
    /// assert_eq!(messages_api::types::CacheControlType::Ephemeral.as_str(), "ephemeral");
    /// ```
    pub enum CacheControlType {
        /// The one kind there is.
        Ephemeral = "ephemeral",
    }
}

wire_string! {
    /// How long a cache entry lives.
    ///
    /// ```
    /// assert_eq!(messages_api::types::CacheTtl::from("1h"), messages_api::types::CacheTtl::OneHour);
    /// ```
    pub enum CacheTtl {
        /// 5 minutes.
        FiveMinutes = "5m",
        /// 1 hour.
        OneHour = "1h",
    }
}
