//! Error responses: HTTP responses whose status is not a success.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use http::{HeaderMap, StatusCode};

use super::body::read_prefix;
use crate::auth::Credential;
use crate::error::{ApiError, Error, request_id};
use crate::text;
use crate::types::{ErrorObject, ErrorResponse, ErrorType};

const MAX_BODY_BYTES: usize = 1 << 20;

/// Short, because the status alone already tells most of the story.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// The maximum length in bytes of a message that is made from a body other than the
/// protocol's error JSON.
const MAX_MESSAGE_BYTES: usize = 1024;

/// Shorter secrets are not redacted: they would match ordinary text.
const MIN_SECRET_BYTES: usize = 8;

/// Reads an error response. Occurrences of `credential` in its body are redacted.
pub(super) async fn read(
    status: StatusCode,
    headers: HeaderMap,
    body: impl Stream<Item = Result<Bytes, Error>>,
    credential: Option<&Credential>,
) -> Error {
    let (bytes, is_complete) = read_prefix(body, MAX_BODY_BYTES, BODY_TIMEOUT).await;
    let text = redacted(String::from_utf8_lossy(&bytes), credential);
    let parsed = if is_complete { serde_json::from_str::<ErrorResponse>(&text).ok() } else { None };
    let response = parsed.unwrap_or_else(|| from_status(status, &text));
    let error = with_retry_headers(ApiError::from_response(status, response), &headers);
    Error::from(error).mark_from_upstream().with_headers(headers)
}

fn redacted<'a>(text: Cow<'a, str>, credential: Option<&Credential>) -> Cow<'a, str> {
    match credential.map(Credential::expose) {
        Some(secret) if secret.len() >= MIN_SECRET_BYTES && text.contains(secret) => {
            text.replace(secret, "…").into()
        }
        _ => text,
    }
}

/// Builds the error for a body that is not the protocol's error JSON.
fn from_status(status: StatusCode, body: &str) -> ErrorResponse {
    let message = if status.is_redirection() {
        "The server redirects the request, and redirects are not followed: check base_url".to_owned()
    } else if body.trim().is_empty() {
        status.canonical_reason().unwrap_or("The server gave no reason").to_owned()
    } else {
        shortened(body)
    };
    ErrorResponse::new(ErrorObject::new(ErrorType::from_status(status), message))
}

/// Returns the first words of `body` on one line, without control characters.
fn shortened(body: &str) -> String {
    let mut line = String::new();
    for word in body.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > MAX_MESSAGE_BYTES {
            return format!("{}…", text::start(&line, MAX_MESSAGE_BYTES));
        }
    }
    line
}

/// Adds the request id and the advice on retrying from the headers.
fn with_retry_headers(mut error: ApiError, headers: &HeaderMap) -> ApiError {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if let Some(request_id) = request_id(headers) {
        error = error.with_request_id(request_id);
    }
    // A date in `retry-after` is ignored: it would only be right if both clocks agreed.
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

/// Parses a number of units, each `unit` seconds long.
fn duration(text: &str, unit: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(text.parse::<f64>().ok()? * unit).ok()
}
