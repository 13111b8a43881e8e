//! Sending a request and waiting for the head of the HTTP response.

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use tokio::time::Instant;

use super::call_info::{CallInfo, Endpoint};
use super::calls::Client;
use super::headers;
use super::limits::Limits;
use super::request_body::RequestBody;
use super::response::ResponseReader;
use super::secrets::Secrets;
use crate::error::Error;

/// The number of retries that preceded a request, in the header of the official SDKs.
const RETRY_COUNT: HeaderName = HeaderName::from_static("x-stainless-retry-count");

/// What a call sends, which may be attempted several times with the same bytes.
pub(super) struct CallRequest {
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) body: RequestBody,
    pub(super) accept: HeaderValue,
    pub(super) info: CallInfo,
    /// Whether the call is made on behalf of somebody else, who retries it.
    pub(super) is_forwarded: bool,
}

impl CallRequest {
    /// Creates a request without a body.
    pub(super) fn new(endpoint: Endpoint, method: Method, uri: Uri) -> Self {
        let info = CallInfo { endpoint, model: None, is_streamed: false, attempt: 0 };
        // Also for streams, as the official clients do.
        let accept = headers::JSON;
        Self { method, uri, body: RequestBody::default(), accept, info, is_forwarded: false }
    }

    /// Returns the request of an attempt.
    fn request(&self, mut headers: HeaderMap, info: CallInfo) -> Request<RequestBody> {
        if !headers.contains_key(RETRY_COUNT) {
            headers.insert(RETRY_COUNT, HeaderValue::from(info.attempt - 1));
        }
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = headers;
        request.extensions_mut().insert(info);
        request
    }
}

impl Client {
    /// Attempts a call, and returns the HTTP response if its status is a success.
    pub(super) async fn attempt(
        &self,
        call: &CallRequest,
        attempt: u32,
        call_deadline: Option<Instant>,
    ) -> Result<ResponseReader<'_>, Error> {
        let mut headers = self.settings.headers.clone();
        let has_body = !call.body.as_bytes().is_empty();
        headers::set_content(&mut headers, &call.method, has_body, call.accept.clone());
        let secrets = Secrets::of(&headers);
        let limits = &self.settings.limits;
        let info = CallInfo { attempt, ..call.info.clone() };
        let sending = self.settings.transport.send(call.request(headers, info.clone()));
        let response =
            Limits::within(sending, limits.response_timeout, Limits::response_elapsed, call_deadline);
        let response = response.await.and_then(|sent| sent).map_err(Error::mark_from_upstream)?;
        #[cfg(feature = "tracing")]
        tracing::debug!(
            path = call.uri.path(),
            status = response.status().as_u16(),
            request_id = crate::error::request_id(response.headers()),
            "the server responded"
        );
        let reader = ResponseReader::new(response, limits, call_deadline, secrets, info);
        if reader.status().is_success() { Ok(reader) } else { Err(reader.error().await) }
    }
}
