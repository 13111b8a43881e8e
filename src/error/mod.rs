//! What a call returns when it fails.

mod api_error;

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use http::{HeaderMap, StatusCode};

pub use api_error::ApiError;

use crate::types::{ErrorType, Message};

/// What a client call, or a stream that it returned, failed with.
///
/// Match on [`kind`](Self::kind). The text of `Display` is for people and may
/// change, and so may the source errors.
///
/// ```
/// use messages_api::{ApiError, Error, ErrorKind, ErrorType};
///
/// let error = Error::from(ApiError::new(ErrorType::Overloaded, "Overloaded"));
/// assert_eq!(error.kind(), ErrorKind::Api);
/// assert_eq!(error.status().map(|status| status.as_u16()), Some(529));
/// assert!(error.is_retryable());
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    /// What happened, without what a peer or a secret could have put into it.
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
    api_error: Option<ApiError>,
    partial: Option<Message>,
    /// A client got it from its peer, rather than a handler made it.
    from_upstream: bool,
    headers: HeaderMap,
}

/// The kind of an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client or the request was set up wrong; nothing was sent.
    Config,
    /// No connection could be made.
    Connect,
    /// A time limit passed.
    Timeout,
    /// The connection broke.
    Transport,
    /// The peer answered with an error of the protocol: see
    /// [`Error::api_error`].
    Api,
    /// The peer answered something that is not the protocol.
    Protocol,
    /// A stream ended before the answer was complete: see
    /// [`Error::partial_message`].
    Incomplete,
    /// The peer sent more than a limit allows.
    TooLarge,
}

impl Error {
    /// An error of the kind `kind`. `message` must hold no secret.
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            source: None,
            api_error: None,
            partial: None,
            from_upstream: false,
            headers: HeaderMap::new(),
        }))
    }

    /// Sets what caused it.
    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Sets what was received of the answer.
    pub(crate) fn with_partial(mut self, partial: Option<Message>) -> Self {
        self.0.partial = partial;
        self
    }

    /// Notes that a client got it from its peer.
    pub(crate) fn mark_from_upstream(mut self) -> Self {
        self.0.from_upstream = true;
        self
    }

    /// Sets the headers of the answer.
    pub(crate) fn with_headers(mut self, headers: HeaderMap) -> Self {
        self.0.headers = headers;
        self
    }

    /// The kind of error.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The error that the peer answered.
    pub fn api_error(&self) -> Option<&ApiError> {
        self.0.api_error.as_ref()
    }

    /// The HTTP status of the error that the peer answered. An error within a
    /// stream has the status that goes with its type, though 200 was sent.
    pub fn status(&self) -> Option<StatusCode> {
        self.api_error().map(ApiError::status)
    }

    /// Names the request at the peer: the header `request-id`, else the field
    /// `request_id` of the error it answered.
    pub fn request_id(&self) -> Option<&str> {
        let header = self.0.headers.get("request-id").and_then(|value| value.to_str().ok());
        header.or_else(|| self.api_error().and_then(ApiError::request_id))
    }

    /// The headers of the answer; empty where there was none.
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// What was received of a streamed answer before it failed.
    pub fn partial_message(&self) -> Option<&Message> {
        self.0.partial.as_ref()
    }

    /// How long the peer asks to wait before the next try.
    pub fn retry_after(&self) -> Option<Duration> {
        self.api_error().and_then(ApiError::retry_after)
    }

    /// Whether the same call may succeed later: no connection, a time limit,
    /// or a status of 408, 409, 429 or from 500 on, unless the peer's header
    /// `x-should-retry` says otherwise. Never once a streamed answer began:
    /// its first part was seen and would come again.
    pub fn is_retryable(&self) -> bool {
        if self.0.partial.is_some() {
            return false;
        }
        match self.kind() {
            ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Transport => true,
            ErrorKind::Api => self.api_error().is_some_and(|error| {
                error
                    .should_retry()
                    .unwrap_or_else(|| matches!(error.status().as_u16(), 408 | 409 | 429 | 500..))
            }),
            ErrorKind::Config | ErrorKind::Protocol | ErrorKind::Incomplete | ErrorKind::TooLarge => false,
        }
    }
}

impl From<ApiError> for Error {
    fn from(error: ApiError) -> Self {
        let mut this = Self::new(ErrorKind::Api, "the peer answered with an error");
        this.0.api_error = Some(error);
        this
    }
}

/// What the caller of a server learns. An [`ApiError`] that a handler made
/// itself is passed as it is; what a `Client` failed with, as this table says:
///
/// | upstream | the caller gets |
/// |---|---|
/// | an error of the protocol with status 400, 402, 404, 409, 413, 422, 429, 500, 504 or 529 | the same, `details`, `retry-after` and `x-should-retry` included |
/// | 401 or 403: the gateway's own credential is bad | 500 `api_error` without details, not to be retried |
/// | any other status | 500 `api_error`; `retry-after` and `x-should-retry` are kept |
/// | no connection, or it broke; not the protocol; ended early; too large | 500 `api_error` |
/// | a time limit passed | 504 `timeout_error` |
/// | the gateway is set up wrong | 500 `api_error` |
impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let error_is_own = !error.0.from_upstream;
        match error.0.kind {
            ErrorKind::Api => match error.0.api_error {
                Some(error) if error_is_own => error,
                Some(error) => pass_on(error),
                None => Self::internal(),
            },
            ErrorKind::Timeout => Self::new(ErrorType::Timeout, "The upstream did not answer in time"),
            ErrorKind::Config => Self::internal(),
            ErrorKind::Connect
            | ErrorKind::Transport
            | ErrorKind::Protocol
            | ErrorKind::Incomplete
            | ErrorKind::TooLarge => Self::new(ErrorType::Api, "The upstream failed"),
        }
    }
}

fn pass_on(error: ApiError) -> ApiError {
    match error.status().as_u16() {
        400 | 402 | 404 | 409 | 413 | 422 | 429 | 500 | 504 | 529 => error,
        401 | 403 => ApiError::internal().with_should_retry(false),
        _ => {
            let mut failed = ApiError::new(ErrorType::Api, "The upstream failed");
            if let Some(wait) = error.retry_after() {
                failed = failed.with_retry_after(wait);
            }
            match error.should_retry() {
                Some(should_retry) => failed.with_should_retry(should_retry),
                None => failed,
            }
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Error");
        debug.field("kind", &self.0.kind).field("message", &self.0.message);
        if let Some(error) = &self.0.api_error {
            debug.field("api_error", error);
        }
        if let Some(source) = &self.0.source {
            debug.field("source", source);
        }
        debug.field("has_partial_message", &self.0.partial.is_some()).finish()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.api_error {
            Some(error) => error.fmt(f),
            None => f.write_str(&self.0.message),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
