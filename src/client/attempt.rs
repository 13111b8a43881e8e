//! Sending a request and waiting for the head of the HTTP response.

use std::pin::pin;

use http::{HeaderName, HeaderValue, Method, Request, Response, Uri};

use super::call_future::CallFuture;
use super::call_info::{CallInfo, Endpoint};
use super::calls::Client;
use super::credentials::Current;
use super::headers;
use super::limits::Limits;
use super::request_body::RequestBody;
use super::response::ResponseReader;
use super::response_body::ResponseBody;
use super::retries::Retries;
use super::secrets::Secrets;
use super::settings::Settings;
use super::span::Span;
use crate::error::Error;

/// The number of retries that preceded a request, in the header of the official SDKs.
pub(super) const RETRY_COUNT: HeaderName = HeaderName::from_static("x-stainless-retry-count");

/// What a call sends, which may be attempted several times with the same bytes.
pub(super) struct CallRequest {
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) body: RequestBody,
    pub(super) accept: &'static HeaderValue,
    pub(super) info: CallInfo,
    /// The protocol of the server, as OpenTelemetry's conventions name it.
    #[cfg_attr(not(feature = "tracing"), allow(dead_code))]
    pub(super) provider: &'static str,
    /// Whether the call is made on behalf of somebody else, who retries it.
    pub(super) is_forwarded: bool,
}

impl CallRequest {
    /// Creates a request without a body.
    pub(super) fn new(endpoint: Endpoint, method: Method, uri: Uri) -> Self {
        let info = CallInfo { endpoint, model: None, is_streamed: false, attempt: 0 };
        // Also for streams, as the official clients do.
        let accept = &headers::JSON;
        let (body, provider) = (RequestBody::default(), "anthropic");
        Self { method, uri, body, accept, info, provider, is_forwarded: false }
    }

    /// Returns the request of an attempt.
    fn request(&self, uri: Uri, settings: &Settings, info: &CallInfo) -> Request<RequestBody> {
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = uri;
        *request.headers_mut() = headers::with_room(&settings.headers);
        let has_body = !self.body.as_bytes().is_empty();
        headers::set_content(request.headers_mut(), &self.method, has_body, self.accept.clone());
        if settings.counts_retries {
            let count = match info.attempt {
                1 => HeaderValue::from_static("0"),
                attempt => HeaderValue::from(attempt - 1),
            };
            request.headers_mut().entry(RETRY_COUNT).or_insert(count);
        }
        if settings.transport.reads_extensions() {
            request.extensions_mut().insert(info.clone());
        }
        request
    }
}

impl Client {
    /// Attempts a call, and returns the HTTP response if its status is a success.
    pub(super) async fn attempt(
        &self,
        call: &CallRequest,
        retries: &mut Retries<'_>,
    ) -> Result<Box<ResponseReader<'_>>, Error> {
        let span = Span::of_attempt(call, retries.sent() + 1);
        let attempt = pin!(async {
            let (settings, limits) = (&*self.settings, &self.settings.limits);
            limits.check()?;
            let call_deadline = retries.call_deadline();
            let uri = settings.query.added_to(&call.uri)?;
            let sending = pin!(async {
                let credential = settings.credential.current().await?;
                let info = CallInfo { attempt: retries.sent() + 1, ..call.info.clone() };
                let request = call.request(uri, settings, &info);
                let (response, secrets) = self.send(request, credential, retries)?;
                Ok((response.await?, secrets, info))
            });
            let response =
                Limits::within(sending, limits.response_timeout, Limits::response_elapsed, call_deadline);
            let response = response.await.and_then(|sent| sent);
            let (response, secrets, info) = response.map_err(Error::mark_from_upstream)?;
            span.record_status(response.status());
            #[cfg(feature = "tracing")]
            tracing::debug!(
                path = call.uri.path(),
                status = response.status().as_u16(),
                request_id = crate::error::request_id(response.headers()),
                "the server responded"
            );
            let reader = Box::new(ResponseReader::new(response, limits, call_deadline, secrets, info));
            if reader.status().is_success() {
                return Ok(reader);
            }
            // In a box, so that calls that succeed have no room for it.
            Err(Box::pin(reader.error()).await)
        });
        span.around(attempt).await
    }

    /// Sends a request with a credential. Also returns the secrets that it contains.
    ///
    /// Not a part of the future of the attempt, which would keep the request while it waits.
    fn send(
        &self,
        mut request: Request<RequestBody>,
        mut credential: Option<Current>,
        retries: &mut Retries<'_>,
    ) -> Result<(CallFuture<'static, Response<ResponseBody>>, Secrets), Error> {
        let headers = request.headers_mut();
        let fetch = credential.as_mut().and_then(|current| current.next.take());
        let mut secrets = Secrets::of(headers);
        let is_sent = match &credential {
            Some(current) if self.settings.is_foreign => current.credential.apply_as_bearer(headers)?,
            Some(current) => current.credential.apply(headers)?,
            None => false,
        };
        let credential = credential.filter(|_| is_sent);
        secrets.add(credential.as_ref().map(|current| current.credential.clone()));
        retries.sends(credential);
        let response = self.settings.transport.send(request);
        let response = match fetch {
            Some(fetch) => fetch.beside(response),
            None => response,
        };
        Ok((response, secrets))
    }
}
