//! The headers of an HTTP response that say when to send the request again.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::HeaderMap;

use super::{ApiError, header, http_date, request_id};

impl ApiError {
    /// Adds the request id and the advice on retrying from the headers of the HTTP response.
    pub(crate) fn with_retry_headers(mut self, headers: &HeaderMap) -> Self {
        let text = |name| header(headers, name).map(str::trim);
        if let Some(request_id) = request_id(headers) {
            self = self.with_request_id(request_id);
        }
        let milliseconds = text("retry-after-ms").and_then(|text| duration(text, 1e-3));
        let seconds = || duration(text("retry-after")?, 1.0);
        let date = || until(text("retry-after")?, headers);
        if let Some(wait) = milliseconds.or_else(seconds).or_else(date) {
            self = self.with_retry_after(wait);
        }
        match text("x-should-retry") {
            Some("true") => self.with_should_retry(true),
            Some("false") => self.with_should_retry(false),
            _ => self,
        }
    }
}

/// Returns the seconds from 1970 to the date of an HTTP response. Only if the server sends no date does the
/// clock of this machine count.
pub(crate) fn seconds_of_response(headers: &HeaderMap) -> Option<i64> {
    let local = || i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs()).ok();
    header(headers, "date").map(str::trim).and_then(http_date::parse).or_else(local)
}

/// Parses a number of units, each `unit` seconds long.
fn duration(text: &str, unit: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(text.parse::<f64>().ok()? * unit).ok()
}

/// Returns the time from the date of the HTTP response to the date `text`, if that is later.
fn until(text: &str, headers: &HeaderMap) -> Option<Duration> {
    let date = http_date::parse(text)?;
    let seconds = date.checked_sub(seconds_of_response(headers)?)?;
    u64::try_from(seconds).ok().filter(|seconds| *seconds > 0).map(Duration::from_secs)
}
