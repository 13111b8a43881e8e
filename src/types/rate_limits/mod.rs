//! Rate limits, which servers report in the headers of HTTP responses.
//!
//! A client reads them with [`RateLimits::from_headers`]: from the headers of a whole message, of a stream
//! ([`MessageStream::headers`](crate::stream::MessageStream::headers)) and of an error
//! ([`Error::headers`](crate::error::Error::headers)). A server that reports none is described by a value in
//! which everything is absent. A server writes them with [`RateLimits::to_headers`].
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

use http::{HeaderMap, HeaderName, HeaderValue};
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
        let mut this = Self { unified: UnifiedRateLimits::read(headers), ..Self::default() };
        for (prefix, limit) in this.limits() {
            *limit = RateLimit::read(headers, prefix);
        }
        this
    }

    /// Returns the headers that report these rate limits, which are those that
    /// [`from_headers`](Self::from_headers) reads. What a header cannot carry is left out.
    ///
    /// A server adds them to its replies with `Reply::rate_limits` and to errors with
    /// [`ApiError::with_rate_limits`](crate::error::ApiError::with_rate_limits).
    pub fn to_headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let mut this = self.clone();
        for (prefix, limit) in this.limits() {
            if let Some(limit) = limit {
                limit.write(prefix, &mut headers);
            }
        }
        if let Some(unified) = &self.unified {
            unified.write(&mut headers);
        }
        headers
    }

    /// The limits beside those of a subscription, with the beginning of the names of their headers.
    fn limits(&mut self) -> [(&'static str, &mut Option<RateLimit>); 8] {
        let Self {
            requests,
            tokens,
            input_tokens,
            output_tokens,
            priority_input_tokens,
            priority_output_tokens,
            fast_input_tokens,
            fast_output_tokens,
            unified: _,
        } = self;
        [
            ("anthropic-ratelimit-requests", requests),
            ("anthropic-ratelimit-tokens", tokens),
            ("anthropic-ratelimit-input-tokens", input_tokens),
            ("anthropic-ratelimit-output-tokens", output_tokens),
            ("anthropic-priority-input-tokens", priority_input_tokens),
            ("anthropic-priority-output-tokens", priority_output_tokens),
            ("anthropic-fast-input-tokens", fast_input_tokens),
            ("anthropic-fast-output-tokens", fast_output_tokens),
        ]
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
    /// Creates a limit of `limit`, of which `remaining` is left.
    pub fn new(limit: u64, remaining: u64) -> Self {
        Self { limit: Some(limit), remaining: Some(remaining), reset: None }
    }

    /// Sets the time at which the whole limit is available again.
    #[must_use]
    pub fn reset_at(mut self, reset: impl Into<ResetTime>) -> Self {
        self.reset = Some(reset.into());
        self
    }

    fn write(&self, prefix: &str, headers: &mut HeaderMap) {
        let Self { limit, remaining, reset } = self;
        for (field, number) in [("limit", limit), ("remaining", remaining)] {
            if let Some(number) = number {
                insert(headers, &format!("{prefix}-{field}"), &number.to_string());
            }
        }
        if let Some(reset) = reset {
            insert(headers, &format!("{prefix}-reset"), reset.as_str());
        }
    }

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

/// Sets a header, unless it cannot carry the value.
fn insert(headers: &mut HeaderMap, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
        headers.insert(name, value);
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}
