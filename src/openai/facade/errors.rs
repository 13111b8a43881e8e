//! Errors in the form of Chat Completions.

use http::StatusCode;
use serde_json::Value;

use crate::error::ApiError;
use crate::json::Json;
use crate::types::{ErrorResponse, ErrorType};

/// Translates an error into the status and the document by which an API of Chat Completions reports it.
///
/// | Messages API | status | `type` | `code` |
/// |---|---|---|---|
/// | `invalid_request_error` | 400 | `invalid_request_error` | `context_length_exceeded` if the prompt is too long |
/// | `authentication_error` | 401 | `invalid_request_error` | `invalid_api_key` |
/// | `billing_error` | 429 | `insufficient_quota` | `insufficient_quota` |
/// | `permission_error` | 403 | `permission_error` | |
/// | `not_found_error` | 404 | `invalid_request_error` | `model_not_found` |
/// | `rate_limit_error` | 429 | `rate_limit_error` | `rate_limit_exceeded` |
/// | `overloaded_error` | 503 | `server_error` | `overloaded` |
/// | `timeout_error` | 504 | `server_error` | `timeout` |
/// | `conflict_error`, `request_too_large` | 409, 413 | `invalid_request_error` | |
/// | `api_error`, and any other | 500 | `server_error` | |
///
/// An error with a status of its own keeps it, except for 402 and 529, which clients do not know. `param` is
/// the path that the message begins with.
///
/// A layer that rejects requests before they reach a `Facade` responds with these.
///
/// ```
/// use messages_api::openai::error_to_openai;
/// use messages_api::{ApiError, ErrorType};
///
/// let (status, document) = error_to_openai(&ApiError::new(ErrorType::Overloaded, "Too many requests"));
/// assert_eq!(status.as_u16(), 503);
/// assert_eq!(
///     document.as_raw_str(),
///     r#"{"error":{"message":"Too many requests","type":"server_error","param":null,"code":"overloaded"}}"#,
/// );
/// ```
pub fn error_to_openai(error: &ApiError) -> (StatusCode, Json) {
    (status(error.status()), error_document(error.response()))
}

/// Returns the status that clients of Chat Completions know in place of `status`.
pub(super) fn status(status: StatusCode) -> StatusCode {
    match status.as_u16() {
        402 => StatusCode::TOO_MANY_REQUESTS,
        529 => StatusCode::SERVICE_UNAVAILABLE,
        _ => status,
    }
}

/// Returns the document by which an API of Chat Completions reports an error.
pub(super) fn error_document(response: &ErrorResponse) -> Json {
    let message = response.error.message.as_str();
    let (name, code) = match &response.error.r#type {
        ErrorType::InvalidRequest if message.contains("prompt is too long") => {
            ("invalid_request_error", Some("context_length_exceeded"))
        }
        ErrorType::InvalidRequest | ErrorType::Conflict | ErrorType::RequestTooLarge => {
            ("invalid_request_error", None)
        }
        ErrorType::Authentication => ("invalid_request_error", Some("invalid_api_key")),
        ErrorType::Billing => ("insufficient_quota", Some("insufficient_quota")),
        ErrorType::Permission => ("permission_error", None),
        ErrorType::NotFound => ("invalid_request_error", Some("model_not_found")),
        ErrorType::RateLimit => ("rate_limit_error", Some("rate_limit_exceeded")),
        ErrorType::Overloaded => ("server_error", Some("overloaded")),
        ErrorType::Timeout => ("server_error", Some("timeout")),
        ErrorType::Api | ErrorType::Unknown(_) => ("server_error", None),
    };
    let text = |text: Option<&str>| Value::from(text);
    let (message, name, param, code) =
        (text(Some(message)), text(Some(name)), text(param(message)), text(code));
    let error = format!(r#"{{"message":{message},"type":{name},"param":{param},"code":{code}}}"#);
    Json::of_parts(format!(r#"{{"error":{error}}}"#)).unwrap_or_else(|_| Json::empty_object())
}

/// Returns the path of the field that a message is about, if it begins with one.
fn param(message: &str) -> Option<&str> {
    let (path, _) = message.split_once(": ")?;
    let is_path = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    Some(path).filter(|path| path.starts_with(|c: char| c.is_ascii_lowercase()) && path.chars().all(is_path))
}
