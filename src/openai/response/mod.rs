//! Completions as messages.

use super::exchange::Exchange;
use super::types::ChatCompletion;
use crate::error::ApiError;
use crate::types::Message;

/// Translates a completion into a message.
///
/// What could not be carried over is added to the losses of `exchange`.
///
/// # Errors
///
/// An `api_error` if the completion has no choice, and the error that the completion contains if there is one.
pub fn response_from_openai(
    completion: ChatCompletion,
    exchange: &mut Exchange,
) -> Result<Message, ApiError> {
    let _ = (completion, exchange);
    Err(ApiError::internal())
}
