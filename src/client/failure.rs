//! What reqwest reports, as an error of ours. URLs are taken out: a brought
//! client may put secrets into them.

use std::time::Duration;

use http::HeaderMap;

use crate::error::{ApiError, Error, ErrorKind};

/// Before the head of the answer.
pub(super) fn of_call(error: reqwest::Error) -> Error {
    let (kind, message) = if error.is_timeout() && error.is_connect() {
        (ErrorKind::Timeout, "no connection within connect_timeout")
    } else if error.is_timeout() {
        (ErrorKind::Timeout, "no answer within the time limit of http_client")
    } else if error.is_connect() {
        (ErrorKind::Connect, "no connection")
    } else if error.is_builder() {
        (ErrorKind::Config, "the call cannot be sent")
    } else if error.is_redirect() {
        (ErrorKind::Config, "http_client: followed a redirect; its redirects must be off")
    } else {
        (ErrorKind::Transport, "the connection broke before the answer came")
    };
    Error::new(kind, message).with_source(error.without_url())
}

/// Within the body of the answer.
pub(super) fn of_body(error: reqwest::Error) -> Error {
    let (kind, message) = if error.is_timeout() {
        (ErrorKind::Timeout, "no whole answer within the time limit of http_client")
    } else {
        (ErrorKind::Transport, "the connection broke within the answer")
    };
    Error::new(kind, message).with_source(error.without_url())
}

/// Within the body of a streamed answer. A connection that breaks ends the
/// stream early, whether it is closed or reset.
pub(super) fn of_stream(error: Error) -> Error {
    if error.kind() != ErrorKind::Transport {
        return error;
    }
    Error::new(ErrorKind::Incomplete, "the connection broke before the answer was complete")
        .with_source(error)
}

/// `error` with what the headers say about trying again, and the request id.
pub(super) fn with_advice(mut error: ApiError, headers: &HeaderMap) -> ApiError {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if let Some(request_id) = text("request-id") {
        error = error.with_request_id(request_id);
    }
    // An HTTP date is not read: it would take a clock that agrees with the peer's.
    let milliseconds = text("retry-after-ms").and_then(|text| duration(text, 1e-3));
    if let Some(wait) = milliseconds.or_else(|| duration(text("retry-after")?, 1.0)) {
        error = error.with_retry_after(wait);
    }
    match text("x-should-retry") {
        Some("true") => error.with_should_retry(true),
        Some("false") => error.with_should_retry(false),
        _ => error,
    }
}

fn duration(text: &str, unit: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(text.parse::<f64>().ok()? * unit).ok()
}
