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
#[cfg(feature = "policy")]
mod written;

use http::header::{AsHeaderName, InvalidHeaderValue};
use http::{HeaderMap, HeaderName, HeaderValue};
pub use reset::ResetTime;
pub use unified::{RateLimitStatus, UnifiedClaim, UnifiedRateLimits};
#[cfg(feature = "policy")]
pub(crate) use written::LimitHeaders;

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
        let read = |names| RateLimit::read(headers, names);
        Self {
            requests: read(&REQUESTS),
            tokens: read(&TOKENS),
            input_tokens: read(&INPUT_TOKENS),
            output_tokens: read(&OUTPUT_TOKENS),
            priority_input_tokens: read(&PRIORITY_INPUT_TOKENS),
            priority_output_tokens: read(&PRIORITY_OUTPUT_TOKENS),
            fast_input_tokens: read(&FAST_INPUT_TOKENS),
            fast_output_tokens: read(&FAST_OUTPUT_TOKENS),
            unified: UnifiedRateLimits::read(headers),
        }
    }

    /// Returns the headers that report these rate limits, which are those that
    /// [`from_headers`](Self::from_headers) reads. What a header cannot carry is left out.
    ///
    /// A server adds them to its replies with `Reply::rate_limits` and to errors with
    /// [`ApiError::with_rate_limits`](crate::error::ApiError::with_rate_limits).
    pub fn to_headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        self.write(&mut headers);
        headers
    }

    /// Sets the headers that report these rate limits.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        let Self {
            requests,
            tokens,
            input_tokens,
            output_tokens,
            priority_input_tokens,
            priority_output_tokens,
            fast_input_tokens,
            fast_output_tokens,
            unified,
        } = self;
        let limits = [
            (&REQUESTS, requests),
            (&TOKENS, tokens),
            (&INPUT_TOKENS, input_tokens),
            (&OUTPUT_TOKENS, output_tokens),
            (&PRIORITY_INPUT_TOKENS, priority_input_tokens),
            (&PRIORITY_OUTPUT_TOKENS, priority_output_tokens),
            (&FAST_INPUT_TOKENS, fast_input_tokens),
            (&FAST_OUTPUT_TOKENS, fast_output_tokens),
        ];
        headers.reserve(3 * limits.iter().filter(|(_, limit)| limit.is_some()).count());
        for (names, limit) in limits {
            if let Some(limit) = limit {
                limit.write(names, headers);
            }
        }
        if let Some(unified) = unified {
            unified.write(headers);
        }
    }
}

/// The names of the headers of a limit: of the limit, of what remains, and of the reset.
type Names = [HeaderName; 3];

macro_rules! names {
    ($($NAME:ident = $prefix:literal;)*) => {
        $(static $NAME: Names = [
            HeaderName::from_static(concat!($prefix, "-limit")),
            HeaderName::from_static(concat!($prefix, "-remaining")),
            HeaderName::from_static(concat!($prefix, "-reset")),
        ];)*
    };
}

names! {
    REQUESTS = "anthropic-ratelimit-requests";
    TOKENS = "anthropic-ratelimit-tokens";
    INPUT_TOKENS = "anthropic-ratelimit-input-tokens";
    OUTPUT_TOKENS = "anthropic-ratelimit-output-tokens";
    PRIORITY_INPUT_TOKENS = "anthropic-priority-input-tokens";
    PRIORITY_OUTPUT_TOKENS = "anthropic-priority-output-tokens";
    FAST_INPUT_TOKENS = "anthropic-fast-input-tokens";
    FAST_OUTPUT_TOKENS = "anthropic-fast-output-tokens";
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

    fn write(&self, [of_limit, of_remaining, of_reset]: &'static Names, headers: &mut HeaderMap) {
        let Self { limit, remaining, reset } = self;
        for (name, number) in [(of_limit, limit), (of_remaining, remaining)] {
            if let Some(Ok(number)) = number.map(digits) {
                headers.insert(name, number);
            }
        }
        if let Some(Ok(reset)) = reset.as_ref().map(|reset| HeaderValue::from_str(reset.as_str())) {
            headers.insert(of_reset, reset);
        }
    }

    fn read(headers: &HeaderMap, [of_limit, of_remaining, of_reset]: &Names) -> Option<Self> {
        let limit = Self {
            limit: text(headers, of_limit).and_then(|text| text.parse().ok()),
            remaining: text(headers, of_remaining).and_then(|text| text.parse().ok()),
            reset: text(headers, of_reset).map(ResetTime::new),
        };
        (limit != Self::default()).then_some(limit)
    }
}

/// Returns a number as the value of a header. It takes one allocation, where that of `http` takes two.
fn digits(number: u64) -> Result<HeaderValue, InvalidHeaderValue> {
    HeaderValue::from_str(itoa::Buffer::new().format(number))
}

/// Sets a header, unless it cannot carry the value.
fn insert(headers: &mut HeaderMap, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
        headers.insert(name, value);
    }
}

fn text(headers: &HeaderMap, name: impl AsHeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}
