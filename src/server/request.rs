//! Decodes request bodies.

use bytes::Bytes;

use crate::error::ApiError;
use crate::json::Budget;
use crate::text;
use crate::types::ErrorType;
use crate::wire::{Field, read_boxed};

/// The length in bytes to which a message of `serde_json` is cut, since it can quote the request.
const MAX_MESSAGE_BYTES: usize = 500;

/// Decodes JSON. Takes the bytes by value, so that they are freed before the handler runs.
pub(crate) fn decode<T: Field>(bytes: Bytes) -> Result<Box<T>, ApiError> {
    let text = std::str::from_utf8(&bytes)
        .map_err(|error| ApiError::invalid_request(format!("The request body is not UTF-8: {error}")))?;
    let budget = Budget::of_document(text.len());
    read_boxed(text).map_err(|error| {
        let message = truncated(error.to_string());
        let is_exceeded = budget.is_exceeded();
        let error_type = if is_exceeded { ErrorType::RequestTooLarge } else { ErrorType::InvalidRequest };
        ApiError::new(error_type, message)
    })
}

fn truncated(message: String) -> String {
    if message.len() <= MAX_MESSAGE_BYTES {
        return message;
    }
    format!("{}…", text::start(&message, MAX_MESSAGE_BYTES))
}
