//! Sends a call.

use http::HeaderValue;
use http::header::{ACCEPT, CONTENT_TYPE};
use reqwest::Url;
use serde::Serialize;

use super::response::Answer;
use super::{Client, failure};
use crate::error::{Error, ErrorKind};
use crate::model::CreateMessageRequest;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

impl Client {
    /// Posts `body`, and returns the answer once its head is there and no
    /// error.
    pub(super) async fn post(&self, url: &Url, body: Vec<u8>) -> Result<Answer<'_>, Error> {
        let mut headers = (*self.headers).clone();
        headers.insert(CONTENT_TYPE, JSON);
        // Streams too are asked for like this, as official clients do.
        headers.insert(ACCEPT, JSON);
        let call = self.shared.http.post(url.clone()).headers(headers).body(body).send();
        let response = match self.shared.limits.response_timeout {
            Some(limit) => tokio::time::timeout(limit, call)
                .await
                .map_err(|_elapsed| Error::new(ErrorKind::Timeout, "no answer within response_timeout"))?,
            None => call.await,
        };
        let response = response.map_err(failure::of_call)?;
        if response.url() != url {
            return Err(Error::new(
                ErrorKind::Config,
                "http_client: followed a redirect; its redirects must be off",
            ));
        }
        let answer = Answer::new(response, &self.shared.limits);
        if answer.is_success() {
            Ok(answer)
        } else {
            Err(answer.refusal(self.shared.credential.as_ref()).await)
        }
    }
}

/// The body of a call for a whole message.
pub(super) fn whole(request: &CreateMessageRequest) -> Result<Vec<u8>, Error> {
    match request.stream {
        Some(true) => encode(&request.clone().stream(false)),
        _ => encode(request),
    }
}

/// The body of a call for a stream.
pub(super) fn streamed(request: &CreateMessageRequest) -> Result<Vec<u8>, Error> {
    match request.stream {
        Some(true) => encode(request),
        _ => encode(&request.clone().stream(true)),
    }
}

pub(super) fn encode<T: Serialize>(request: &T) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(request).map_err(|error| {
        Error::new(ErrorKind::Config, "the request cannot be written as JSON").with_source(error)
    })
}
