//! Sending a request and waiting for the head of the HTTP response.

use http::HeaderMap;
use reqwest::Url;

use super::endpoints::Endpoints;
use super::limits::Limits;
use super::response::ResponseReader;
use super::{headers, reqwest_error};
use crate::auth::Credential;
use crate::error::{Error, ErrorKind};

/// What all clones of a client share.
pub(super) struct Transport {
    pub(super) http: reqwest::Client,
    pub(super) endpoints: Endpoints,
    pub(super) limits: Limits,
    /// Sent as one of the client's headers. Kept here to redact it from error bodies.
    pub(super) credential: Option<Credential>,
}

impl Transport {
    /// Posts `body`, a JSON document, and returns the response if its status is a success.
    pub(super) async fn post(
        &self,
        url: &Url,
        mut headers: HeaderMap,
        body: Vec<u8>,
    ) -> Result<ResponseReader<'_>, Error> {
        headers::set_json(&mut headers);
        let sending = self.http.post(url.clone()).headers(headers).body(body).send();
        let response = match self.limits.response_timeout {
            Some(limit) => tokio::time::timeout(limit, sending)
                .await
                .map_err(|_elapsed| Error::new(ErrorKind::Timeout, "no response within response_timeout"))?,
            None => sending.await,
        };
        let response = response.map_err(reqwest_error::before_response)?;
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
        let reader = ResponseReader::new(response, &self.limits);
        if reader.status().is_success() {
            Ok(reader)
        } else {
            Err(reader.error(self.credential.as_ref()).await)
        }
    }
}
