//! Errors that come under a status of success.

use http::StatusCode;

use crate::error::{ApiError, read_document};
use crate::openai::types::{ChatChunk, ChatCompletion};
use crate::text;
use crate::types::ErrorType;
use crate::wire::Extra;

/// The maximum length in bytes of a text that is taken from the server.
const MAX_MESSAGE_BYTES: usize = 500;

/// Returns the error that a completion contains.
pub(in crate::openai) fn in_completion(completion: &ChatCompletion) -> Option<ApiError> {
    let is_error = completion.error.is_some()
        || completion.choices.is_empty() && is_error(&completion.object, &completion.extra);
    is_error.then(|| of_document(&serde_json::to_string(completion).unwrap_or_default()))
}

/// Returns the error that a chunk contains.
pub(in crate::openai) fn in_chunk(chunk: &ChatChunk) -> Option<ApiError> {
    let is_error = chunk.error.is_some() || chunk.choices.is_empty() && is_error(&chunk.object, &chunk.extra);
    is_error.then(|| of_document(&serde_json::to_string(chunk).unwrap_or_default()))
}

/// Returns `true` for errors of vLLM's older form and of FastAPI.
fn is_error(object: &str, extra: &Extra) -> bool {
    object == "error" || extra.get("detail").is_some() || extra.get("message").is_some()
}

/// Returns the error that a document of any form describes.
#[cold]
pub(in crate::openai) fn of_document(document: &str) -> ApiError {
    let Some((status, response)) = read_document(document, StatusCode::OK) else {
        return bad_gateway("The upstream sent an error without a text");
    };
    let (name, message) = (response.error.r#type.as_str(), &response.error.message);
    let words = format!("{name} {} {message}", code_of(document)).to_ascii_lowercase();
    let has = |list: &[&str]| list.iter().any(|word| words.contains(word));
    let message = text::start(message, MAX_MESSAGE_BYTES);
    match status.as_u16() {
        503 | 529 => ApiError::new(ErrorType::Overloaded, message),
        _ if has(&["overloaded", "insufficient_system_resource"]) => {
            ApiError::new(ErrorType::Overloaded, message)
        }
        402 => ApiError::new(ErrorType::Billing, message),
        _ if has(&["insufficient_quota"]) => ApiError::new(ErrorType::Billing, message),
        429 => ApiError::new(ErrorType::RateLimit, message),
        _ if has(&["rate_limit", "rate limit", "too many requests"]) => {
            ApiError::new(ErrorType::RateLimit, message)
        }
        408 | 504 => ApiError::new(ErrorType::Timeout, message),
        // A rejected credential is the bridge's own.
        401 | 403 => ApiError::internal().with_should_retry(false),
        400..=499 => ApiError::new(ErrorType::from_status(status), message),
        _ => bad_gateway(message),
    }
}

/// Returns the field `code` of the error as text.
fn code_of(document: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(document).unwrap_or_default();
    value.pointer("/error/code").map(ToString::to_string).unwrap_or_default()
}

/// Returns the error that stands for a finish reason.
pub(in crate::openai) fn of_finish_reason(reason: &str) -> ApiError {
    match reason {
        "insufficient_system_resource" => ApiError::new(ErrorType::Overloaded, "The upstream is overloaded"),
        _ => bad_gateway("The upstream failed before the message was complete"),
    }
}

/// Creates an error of the server behind the bridge.
pub(in crate::openai) fn bad_gateway(message: &str) -> ApiError {
    ApiError::new(ErrorType::Api, message).with_status(StatusCode::BAD_GATEWAY)
}
