//! Rate limits from the headers of HTTP responses.

use std::time::{Duration, UNIX_EPOCH};

use messages_api::http::{HeaderMap, HeaderName, HeaderValue};
use messages_api::types::rate_limits::{RateLimit, RateLimitStatus, RateLimits, ResetTime};

fn read(pairs: &[(&'static str, &'static str)]) -> RateLimits {
    let header = |(name, value): &(&'static str, &'static str)| {
        (HeaderName::from_static(name), HeaderValue::from_static(value))
    };
    RateLimits::from_headers(&pairs.iter().map(header).collect::<HeaderMap>())
}

#[test]
fn each_kind_of_limit_is_read() {
    type Get = fn(RateLimits) -> Option<RateLimit>;
    let kinds: [(&str, Get); 8] = [
        ("anthropic-ratelimit-requests", |limits| limits.requests),
        ("anthropic-ratelimit-tokens", |limits| limits.tokens),
        ("anthropic-ratelimit-input-tokens", |limits| limits.input_tokens),
        ("anthropic-ratelimit-output-tokens", |limits| limits.output_tokens),
        ("anthropic-priority-input-tokens", |limits| limits.priority_input_tokens),
        ("anthropic-priority-output-tokens", |limits| limits.priority_output_tokens),
        ("anthropic-fast-input-tokens", |limits| limits.fast_input_tokens),
        ("anthropic-fast-output-tokens", |limits| limits.fast_output_tokens),
    ];
    for (prefix, get) in kinds {
        let name = |field: &str| format!("{prefix}-{field}").parse::<HeaderName>().unwrap();
        let headers = HeaderMap::from_iter([
            (name("limit"), HeaderValue::from_static("80000")),
            (name("remaining"), HeaderValue::from_static(" 79000 ")),
            (name("reset"), HeaderValue::from_static("2025-08-21T12:40:59Z")),
        ]);
        let limits = RateLimits::from_headers(&headers);
        let limit = get(limits.clone()).unwrap();
        assert_eq!((limit.limit, limit.remaining), (Some(80_000), Some(79_000)), "{prefix}");
        let reset = limit.reset.unwrap();
        assert_eq!(reset.as_str(), "2025-08-21T12:40:59Z");
        assert_eq!(reset.to_system_time(), Some(UNIX_EPOCH + Duration::from_secs(1_755_780_059)));
        let present = kinds.iter().filter(|(_, get)| get(limits.clone()).is_some()).count();
        assert_eq!((present, &limits.unified), (1, &None), "{prefix}");
        assert_eq!(RateLimits::from_headers(&limits.to_headers()), limits);
        assert_eq!(limits.to_headers().len(), 3);
    }
}

#[test]
fn what_cannot_be_read_is_absent() {
    let none = [("request-id", "req_1"), ("anthropic-ratelimit-requests-limit", "many")];
    assert_eq!(read(&none), RateLimits::default());
    let requests = read(&[("anthropic-ratelimit-requests-remaining", "0"), none[1]]).requests.unwrap();
    assert_eq!((requests.limit, requests.remaining, requests.reset), (None, Some(0), None));
    let requests = read(&[("anthropic-ratelimit-requests-reset", "soon")]).requests.unwrap();
    let reset = requests.reset.unwrap();
    assert_eq!((reset.as_str(), reset.until(UNIX_EPOCH)), ("soon", None));
}

#[test]
fn the_limits_of_a_subscription_are_read_with_claims_that_are_not_known() {
    let limits = read(&[
        ("anthropic-ratelimit-unified-status", "allowed_warning"),
        ("anthropic-ratelimit-unified-reset", "1790814600"),
        ("anthropic-ratelimit-unified-representative-claim", "five_hour"),
        ("anthropic-ratelimit-unified-5h-utilization", "0.93"),
        ("anthropic-ratelimit-unified-5h-reset", "1790814600"),
        ("anthropic-ratelimit-unified-5h-status", "allowed_warning"),
        ("anthropic-ratelimit-unified-7d-utilization", "1.02"),
        ("anthropic-ratelimit-unified-7d-status", "rejected"),
        ("anthropic-ratelimit-unified-7d-some-model-utilization", "NaN"),
        ("anthropic-ratelimit-unified-7d-some-model-status", "paused"),
        ("anthropic-ratelimit-unified-overage-status", "rejected"),
        ("anthropic-ratelimit-unified-overage-disabled-reason", "out_of_credits"),
    ]);
    assert_eq!(RateLimits::from_headers(&limits.to_headers()), limits);
    assert_eq!(limits.requests, None);
    let unified = limits.unified.unwrap();
    assert_eq!(unified.status, Some(RateLimitStatus::AllowedWarning));
    assert_eq!(unified.reset.as_ref().map(ResetTime::as_str), Some("1790814600"));
    assert_eq!(unified.representative_claim.as_deref(), Some("five_hour"));
    assert_eq!(unified.claims.keys().collect::<Vec<_>>(), ["5h", "7d", "7d-some-model", "overage"]);
    let five_hours = unified.five_hours().unwrap();
    assert_eq!((five_hours.utilization, &five_hours.reset), (Some(0.93), &unified.reset));
    let seven_days = unified.seven_days().unwrap();
    assert_eq!((seven_days.utilization, &seven_days.reset), (Some(1.02), &None));
    assert_eq!(seven_days.status, Some(RateLimitStatus::Rejected));
    let other = &unified.claims["7d-some-model"];
    assert_eq!((other.utilization, &other.status), (None, &Some("paused".into())));
    assert_eq!(unified.overage().unwrap().status, Some(RateLimitStatus::Rejected));
    assert_eq!(unified.other["overage-disabled-reason"], "out_of_credits");
    assert_eq!(unified.other.len(), 1);
}
