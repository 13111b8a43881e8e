//! Builds HTTP responses.

use std::time::Duration;

use http::header::{
    ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, TE,
    TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

use super::body::MessagesBody;
use super::error_body::error_body;
use super::events::Events;
use super::request_id::RequestId;
use super::route::METHOD;
use crate::error::ApiError;
use crate::wire::{Field, to_json};

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");
/// Asks nginx, and proxies that follow it, not to buffer the HTTP response.
const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Headers that a handler cannot set. They describe the body (`content-*`), belong to the
/// connection and not to the message (RFC 9110, section 7.6.1, and `proxy-authenticate` in section
/// 11.7.1), or name the request.
const RESERVED: [HeaderName; 12] = [
    CONTENT_TYPE,
    CONTENT_LENGTH,
    CONTENT_ENCODING,
    TRANSFER_ENCODING,
    TRAILER,
    TE,
    CONNECTION,
    UPGRADE,
    REQUEST_ID,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    HeaderName::from_static("proxy-authenticate"),
];

/// Returns a 200 with `value` as JSON.
pub(super) fn json<T: Field>(
    value: &T,
    headers: HeaderMap,
    request_id: &RequestId,
) -> Response<MessagesBody> {
    response(StatusCode::OK, "application/json", headers, document(value), request_id)
}

/// Returns a 200 that sends `events` as they come.
pub(super) fn stream(events: Events, headers: HeaderMap, request_id: &RequestId) -> Response<MessagesBody> {
    let body = MessagesBody::stream(events);
    // The API sends the charset too. Without it, some clients read text as Latin-1.
    let mut response =
        response(StatusCode::OK, "text/event-stream; charset=utf-8", headers, body, request_id);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response.headers_mut().insert(ACCEL_BUFFERING, HeaderValue::from_static("no"));
    response
}

/// Returns the error response for `error`.
pub(super) fn error(error: &ApiError, request_id: &RequestId) -> Response<MessagesBody> {
    // With a status below 400, clients would read the error body as a message.
    let status = Some(error.status()).filter(|status| status.is_client_error() || status.is_server_error());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut headers = error.headers().clone();
    if let Some(wait) = error.retry_after() {
        headers.insert(RETRY_AFTER, HeaderValue::from(whole_seconds(wait)));
    }
    if let Some(retry) = error.should_retry() {
        headers.insert(SHOULD_RETRY, HeaderValue::from_static(if retry { "true" } else { "false" }));
    }
    if status == StatusCode::METHOD_NOT_ALLOWED {
        // RFC 9110, section 15.5.6: a 405 must list the allowed methods.
        headers.insert(ALLOW, HeaderValue::from_static(METHOD));
    }
    let body = document(&error_body(error, request_id));
    response(status, "application/json", headers, body, request_id)
}

/// Returns a body with `value` as JSON.
fn document<T: Field>(value: &T) -> MessagesBody {
    MessagesBody::whole(to_json(value.view()))
}

fn response(
    status: StatusCode,
    content_type: &'static str,
    mut headers: HeaderMap,
    body: MessagesBody,
    request_id: &RequestId,
) -> Response<MessagesBody> {
    for name in RESERVED {
        headers.remove(name);
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(REQUEST_ID, request_id.to_header());
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// Rounds up, because a caller that retries too early is rejected again.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0))
}
