//! Reads and decodes request bodies.

use std::error::Error as StdError;
use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use bytes::Buf;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http::{HeaderMap, StatusCode};
use http_body::{Body, Frame};
use http_body_util::LengthLimitError;
use serde::de::DeserializeOwned;
use tokio::time::timeout_at;

use super::schedule;
use crate::error::{ApiError, chain};
use crate::guard::Guarded;
use crate::json::Budget;
use crate::text;
use crate::types::ErrorType;

/// The number of bytes that must arrive within `body_idle_timeout`, so that a caller who sends a
/// byte now and then cannot hold the connection forever.
const MIN_PROGRESS: usize = 16 * 1024;

/// The length in bytes to which a message of `serde_json` is cut, since it can quote the request.
const MAX_MESSAGE_BYTES: usize = 500;

/// Reads the whole body, or fails as soon as it breaks a limit.
pub(super) async fn read<B>(
    headers: &HeaderMap,
    mut body: Guarded<Pin<Box<B>>>,
    max_bytes: usize,
    idle_timeout: Duration,
) -> Result<Vec<u8>, ApiError>
where
    B: Body,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    check_encoding(headers)?;
    let announced = announced_length(headers).max(body.call(|body| body.size_hint().lower())?);
    if announced > u64::try_from(max_bytes).unwrap_or(u64::MAX) {
        return Err(too_large(max_bytes));
    }

    let mut bytes = Vec::new();
    let mut deadline = schedule::deadline(idle_timeout);
    let mut mark = MIN_PROGRESS;
    loop {
        let frame = match deadline {
            Some(deadline) => timeout_at(deadline, next_frame(&mut body))
                .await
                .map_err(|_elapsed| too_slow(idle_timeout))??,
            None => next_frame(&mut body).await?,
        };
        let Some(frame) = frame else { return Ok(bytes) };
        let frame = frame.map_err(|error| unreadable(&*error.into()))?;
        let Ok(data) = frame.into_data() else { continue };
        if data.remaining() > max_bytes - bytes.len() {
            return Err(too_large(max_bytes));
        }
        append(&mut bytes, data, max_bytes);
        if bytes.len() >= mark {
            mark = bytes.len().saturating_add(MIN_PROGRESS);
            deadline = schedule::deadline(idle_timeout);
        }
    }
}

async fn next_frame<B: Body>(
    body: &mut Guarded<Pin<Box<B>>>,
) -> Result<Option<Result<Frame<B::Data>, B::Error>>, ApiError> {
    poll_fn(|cx| body.poll(|body| body.as_mut().poll_frame(cx))).await
}

/// Decodes JSON. Takes the bytes by value, so that they are freed before the handler runs.
pub(super) fn decode<T: DeserializeOwned>(bytes: Vec<u8>) -> Result<T, ApiError> {
    let text = std::str::from_utf8(&bytes)
        .map_err(|error| ApiError::invalid_request(format!("The request body is not UTF-8: {error}")))?;
    let budget = Budget::of_document(text.len());
    serde_json::from_str(text).map_err(|error| {
        let message = truncated(error.to_string());
        let is_exceeded = budget.is_exceeded();
        let error_type = if is_exceeded { ErrorType::RequestTooLarge } else { ErrorType::InvalidRequest };
        ApiError::new(error_type, message)
    })
}

/// Rejects compressed bodies: a small one can unpack to any size.
fn check_encoding(headers: &HeaderMap) -> Result<(), ApiError> {
    let mut lines = headers.get_all(CONTENT_ENCODING).iter();
    let is_identity = |coding: &str| coding.is_empty() || coding.eq_ignore_ascii_case("identity");
    if lines.all(|line| line.to_str().is_ok_and(|line| line.split(',').map(str::trim).all(is_identity))) {
        return Ok(());
    }
    let message = "Compressed request bodies are not supported: send no `content-encoding`";
    Err(ApiError::new(ErrorType::InvalidRequest, message).with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE))
}

fn announced_length(headers: &HeaderMap) -> u64 {
    let value = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    value.and_then(|value| value.parse().ok()).unwrap_or(0)
}

/// Appends `data`, doubling the capacity as needed but never beyond `max_bytes`. The announced
/// length is not reserved ahead, because a caller can announce much and send nothing.
fn append(bytes: &mut Vec<u8>, mut data: impl Buf, max_bytes: usize) {
    let needed = bytes.len() + data.remaining();
    if needed > bytes.capacity() {
        let capacity = bytes.capacity().saturating_mul(2).clamp(needed, max_bytes);
        bytes.reserve_exact(capacity - bytes.len());
    }
    while data.has_remaining() {
        let chunk = data.chunk();
        let length = chunk.len();
        bytes.extend_from_slice(chunk);
        data.advance(length);
    }
}

fn too_large(max_bytes: usize) -> ApiError {
    let message =
        format!("Request exceeds the maximum size: more than {max_bytes} bytes (set by `max_body_bytes`)");
    ApiError::new(ErrorType::RequestTooLarge, message)
}

fn too_slow(idle_timeout: Duration) -> ApiError {
    let kib = MIN_PROGRESS / 1024;
    let message = format!(
        "The request body arrived too slowly: less than {kib} KiB in {idle_timeout:?} \
         (set by `body_idle_timeout`)"
    );
    ApiError::new(ErrorType::InvalidRequest, message).with_status(StatusCode::REQUEST_TIMEOUT)
}

/// Returns the error for a body that failed. A layer in front of the service may have a limit of
/// its own; any other cause concerns the connection and could reveal internals, so the caller does
/// not see it.
fn unreadable(error: &(dyn StdError + 'static)) -> ApiError {
    if chain(error).any(|cause| cause.is::<LengthLimitError>()) {
        return ApiError::new(ErrorType::RequestTooLarge, "Request exceeds the maximum size");
    }
    ApiError::invalid_request("The request body could not be read")
}

fn truncated(message: String) -> String {
    if message.len() <= MAX_MESSAGE_BYTES {
        return message;
    }
    format!("{}…", text::start(&message, MAX_MESSAGE_BYTES))
}
