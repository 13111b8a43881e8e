//! Reads an answer.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Response, StatusCode};
use serde::de::DeserializeOwned;

use super::body::{bytes, collect, collect_some};
use super::builder::Limits;
use super::failure;
use crate::auth::Credential;
use crate::error::{Error, ErrorKind};
use crate::json::check_depth;
use crate::model::{Message, MessageTokensCount};
use crate::stream::{EventDecoder, MessageStream};

/// How much of an error's body is read.
const MAX_ERROR_BYTES: usize = 1 << 20;

/// An answer whose head is there.
pub(super) struct Answer<'a> {
    response: reqwest::Response,
    limits: &'a Limits,
}

impl<'a> Answer<'a> {
    pub(super) fn new(response: reqwest::Response, limits: &'a Limits) -> Self {
        Self { response, limits }
    }

    pub(super) fn is_success(&self) -> bool {
        self.response.status().is_success()
    }

    /// The error that it is.
    pub(super) async fn refusal(self, credential: Option<&Credential>) -> Error {
        let (status, headers) = self.head();
        let body = collect_some(bytes(self.response, self.limits.idle_timeout), MAX_ERROR_BYTES).await;
        failure::of_answer(status, headers, &body, credential)
    }

    /// The message that it is.
    pub(super) async fn message(self) -> Result<Response<Message>, Error> {
        self.json().await
    }

    /// The count that it is.
    pub(super) async fn count(self) -> Result<MessageTokensCount, Error> {
        self.json().await.map(Response::into_body)
    }

    /// The stream that it is. One that says it is JSON is either a whole
    /// message, or a stream under a wrong name.
    pub(super) async fn stream(self) -> Result<MessageStream, Error> {
        let (_, headers) = self.head();
        let says_json = headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.to_ascii_lowercase().starts_with("application/json"));
        let decoder = EventDecoder::new().max_event_bytes(self.limits.max_event_bytes);
        let stream = if says_json {
            let body = self.body().await?;
            if body.trim_ascii_start().starts_with(b"{") {
                MessageStream::from(parse::<Message>(&body)?)
            } else {
                let whole = futures::stream::iter([Ok::<_, Error>(body)]);
                MessageStream::from_bytes(whole, decoder)
            }
        } else {
            MessageStream::from_bytes(bytes(self.response, self.limits.idle_timeout), decoder)
        };
        Ok(stream.with_headers(headers))
    }

    async fn json<T: DeserializeOwned>(self) -> Result<Response<T>, Error> {
        let (status, headers) = self.head();
        let value = match self.body().await {
            Ok(body) => parse(&body),
            Err(error) => Err(error),
        };
        let value = value.map_err(|error| error.with_headers(headers.clone()))?;
        let mut response = Response::new(value);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }

    async fn body(self) -> Result<Bytes, Error> {
        collect(bytes(self.response, self.limits.idle_timeout), self.limits.max_response_bytes).await
    }

    fn head(&self) -> (StatusCode, HeaderMap) {
        (self.response.status(), self.response.headers().clone())
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    check_depth(body).map_err(|error| Error::new(ErrorKind::Protocol, format!("the answer: {error}")))?;
    serde_json::from_slice(body).map_err(|error| {
        Error::new(ErrorKind::Protocol, format!("the answer cannot be read: {error}")).with_source(error)
    })
}
