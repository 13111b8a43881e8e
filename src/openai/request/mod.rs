//! Requests of the Messages API as requests for a completion.

use std::sync::Arc;

use super::exchange::Exchange;
use super::profile::UpstreamProfile;
use super::types::ChatRequest;
use crate::error::ApiError;
use crate::types::CreateMessageRequest;

/// Translates a request of the Messages API into one for a completion by `model`.
///
/// # Errors
///
/// An `invalid_request_error` that names the field which a server could not be asked for.
pub fn request_to_openai(
    request: &CreateMessageRequest,
    model: &str,
    profile: &Arc<UpstreamProfile>,
) -> Result<(ChatRequest, Exchange), ApiError> {
    let _ = (request, model, profile);
    Err(ApiError::internal())
}
