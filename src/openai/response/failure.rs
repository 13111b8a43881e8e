//! Errors that come under a status of success.

use http::StatusCode;

use crate::error::ApiError;
use crate::openai::errors::error_in_document;
use crate::openai::types::{ChatChunk, ChatCompletion};
use crate::types::ErrorType;
use crate::wire::Extra;

/// Returns the error that a completion contains.
pub(in crate::openai) fn in_completion(completion: &ChatCompletion, model: &str) -> Option<ApiError> {
    let is_error = completion.error.is_some()
        || completion.choices.is_empty() && is_error(&completion.object, &completion.extra);
    is_error.then(|| of_document(&serde_json::to_string(completion).unwrap_or_default(), model))
}

/// Returns the error that a chunk contains.
pub(in crate::openai) fn in_chunk(chunk: &ChatChunk, model: &str) -> Option<ApiError> {
    let is_error = chunk.error.is_some() || chunk.choices.is_empty() && is_error(&chunk.object, &chunk.extra);
    is_error.then(|| of_document(&serde_json::to_string(chunk).unwrap_or_default(), model))
}

/// Returns `true` for errors of vLLM's older form and of FastAPI.
fn is_error(object: &str, extra: &Extra) -> bool {
    object == "error" || extra.get("detail").is_some() || extra.get("message").is_some()
}

/// Returns the error that a document of any form describes.
#[cold]
pub(in crate::openai) fn of_document(document: &str, model: &str) -> ApiError {
    let error = error_in_document(document, model);
    // A credential that is rejected is the bridge's own.
    if error.status() == 401 { ApiError::internal().with_should_retry(false) } else { error }
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
