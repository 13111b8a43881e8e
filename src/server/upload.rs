//! Reads the body of a request, or what is left of it.

use std::error::Error as StdError;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use bytes::{Buf, Bytes};
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, EXPECT};
use http::{HeaderMap, StatusCode};
use http_body::Body;
use http_body_util::LengthLimitError;
use tokio::time::Instant;

use super::config::Config;
use super::schedule::deadline;
use crate::error::{ApiError, chain};
use crate::guard::Guarded;
use crate::timer::Timer;
use crate::types::ErrorType;

/// The number of bytes that must arrive within `body_idle_timeout`, so that a caller who sends a
/// byte now and then cannot hold the connection forever.
const MIN_PROGRESS: usize = 16 * 1024;

/// The number of bytes of a body that are read although its request is rejected.
const MAX_DISCARDED: u64 = 64 * 1024 * 1024;

/// How long such a body may be silent. A caller that has stopped sending waits for the error already.
const MAX_PAUSE: Duration = Duration::from_secs(2);

/// The body of a request, which is read once.
pub(super) struct Upload<B> {
    body: Guarded<Pin<Box<B>>>,
    /// The number of bytes that have arrived.
    received: u64,
    /// Whether there may be more to read: the body has neither ended nor failed, and is not too slow.
    is_open: bool,
    timer: Timer,
}

impl<B> Upload<B>
where
    B: Body,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    pub(super) fn new(body: B) -> Self {
        Self { body: Guarded::new(Box::pin(body)), received: 0, is_open: true, timer: Timer::default() }
    }

    /// Reads the whole body, or fails as soon as it breaks a limit.
    pub(super) async fn read(&mut self, headers: &HeaderMap, config: &Config) -> Result<Bytes, ApiError> {
        let (max_bytes, timeout) = (config.max_body_bytes, config.body_idle_timeout);
        check_encoding(headers)?;
        let announced = announced_length(headers).max(self.body.call(|body| body.size_hint().lower())?);
        if announced > u64::try_from(max_bytes).unwrap_or(u64::MAX) {
            return Err(too_large(max_bytes));
        }
        let mut bytes = Vec::new();
        let mut end = None;
        let mut mark = MIN_PROGRESS;
        while let Some(mut data) = self.next(&mut end, timeout).await? {
            if data.remaining() > max_bytes - bytes.len() {
                return Err(too_large(max_bytes));
            }
            if bytes.is_empty() && !self.is_open {
                // Most bodies arrive at once. `Bytes` does not copy itself.
                return Ok(data.copy_to_bytes(data.remaining()));
            }
            append(&mut bytes, data, max_bytes);
            if bytes.len() >= mark {
                mark = bytes.len().saturating_add(MIN_PROGRESS);
                end = None;
            }
        }
        Ok(bytes.into())
    }

    /// Reads the rest of the body of a rejected request without keeping it.
    ///
    /// An HTTP/1.1 server that responds before it has read the whole request closes the connection, and
    /// the bytes that arrive after that make the system reset it (RFC 9112, section 9.6). Callers that
    /// are still sending then see the reset in place of the error. In HTTP/2, some take the end of a
    /// stream before the end of the request for a fault of the protocol.
    ///
    /// A caller that waits for `100 Continue` has sent nothing yet and need not.
    pub(super) async fn discard(mut self, headers: &HeaderMap, config: &Config) {
        let waits = self.received == 0 && headers.get(EXPECT).is_some_and(|value| value == "100-continue");
        if waits || announced_length(headers) > MAX_DISCARDED {
            return;
        }
        // It limits all of this and not only the progress: a caller that is so slow may lose the error.
        let end = deadline(config.body_idle_timeout);
        while self.is_open && self.received <= MAX_DISCARDED {
            let pause = end.and_then(|end| Some(end.min(deadline(MAX_PAUSE)?)));
            let _ = self.next(&mut Some(pause), MAX_PAUSE).await;
        }
    }

    /// Waits for the next data until `end`, which is set to `timeout` from now when there is something to wait
    /// for and it is not set yet. `Some(None)` stands for no limit. Returns `None` at the end of the body.
    ///
    /// Most bodies have arrived with their head, so the clock is read only if there is something to wait for.
    async fn next(
        &mut self,
        end: &mut Option<Option<Instant>>,
        timeout: Duration,
    ) -> Result<Option<B::Data>, ApiError> {
        // Closed unless data arrives, whatever else happens.
        if !std::mem::take(&mut self.is_open) {
            return Ok(None);
        }
        loop {
            let (body, timer) = (&mut self.body, &mut self.timer);
            let frame = poll_fn(|cx| {
                let polled = body.poll(|body| body.as_mut().poll_frame(cx));
                if polled.is_ready() {
                    return polled;
                }
                let end = *end.get_or_insert_with(|| deadline(timeout));
                end.map_or(Poll::Pending, |end| timer.poll(end, cx).map(|()| Err(too_slow(timeout))))
            });
            let Some(frame) = frame.await? else { return Ok(None) };
            let frame = frame.map_err(|error| unreadable(error.into()))?;
            if let Ok(data) = frame.into_data() {
                self.is_open = !self.body.call(|body| body.is_end_stream())?;
                self.received = self.received.saturating_add(data.remaining() as u64);
                return Ok(Some(data));
            }
        }
    }
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
fn unreadable(error: Box<dyn StdError + Send + Sync>) -> ApiError {
    if chain(&*error).any(|cause| cause.is::<LengthLimitError>()) {
        return ApiError::new(ErrorType::RequestTooLarge, "Request exceeds the maximum size");
    }
    ApiError::invalid_request("The request body could not be read").with_cause(error)
}
