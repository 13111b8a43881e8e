//! The headers of the limits that a policy keeps, which are in each of its HTTP responses.

use std::ops::Range;
use std::sync::OnceLock;
use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};

use super::reset::{push_time, whole_seconds};
use super::{INPUT_TOKENS, OUTPUT_TOKENS, REQUESTS};

/// Those of the [`RateLimits`](super::RateLimits) that a policy keeps.
///
/// The headers are the same, but take a fraction of the time: the names are hashed once and for all, and all
/// values are parts of one buffer.
#[derive(Default)]
pub(crate) struct LimitHeaders {
    pub(crate) requests: Option<Limit>,
    pub(crate) input_tokens: Option<Limit>,
    pub(crate) output_tokens: Option<Limit>,
}

/// A limit, what is left of it, and the time at which all of it is available again.
pub(crate) type Limit = (u64, u64, Option<SystemTime>);

impl LimitHeaders {
    pub(crate) fn to_headers(&self) -> HeaderMap {
        /// The headers without their values, for each set of limits.
        static NAMES: [OnceLock<HeaderMap>; 8] = [const { OnceLock::new() }; 8];

        let limits = [
            (&REQUESTS, &self.requests),
            (&INPUT_TOKENS, &self.input_tokens),
            (&OUTPUT_TOKENS, &self.output_tokens),
        ];
        let set = limits.iter().fold(0, |set, (_, limit)| set << 1 | usize::from(limit.is_some()));
        let names = || {
            let names = limits.iter().filter(|(_, limit)| limit.is_some()).flat_map(|(names, _)| *names);
            names.map(|name| (name.clone(), HeaderValue::from_static(""))).collect()
        };
        let mut headers = NAMES[set].get_or_init(names).clone();

        let (mut text, mut places) = (Vec::with_capacity(180), <[Range<usize>; 9]>::default());
        let mut last = (None, 0..0); // Limits that were hardly used are reset in the same second.
        let written = limits.iter().filter_map(|(_, limit)| limit.as_ref()).zip(places.chunks_exact_mut(3));
        for ((limit, remaining, reset), places) in written {
            places[0] = push_number(*limit, &mut text);
            places[1] = push_number(*remaining, &mut text);
            let seconds = reset.map(whole_seconds);
            if let Some(seconds) = seconds.filter(|_| seconds != last.0) {
                let start = text.len();
                push_time(seconds, &mut text);
                last = (Some(seconds), start..text.len());
            }
            places[2] = last.1.clone();
        }
        let text = Bytes::from(text);
        for (value, place) in headers.values_mut().zip(places) {
            if let Ok(written) = HeaderValue::from_maybe_shared(text.slice(place)) {
                *value = written;
            }
        }
        for (names, limit) in limits {
            if matches!(limit, Some((_, _, None))) {
                headers.remove(&names[2]);
            }
        }
        headers
    }
}

fn push_number(number: u64, out: &mut Vec<u8>) -> Range<usize> {
    let start = out.len();
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
    start..out.len()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::types::rate_limits::{RateLimit, RateLimits};

    #[test]
    fn the_headers_are_those_of_the_rate_limits() {
        let times = [0, 1_755_780_059, 253_402_300_800].map(Duration::from_secs);
        let times = times.map(|time| Some(SystemTime::UNIX_EPOCH + time + Duration::from_nanos(1)));
        let [early, usual, late] = times;
        let choices = [None, Some((0, 0, early)), Some((10, u64::MAX, late)), Some((u64::MAX, 907, None))];
        for (a, b, c) in (0..64).map(|at| (at % 4, at / 4 % 4, at / 16)) {
            let (requests, input_tokens, output_tokens) = (choices[a], choices[b], choices[c]);
            let output_tokens = output_tokens.map(|(limit, remaining, _)| (limit, remaining, usual));
            let mut limits = RateLimits::default();
            let limit = |(limit, remaining, reset): Limit| {
                let of = RateLimit::new(limit, remaining);
                reset.map_or(of.clone(), |reset| of.reset_at(reset))
            };
            limits.requests = requests.map(limit);
            limits.input_tokens = input_tokens.map(limit);
            limits.output_tokens = output_tokens.map(limit);
            let written = LimitHeaders { requests, input_tokens, output_tokens };
            assert_eq!(written.to_headers(), limits.to_headers());
        }
    }
}
