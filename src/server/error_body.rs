//! The error body: the JSON document of every failure.

use super::request_id::RequestId;
use crate::error::ApiError;
use crate::types::ErrorResponse;

/// Returns the error body of `error`, under the id that this server gave the request: an id from an
/// upstream would mean nothing to the caller.
pub(super) fn error_body(error: &ApiError, request_id: &RequestId) -> ErrorResponse {
    error.response().clone().request_id(request_id.as_str())
}
