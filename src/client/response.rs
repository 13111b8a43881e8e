//! Reads an answer.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, TryStreamExt};
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{Response, StatusCode};
use serde::de::DeserializeOwned;

use super::body::Body;
use super::builder::Limits;
use super::failure;
use crate::auth::Credential;
use crate::error::{ApiError, Error, ErrorKind};
use crate::stream::{EventDecoder, MessageStream};
use crate::types::{ErrorObject, ErrorResponse, ErrorType, Message, MessageTokensCount};

/// How much of the body of an error is read.
const MAX_ERROR_BYTES: usize = 1 << 20;
/// For how long: the status says the most already.
const ERROR_TIMEOUT: Duration = Duration::from_secs(30);
/// How much of it is quoted when it is not the protocol's.
const MAX_EXCERPT_CHARS: usize = 1024;
/// Shorter secrets are not looked for in what a peer says: they would be
/// found everywhere.
const MIN_SECRET_BYTES: usize = 8;

/// An answer whose head has come.
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

    /// The whole message, whichever way the peer sent it.
    pub(super) async fn message(self) -> Result<Response<Message>, Error> {
        let (status, headers) = (self.response.status(), self.response.headers().clone());
        let message = match self.content() {
            Content::Events => self.stream().await?.final_message().await?,
            _ => self.json("a message").await?,
        };
        let mut response = Response::new(message);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }

    pub(super) async fn count(self) -> Result<MessageTokensCount, Error> {
        self.json("a count of tokens").await
    }

    /// The events, whichever way the peer sent them.
    pub(super) async fn stream(self) -> Result<MessageStream, Error> {
        let (headers, max) = (self.response.headers().clone(), self.limits.max_response_bytes);
        let stream = match self.content() {
            Content::Json => {
                let (limits, bytes) = (self.limits, self.whole().await?);
                if bytes.trim_ascii_start().starts_with(b"{") {
                    let message = parse::<Message>(&bytes, "a message");
                    MessageStream::from(message.map_err(|error| error.with_headers(headers.clone()))?)
                } else {
                    // A stream under a wrong name.
                    let bytes = futures::stream::iter([Ok::<_, Error>(bytes)]);
                    MessageStream::from_bytes(bytes, decoder(limits))
                }
            }
            Content::Page => return Err(protocol("the answer is a web page").with_headers(headers)),
            Content::Events | Content::Other => {
                self.check_encoding()?;
                let decoder = decoder(self.limits);
                MessageStream::from_bytes(self.body().map_err(failure::of_stream), decoder)
            }
        };
        Ok(stream.max_message_bytes(max).with_headers(headers).mark_from_upstream())
    }

    /// What the peer refused the call with. Where it repeats the credential,
    /// that is taken out.
    pub(super) async fn refusal(self, credential: Option<&Credential>) -> Error {
        let (status, headers) = (self.response.status(), self.response.headers().clone());
        let mut bytes = Vec::new();
        let whole =
            tokio::time::timeout(ERROR_TIMEOUT, read_start(self.body(), &mut bytes)).await == Ok(true);
        let mut text = String::from_utf8_lossy(&bytes);
        let secret = credential.map(Credential::expose).filter(|secret| secret.len() >= MIN_SECRET_BYTES);
        if let Some(secret) = secret.filter(|secret| text.contains(secret)) {
            text = text.replace(secret, "…").into();
        }
        let response = whole.then(|| envelope(&text)).flatten().unwrap_or_else(|| described(status, &text));
        let error = failure::with_advice(ApiError::from_response(status, response), &headers);
        Error::from(error).mark_from_upstream().with_headers(headers)
    }

    fn content(&self) -> Content {
        let content_type = self.response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = content_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
        match essence.to_ascii_lowercase().as_str() {
            "text/event-stream" => Content::Events,
            "application/json" => Content::Json,
            "text/html" | "application/xhtml+xml" => Content::Page,
            _ => Content::Other,
        }
    }

    fn check_encoding(&self) -> Result<(), Error> {
        let headers = self.response.headers();
        match headers.get(CONTENT_ENCODING) {
            Some(encoding) if !encoding.as_bytes().eq_ignore_ascii_case(b"identity") => {
                Err(protocol("the answer is compressed, which was not asked for")
                    .with_headers(headers.clone()))
            }
            _ => Ok(()),
        }
    }

    fn body(self) -> Body<impl Stream<Item = reqwest::Result<Bytes>> + Send + 'static> {
        Body::new(self.response.bytes_stream(), self.limits.idle_timeout)
    }

    /// The body as a `T`, which is `what`.
    async fn json<T: DeserializeOwned>(self, what: &'static str) -> Result<T, Error> {
        let headers = self.response.headers().clone();
        let bytes = self.whole().await?;
        parse(&bytes, what).map_err(|error| error.with_headers(headers))
    }

    async fn whole(self) -> Result<Vec<u8>, Error> {
        self.check_encoding()?;
        let headers = self.response.headers().clone();
        let (announced, max) = (self.response.content_length(), self.limits.max_response_bytes);
        read_whole(self.body(), announced, max).await.map_err(|error| error.with_headers(headers))
    }
}

/// What a body says it is.
enum Content {
    Events,
    Json,
    Page,
    Other,
}

/// All of `body`, or an error when it is longer than `max`.
async fn read_whole(
    body: impl Stream<Item = Result<Bytes, Error>>,
    announced: Option<u64>,
    max: usize,
) -> Result<Vec<u8>, Error> {
    let too_large =
        || Error::new(ErrorKind::TooLarge, format!("the answer is longer than max_response_bytes ({max})"));
    let announced = announced.map_or(0, |length| usize::try_from(length).unwrap_or(usize::MAX));
    if announced > max {
        return Err(too_large());
    }
    // Not all that is announced may come, so memory is not taken for it at once.
    let mut bytes = Vec::with_capacity(announced.min(1 << 20));
    let mut body = pin!(body);
    while let Some(piece) = body.try_next().await? {
        if piece.len() > max - bytes.len() {
            return Err(too_large());
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// The start of the body of an error, as far as it comes; whether it is all.
async fn read_start(body: impl Stream<Item = Result<Bytes, Error>>, bytes: &mut Vec<u8>) -> bool {
    let mut body = pin!(body);
    loop {
        match body.try_next().await {
            Ok(Some(piece)) => {
                let room = MAX_ERROR_BYTES - bytes.len();
                bytes.extend_from_slice(&piece[..piece.len().min(room)]);
                if piece.len() > room {
                    return false;
                }
            }
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8], what: &'static str) -> Result<T, Error> {
    serde_json::from_slice(bytes)
        .map_err(|error| protocol(format!("the answer is not {what}: {error}")).with_source(error))
}

fn decoder(limits: &Limits) -> EventDecoder {
    EventDecoder::new().max_event_bytes(limits.max_event_bytes)
}

fn envelope(text: &str) -> Option<ErrorResponse> {
    serde_json::from_str(text).ok()
}

/// The error for a status whose body is not the protocol's.
fn described(status: StatusCode, body: &str) -> ErrorResponse {
    let message = if status.is_redirection() {
        "The server redirects the call, which is not followed: check base_url".to_owned()
    } else if body.trim().is_empty() {
        status.canonical_reason().unwrap_or("The server gave no reason").to_owned()
    } else {
        excerpt(body)
    };
    ErrorResponse::new(ErrorObject::new(ErrorType::from_status(status), message))
}

/// The first words of `text`, in one line.
fn excerpt(text: &str) -> String {
    let mut excerpt = String::new();
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let mut left = MAX_EXCERPT_CHARS;
    for word in words {
        if !excerpt.is_empty() {
            excerpt.push(' ');
        }
        excerpt.extend(word.chars().take(left));
        left = left.saturating_sub(word.chars().take(left).count() + 1);
        if left == 0 {
            excerpt.push('…');
            break;
        }
    }
    excerpt
}

fn protocol(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Protocol, message)
}
