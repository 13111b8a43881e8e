//! Builds HTTP responses.

use bytes::Bytes;
use http::header::{
    ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

use super::body::MessagesBody;
use super::error_response::error_response;
use super::events::Events;
use super::exclusive::Exclusive;
use super::lines::Lines;
use super::request_id::RequestId;
use crate::error::ApiError;
use crate::wire::{Field, to_json};

pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json");
const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
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

/// Returns a 200 with the JSON `document`.
pub(super) fn json(document: Bytes, headers: HeaderMap, request_id: &RequestId) -> Response<MessagesBody> {
    let body = MessagesBody::whole(document);
    response(StatusCode::OK, JSON, headers, body, Some(request_id.to_header()))
}

/// Returns a 200 that sends `events` as they come.
pub(super) fn stream(
    events: Box<Exclusive<Events>>,
    headers: HeaderMap,
    request_id: &RequestId,
) -> Response<MessagesBody> {
    let body = MessagesBody::stream(events);
    // The API sends the charset too. Without it, some clients read text as Latin-1.
    let content_type = HeaderValue::from_static("text/event-stream; charset=utf-8");
    let mut response = response(StatusCode::OK, content_type, headers, body, Some(request_id.to_header()));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response.headers_mut().insert(ACCEL_BUFFERING, HeaderValue::from_static("no"));
    response
}

/// Returns a 200 that sends `lines` as they come.
pub(super) fn lines(lines: Lines, headers: HeaderMap, request_id: &RequestId) -> Response<MessagesBody> {
    let content_type = HeaderValue::from_static("application/x-jsonl");
    response(StatusCode::OK, content_type, headers, MessagesBody::lines(lines), Some(request_id.to_header()))
}

/// Returns a 204 that lists the methods of a path.
pub(super) fn methods(allow: HeaderValue, request_id: &RequestId) -> Response<MessagesBody> {
    let mut response = Response::new(MessagesBody::whole(Bytes::new()));
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(ALLOW, allow);
    response.headers_mut().insert(REQUEST_ID, request_id.to_header());
    response
}

/// Returns the error response for `error`, under the id that this server gave the request.
pub(super) fn error(error: &ApiError, request_id: &RequestId) -> Response<MessagesBody> {
    error_response(error, Some(request_id.to_header()))
}

/// Returns a body with `value` as JSON.
pub(super) fn document<T: Field>(value: &T) -> MessagesBody {
    MessagesBody::whole(to_json(value.view()))
}

/// Returns an HTTP response with those of `headers` that a handler may set.
pub(super) fn response(
    status: StatusCode,
    content_type: HeaderValue,
    mut headers: HeaderMap,
    body: MessagesBody,
    request_id: Option<HeaderValue>,
) -> Response<MessagesBody> {
    // There is seldom one of them, and each attempt to remove one would hash its name.
    if headers.keys().any(|name| RESERVED.contains(name)) {
        RESERVED.iter().for_each(|name| _ = headers.remove(name));
    }
    headers.insert(CONTENT_TYPE, content_type);
    if let Some(request_id) = request_id {
        headers.insert(REQUEST_ID, request_id);
    }
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}
