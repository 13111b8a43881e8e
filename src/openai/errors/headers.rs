//! Headers of HTTP responses that mean the same under other names.

use std::time::{Duration, UNIX_EPOCH};

use http::HeaderMap;
#[cfg(feature = "client")]
use http::HeaderName;

use crate::error::{header, seconds_of_response};
use crate::types::rate_limits::{RateLimit, RateLimits, ResetTime};

#[cfg(feature = "client")]
pub(in crate::openai) const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// Adds the headers by which the Messages API says what the server said by others: the rate limits, and the
/// id of the request.
#[cfg(feature = "client")]
pub(in crate::openai) fn with_anthropic_headers(mut headers: HeaderMap) -> HeaderMap {
    let received = headers.clone();
    add_rate_limits(&mut headers, &received);
    if let Some(id) = received.get("x-request-id").filter(|_| !received.contains_key(REQUEST_ID)) {
        headers.insert(REQUEST_ID, id.clone());
    }
    headers
}

/// Adds what `received` says of rate limits to `headers`.
pub(super) fn add_rate_limits(headers: &mut HeaderMap, received: &HeaderMap) {
    let (requests, tokens) = (limit(received, "requests"), limit(received, "tokens"));
    headers.extend(RateLimits { requests, tokens, ..RateLimits::default() }.to_headers());
}

fn limit(headers: &HeaderMap, what: &str) -> Option<RateLimit> {
    let text = |field: &str| header(headers, &format!("x-ratelimit-{field}-{what}")).map(str::trim);
    let limit = RateLimit {
        limit: text("limit").and_then(|text| text.parse().ok()),
        remaining: text("remaining").and_then(|text| text.parse().ok()),
        reset: text("reset").and_then(duration).and_then(|wait| reset(headers, wait)),
    };
    (limit != RateLimit::default()).then_some(limit)
}

/// Returns the time that lies `wait` after the date of the HTTP response.
fn reset(headers: &HeaderMap, wait: Duration) -> Option<ResetTime> {
    let now = u64::try_from(seconds_of_response(headers)?).ok()?;
    Some(UNIX_EPOCH.checked_add(Duration::from_secs(now))?.checked_add(wait)?.into())
}

/// Parses a duration such as `6m0s`, `7.66s` or `20ms`; a number alone counts seconds.
fn duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let number: f64 = rest[..end].parse().ok()?;
        rest = &rest[end..];
        let unit = &rest[..rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len())];
        seconds += number
            * match unit {
                "d" => 86_400.0,
                "h" => 3_600.0,
                "m" => 60.0,
                "s" | "" => 1.0,
                "ms" => 1e-3,
                "us" | "µs" => 1e-6,
                "ns" => 1e-9,
                _ => return None,
            };
        rest = &rest[unit.len()..];
    }
    (!text.is_empty()).then(|| Duration::try_from_secs_f64(seconds).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_added_up() {
        for (text, millis) in [
            ("6m0s", Some(360_000)),
            ("1h2m3.5s", Some(3_723_500)),
            ("20ms", Some(20)),
            ("7.66s", Some(7_660)),
            ("59", Some(59_000)),
            ("", None),
            ("soon", None),
            ("-1s", None),
            ("1y", None),
            ("1.2.3s", None),
        ] {
            assert_eq!(duration(text).map(|it| it.as_millis()), millis, "{text}");
        }
    }
}
