//! Reading successful HTTP responses as messages, streams or token counts.

use bytes::Bytes;
use futures::{Stream, TryStreamExt};
use http::{HeaderMap, Response, StatusCode};
use serde::de::DeserializeOwned;

use super::body::{Body, read_all};
use super::content::{Content, check_encoding};
use super::limits::Limits;
use super::{error_response, reqwest_error};
use crate::auth::Credential;
use crate::error::{Error, ErrorKind};
use crate::stream::{EventDecoder, MessageStream};
use crate::types::{Message, MessageTokensCount};

/// An HTTP response whose head has arrived and whose body has yet to be read.
pub(super) struct ResponseReader<'a> {
    response: reqwest::Response,
    limits: &'a Limits,
}

impl<'a> ResponseReader<'a> {
    pub(super) fn new(response: reqwest::Response, limits: &'a Limits) -> Self {
        Self { response, limits }
    }

    pub(super) fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// Reads a whole message. If the server streams it, its events are added up.
    pub(super) async fn message(self) -> Result<Response<Message>, Error> {
        let (status, headers) = (self.status(), self.headers().clone());
        let message = match Content::of(&headers) {
            Content::EventStream => self.stream().await?.final_message().await?,
            Content::Json | Content::Html | Content::Other => self.json("a message").await?,
        };
        let mut response = Response::new(message);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }

    pub(super) async fn count(self) -> Result<MessageTokensCount, Error> {
        self.json("a token count").await
    }

    /// Reads a stream. If the server sends a whole message, its events are replayed.
    pub(super) async fn stream(self) -> Result<MessageStream, Error> {
        let (headers, limits) = (self.headers().clone(), self.limits);
        let stream = match Content::of(&headers) {
            Content::Json => {
                let bytes = self.read_all().await?;
                if bytes.trim_ascii_start().starts_with(b"{") {
                    let message = parse::<Message>(&bytes, "a message");
                    MessageStream::from(message.map_err(|error| error.with_headers(headers.clone()))?)
                } else {
                    // An event stream with the wrong content type.
                    let bytes = futures::stream::iter([Ok::<_, Error>(bytes)]);
                    MessageStream::from_bytes(bytes, decoder(limits))
                }
            }
            Content::Html => return Err(protocol("the response is a web page").with_headers(headers)),
            Content::EventStream | Content::Other => {
                check_encoding(&headers)?;
                MessageStream::from_bytes(self.body().map_err(reqwest_error::in_stream), decoder(limits))
            }
        };
        Ok(stream.max_message_bytes(limits.max_response_bytes).with_headers(headers).mark_from_upstream())
    }

    /// Reads an error response. Occurrences of `credential` in its body are redacted.
    pub(super) async fn error(self, credential: Option<&Credential>) -> Error {
        let (status, headers) = (self.status(), self.headers().clone());
        error_response::read(status, headers, self.body(), credential).await
    }

    fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    fn body(self) -> Body<impl Stream<Item = reqwest::Result<Bytes>> + Send + 'static> {
        Body::new(self.response.bytes_stream(), self.limits.idle_timeout)
    }

    /// Reads the body as JSON; `expected` describes a `T` in the error.
    async fn json<T: DeserializeOwned>(self, expected: &'static str) -> Result<T, Error> {
        let headers = self.headers().clone();
        let bytes = self.read_all().await?;
        parse(&bytes, expected).map_err(|error| error.with_headers(headers))
    }

    async fn read_all(self) -> Result<Vec<u8>, Error> {
        let headers = self.headers().clone();
        check_encoding(&headers)?;
        let (length, max) = (self.response.content_length(), self.limits.max_response_bytes);
        read_all(self.body(), length, max).await.map_err(|error| error.with_headers(headers))
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8], expected: &'static str) -> Result<T, Error> {
    serde_json::from_slice(bytes)
        .map_err(|error| protocol(format!("the response is not {expected}: {error}")).with_source(error))
}

fn decoder(limits: &Limits) -> EventDecoder {
    EventDecoder::new().max_event_bytes(limits.max_event_bytes)
}

fn protocol(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Protocol, message)
}
