//! The HTTP response to a request that fails.

use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{HeaderName, HeaderValue, Response, StatusCode};

use super::body::MessagesBody;
use super::respond;
use crate::error::ApiError;

const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

/// Conversion into an HTTP response, for layers and routes beside a service.
impl ApiError {
    /// Returns the HTTP response by which a [`MessagesService`](crate::server::MessagesService) reports
    /// this error: the error document, with the status, `retry-after`, `x-should-retry` and the other
    /// headers of the error.
    ///
    /// A layer that rejects requests before they reach the service, as a rate limit does, and a route of
    /// the program's own respond with it, so that clients understand their errors as well. The HTTP
    /// response has the header `request-id` only if `request_id` is given, and the document repeats it.
    ///
    /// A status other than 4xx and 5xx becomes 500, since clients would read the document as a message.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use messages_api::{ApiError, ErrorType};
    ///
    /// let busy = ApiError::new(ErrorType::Overloaded, "Too many requests at once")
    ///     .with_retry_after(Duration::from_secs(2));
    /// let response = busy.into_response(None);
    /// assert_eq!(response.status().as_u16(), 529);
    /// assert_eq!(response.headers()["retry-after"], "2");
    /// assert_eq!(response.headers()["content-type"], "application/json");
    /// ```
    #[cfg_attr(docsrs, doc(cfg(feature = "server")))]
    pub fn into_response(self, request_id: Option<HeaderValue>) -> Response<MessagesBody> {
        error_response(&self, request_id)
    }
}

/// Returns [`ApiError::into_response`] without a request id.
#[cfg_attr(docsrs, doc(cfg(feature = "server")))]
impl From<ApiError> for Response<MessagesBody> {
    fn from(error: ApiError) -> Self {
        error.into_response(None)
    }
}

pub(super) fn error_response(error: &ApiError, request_id: Option<HeaderValue>) -> Response<MessagesBody> {
    let status = Some(error.status()).filter(|status| status.is_client_error() || status.is_server_error());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut headers = error.headers().clone();
    if let Some(wait) = error.retry_after() {
        headers.insert(RETRY_AFTER, HeaderValue::from(whole_seconds(wait)));
    }
    if let Some(retry) = error.should_retry() {
        headers.insert(SHOULD_RETRY, HeaderValue::from_static(if retry { "true" } else { "false" }));
    }
    // An id from an upstream would mean nothing to the caller.
    let mut document = error.response().clone();
    document.request_id = request_id.as_ref().and_then(|id| id.to_str().ok()).map(str::to_owned);
    respond::response(status, respond::JSON, headers, respond::document(&document), request_id)
}

/// Rounds up, because a caller that retries too early is rejected again.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0))
}
