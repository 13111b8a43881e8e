//! What reqwest and the peer fail with.

use std::time::Duration;

use http::{HeaderMap, StatusCode};

use crate::auth::Credential;
use crate::error::{Error, ErrorKind};
use crate::model::{ApiError, ErrorResponse, ErrorType};

/// How much of an answer that is no error envelope becomes the error's message.
const MAX_EXCERPT_CHARS: usize = 1000;

/// A call that got no answer. The URL is left out: there may be a secret in it.
pub(super) fn of_call(error: reqwest::Error) -> Error {
    let (kind, message) = if error.is_connect() {
        (ErrorKind::Connect, "no connection to the server")
    } else if error.is_timeout() {
        (ErrorKind::Timeout, "the HTTP client's time limit passed")
    } else if error.is_builder() {
        (ErrorKind::Config, "the request cannot be sent")
    } else {
        (ErrorKind::Transport, "the connection broke")
    };
    Error::new(kind, message).with_source(error.without_url())
}

/// The answer with `status`, which is no success, and as much of its body as
/// was read. Should the peer repeat the credential, nobody sees it.
pub(super) fn of_answer(
    status: StatusCode,
    headers: HeaderMap,
    body: &[u8],
    credential: Option<&Credential>,
) -> Error {
    let mut text = String::from_utf8_lossy(body).into_owned();
    if let Some(secret) = credential.map(Credential::expose).filter(|secret| !secret.is_empty()) {
        text = text.replace(secret, "…");
    }
    let mut error = match serde_json::from_str::<ErrorResponse>(&text) {
        Ok(response) => ApiError::from_response(status, response),
        Err(_) => ApiError::new(ErrorType::from_status(status), excerpt(status, &text)).with_status(status),
    };
    if let Some(request_id) = text_of(&headers, "request-id") {
        error = error.with_request_id(request_id);
    }
    if let Some(retry_after) = retry_after(&headers) {
        error = error.with_retry_after(retry_after);
    }
    match text_of(&headers, "x-should-retry") {
        Some("true") => error = error.with_should_retry(true),
        Some("false") => error = error.with_should_retry(false),
        _ => {}
    }
    Error::from(error).with_headers(headers)
}

fn excerpt(status: StatusCode, text: &str) -> String {
    if status.is_redirection() {
        return "the server redirects, and redirects are not followed".to_owned();
    }
    let text: String = text.trim().chars().filter(|c| !c.is_control()).take(MAX_EXCERPT_CHARS).collect();
    if text.is_empty() { status.canonical_reason().unwrap_or("no message").to_owned() } else { text }
}

/// `retry-after-ms`, else `retry-after` in seconds; a date is not read.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let number = |name| text_of(headers, name)?.trim().parse::<f64>().ok();
    let seconds = number("retry-after-ms").map(|ms| ms / 1000.0).or_else(|| number("retry-after"))?;
    Duration::try_from_secs_f64(seconds).ok()
}

fn text_of<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
