//! Sending a request and waiting for the head of the HTTP response.

use bytes::Bytes;
use http::HeaderMap;
use reqwest::Url;

use super::endpoints::Endpoints;
use super::filter::Filter;
use super::limits::Limits;
use super::response::ResponseReader;
use super::secrets::Secrets;
use super::{headers, reqwest_error};
use crate::auth::Credential;
use crate::error::Error;

/// What all clones of a client share.
pub(super) struct Transport {
    pub(super) http: reqwest::Client,
    pub(super) endpoints: Endpoints,
    pub(super) limits: Limits,
    /// For `Debug`; it is sent as one of the client's headers.
    pub(super) credential: Option<Credential>,
    pub(super) filter: Filter,
}

impl Transport {
    /// Posts `body`, a JSON document, and returns the response if its status is a success.
    pub(super) async fn post(
        &self,
        url: &Url,
        mut headers: HeaderMap,
        body: Bytes,
    ) -> Result<ResponseReader<'_>, Error> {
        headers::set_json(&mut headers);
        let (secrets, call_deadline) = (Secrets::of(&headers), self.limits.call_deadline());
        let sending = self.http.post(url.clone()).headers(headers).body(body).send();
        let limit = self.limits.response_timeout;
        let response = Limits::within(sending, limit, Limits::response_elapsed, call_deadline).await;
        let response = response.and_then(|sent| sent.map_err(reqwest_error::before_response));
        let response = response.map_err(Error::mark_from_upstream)?;
        if response.url() != url {
            return Err(reqwest_error::followed_redirect());
        }
        #[cfg(feature = "tracing")]
        tracing::debug!(
            path = url.path(),
            status = response.status().as_u16(),
            request_id = crate::error::request_id(response.headers()),
            "the server responded"
        );
        let reader = ResponseReader::new(response, &self.limits, call_deadline, secrets);
        if reader.status().is_success() { Ok(reader) } else { Err(reader.error().await) }
    }
}
