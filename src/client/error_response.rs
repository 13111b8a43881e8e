//! Error responses: HTTP responses whose status is not a success.

use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use http::{HeaderMap, StatusCode};

use super::body::read_prefix;
use super::content::{COMPRESSED, described, trimmed};
use super::error_document;
use super::secrets::Secrets;
use crate::error::{ApiError, Error};
use crate::text;
use crate::types::{ErrorObject, ErrorResponse, ErrorType};

/// The maximum length in bytes of an error document.
pub(super) const MAX_BODY_BYTES: usize = 1 << 20;

/// The maximum length in bytes of the part of a body that an error keeps.
const MAX_KEPT_BYTES: usize = 64 << 10;

/// The maximum length in bytes of a message that is made from a body other than the
/// protocol's error JSON.
const MAX_MESSAGE_BYTES: usize = 1024;

/// Reads an error response.
pub(super) async fn read(
    status: StatusCode,
    headers: HeaderMap,
    body: impl Stream<Item = Result<Bytes, Error>>,
    time_limit: Option<Duration>,
    secrets: &Secrets,
) -> Error {
    let (bytes, is_complete) = read_prefix(body, MAX_BODY_BYTES, time_limit).await;
    from_body(status, headers, &bytes, is_complete, secrets)
}

/// Returns the error that a body describes. The headers have been redacted already.
pub(super) fn from_body(
    status: StatusCode,
    headers: HeaderMap,
    bytes: &[u8],
    is_complete: bool,
    secrets: &Secrets,
) -> Error {
    // First of all: the half of a secret that a limit of length cuts off could not be recognized.
    let text = String::from_utf8_lossy(bytes);
    let text = secrets.redact_text(&text);
    let described = described(&headers, bytes);
    let is_usable = is_complete && described.is_none();
    let document = if is_usable { error_document::read(&text, status) } else { None };
    let has_document = document.is_some();
    let http_status = status;
    let (status, response) = document.unwrap_or_else(|| (status, from_status(status, described, &text)));
    let error = ApiError::from_response(status, secrets.redact_error(response));
    let mut error = Error::from(error.with_retry_headers(&headers))
        .mark_from_upstream()
        .with_headers(headers)
        .with_http_status(http_status);
    if described != Some(COMPRESSED) {
        error = error.with_body(text::start(&text, MAX_KEPT_BYTES));
    }
    if has_document { error.mark_document() } else { error }
}

/// Builds the error for a body that is not an error document.
fn from_status(status: StatusCode, described: Option<&str>, body: &str) -> ErrorResponse {
    let message = if status.is_redirection() {
        "The server redirects the request, and redirects are not followed: check base_url".to_owned()
    } else if let Some(described) = described {
        described.to_owned()
    } else if trimmed(body).is_empty() {
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
