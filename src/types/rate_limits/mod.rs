//! Rate limits, which servers report in the headers of HTTP responses.
//!
//! [`RateLimits::from_headers`] reads them from the headers of a whole message, of a stream
//! ([`MessageStream::headers`](crate::stream::MessageStream::headers)) and of an error
//! ([`Error::headers`](crate::error::Error::headers)). A server that reports none is described by a value in
//! which everything is absent.
//!
//! ```
//! use std::time::{Duration, UNIX_EPOCH};
//!
//! use messages_api::http::HeaderMap;
//! use messages_api::types::rate_limits::RateLimits;
//!
//! let mut headers = HeaderMap::new(); // those of an HTTP response
//! headers.insert("anthropic-ratelimit-requests-limit", "50".parse()?);
//! headers.insert("anthropic-ratelimit-requests-remaining", "0".parse()?);
//! headers.insert("anthropic-ratelimit-requests-reset", "2026-10-21T08:15:30Z".parse()?);
//!
//! let limits = RateLimits::from_headers(&headers);
//! let requests = limits.requests.unwrap_or_default();
//! assert_eq!((requests.limit, requests.remaining), (Some(50), Some(0)));
//!
//! let now = UNIX_EPOCH + Duration::from_secs(1_792_570_500); // SystemTime::now()
//! let wait = requests.reset.and_then(|reset| reset.until(now));
//! assert_eq!(wait, Some(Duration::from_secs(30)));
//! # Ok::<(), messages_api::http::header::InvalidHeaderValue>(())
//! ```

mod reset;
mod unified;

use http::HeaderMap;
pub use reset::ResetTime;
pub use unified::{RateLimitStatus, UnifiedClaim, UnifiedRateLimits};

/// The rate limits that a server reports in the headers of an HTTP response.
///
/// Each kind is absent if there is no header of it. The limits of requests and tokens hold for the model that
/// the request names.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct RateLimits {
    /// Requests per minute.
    pub requests: Option<RateLimit>,
    /// Tokens per minute: the limit that is the most restrictive at present.
    pub tokens: Option<RateLimit>,
    /// Input tokens per minute.
    pub input_tokens: Option<RateLimit>,
    /// Output tokens per minute.
    pub output_tokens: Option<RateLimit>,
    /// Input tokens per minute of the priority tier.
    pub priority_input_tokens: Option<RateLimit>,
    /// Output tokens per minute of the priority tier.
    pub priority_output_tokens: Option<RateLimit>,
    /// Input tokens per minute at fast speed.
    pub fast_input_tokens: Option<RateLimit>,
    /// Output tokens per minute at fast speed.
    pub fast_output_tokens: Option<RateLimit>,
    /// The limits of a subscription.
    pub unified: Option<UnifiedRateLimits>,
}

impl RateLimits {
    /// Reads the rate limits from the headers of an HTTP response.
    ///
    /// A value that cannot be read counts as absent.
    pub fn from_headers(headers: &HeaderMap) -> Self {
        Self {
            requests: RateLimit::read(headers, "anthropic-ratelimit-requests"),
            tokens: RateLimit::read(headers, "anthropic-ratelimit-tokens"),
            input_tokens: RateLimit::read(headers, "anthropic-ratelimit-input-tokens"),
            output_tokens: RateLimit::read(headers, "anthropic-ratelimit-output-tokens"),
            priority_input_tokens: RateLimit::read(headers, "anthropic-priority-input-tokens"),
            priority_output_tokens: RateLimit::read(headers, "anthropic-priority-output-tokens"),
            fast_input_tokens: RateLimit::read(headers, "anthropic-fast-input-tokens"),
            fast_output_tokens: RateLimit::read(headers, "anthropic-fast-output-tokens"),
            unified: UnifiedRateLimits::read(headers),
        }
    }
}

/// A limit, what is left of it, and when all of it is available again.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct RateLimit {
    /// The number that is allowed.
    pub limit: Option<u64>,
    /// The number that is left. Servers may round numbers of tokens to thousands.
    pub remaining: Option<u64>,
    /// The time at which the whole limit is available again.
    pub reset: Option<ResetTime>,
}

impl RateLimit {
    fn read(headers: &HeaderMap, prefix: &str) -> Option<Self> {
        let value = |field: &str| text(headers, &format!("{prefix}-{field}"));
        let limit = Self {
            limit: value("limit").and_then(|text| text.parse().ok()),
            remaining: value("remaining").and_then(|text| text.parse().ok()),
            reset: value("reset").map(ResetTime::new),
        };
        (limit != Self::default()).then_some(limit)
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}
