//! Errors of calls and streams, and error responses of the protocol.
//!
//! Two types describe failures:
//!
//! - [`Error`] is what a client and a [`MessageStream`](crate::stream::MessageStream)
//!   return. Its [`kind`](Error::kind) says what went wrong: no connection, a timeout,
//!   an error response, a stream that was cut off.
//! - [`ApiError`] is the protocol's own error: a type such as `overloaded_error`, a
//!   message and an HTTP status. A [`Handler`](crate::handler::Handler) returns it, and
//!   an [`Error`] contains one if the server sent one.
//!
//! Code that calls the API matches on the kind:
//!
//! ```
//! use messages_api::{ApiError, Error, ErrorKind, ErrorType};
//!
//! /// Returns what to show the user of a chat program.
//! fn describe(error: &Error) -> String {
//!     match (error.kind(), error.api_error()) {
//!         (ErrorKind::Api, Some(api_error)) => match api_error.error_type() {
//!             ErrorType::Authentication => "Check the API key.".to_owned(),
//!             ErrorType::RateLimit | ErrorType::Overloaded => "Busy, try again later.".to_owned(),
//!             _ => api_error.message().to_owned(),
//!         },
//!         (ErrorKind::Connect | ErrorKind::Timeout, _) => "Check the network.".to_owned(),
//!         (ErrorKind::Incomplete, _) => "The message was cut off.".to_owned(),
//!         _ => error.to_string(),
//!     }
//! }
//!
//! let error = Error::from(ApiError::new(ErrorType::Overloaded, "Overloaded"));
//! assert_eq!(describe(&error), "Busy, try again later.");
//! ```
//!
//! # Retrying
//!
//! A client retries calls by itself, as its `RetryPolicy` says. [`Error::attempts`] returns how
//! often it tried. For a loop of your own, [`Error::is_retryable`] returns whether the same request
//! may succeed later, and [`Error::retry_after`] how long the server asks to wait first.
//!
//! ```
//! # use messages_api::{ApiError, Error, ErrorType};
//! use std::time::Duration;
//!
//! /// Returns how long to wait before the next attempt, or `None` to give up.
//! fn backoff(error: &Error, failed_attempts: u32) -> Option<Duration> {
//!     if failed_attempts > 2 || !error.is_retryable() {
//!         return None;
//!     }
//!     let default = Duration::from_millis(500) * 2_u32.pow(failed_attempts);
//!     Some(error.retry_after().unwrap_or(default))
//! }
//!
//! let overloaded = Error::from(ApiError::new(ErrorType::Overloaded, "Overloaded"));
//! assert_eq!(backoff(&overloaded, 1), Some(Duration::from_secs(1)));
//! let invalid = Error::from(ApiError::invalid_request("max_tokens: must be at least 1"));
//! assert_eq!(backoff(&invalid, 1), None);
//! ```
//!
//! | kind | retryable |
//! |---|---|
//! | [`Connect`](ErrorKind::Connect), [`Timeout`](ErrorKind::Timeout), [`Transport`](ErrorKind::Transport) | yes, unless a stream has delivered content |
//! | [`Api`](ErrorKind::Api) | as the header `x-should-retry` says; without it, if the status is 408, 409, 429 or at least 500; not once a stream has delivered content |
//! | [`Credential`](ErrorKind::Credential) | if the provider says so |
//! | [`Incomplete`](ErrorKind::Incomplete) | only before a stream has delivered content |
//! | [`Config`](ErrorKind::Config), [`Layer`](ErrorKind::Layer), [`Protocol`](ErrorKind::Protocol), [`Output`](ErrorKind::Output), [`TooLarge`](ErrorKind::TooLarge) | no |
//!
//! # Streams that break off
//!
//! The error of a stream carries the part of the message that was received, and
//! [the module `stream`](crate::stream#a-stream-that-is-cut-off) shows how to go on from it.
//! Such an error is not retryable if that part has content, because the reader of the stream
//! has already seen it. If the stream comes from the upstream of a gateway and breaks off, the
//! gateway's caller learns only that the upstream failed. The error that the caller receives
//! for each kind of failure is listed at
//! [`From<Error> for ApiError`](ApiError#impl-From<Error>-for-ApiError).
//!
//! ```
//! use messages_api::stream::replay;
//! use messages_api::{ApiError, ContentBlock, ErrorKind, ErrorType, Message, MessageStream, Usage};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let content = vec![ContentBlock::text("Hello there")];
//! let message = Message::new("msg_01", "claude-sonnet-5", content, Usage::new(9, 4));
//! // Only the start of the message, the start of the block and its text:
//! let events = replay(message).take(3).map(Ok);
//! let stream = MessageStream::new(futures::stream::iter(events));
//!
//! let error = stream.final_message().await.expect_err("`message_stop` is missing");
//! assert_eq!(error.kind(), ErrorKind::Incomplete);
//! assert_eq!(error.partial_message().map(Message::text).as_deref(), Some("Hello there"));
//! assert!(!error.is_retryable());
//!
//! let for_caller = ApiError::from(error);
//! assert_eq!(for_caller.error_type(), &ErrorType::Api);
//! assert_eq!(for_caller.message(), "The server could not complete the message");
//! # }
//! ```

mod api_error;
mod create;
mod document;
#[cfg(any(feature = "client", feature = "openai"))]
mod http_date;
mod kind;
mod output;
#[cfg(feature = "tracing")]
mod report;
#[cfg(any(feature = "client", feature = "openai"))]
mod retry_headers;
mod upstream;

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, StatusCode};

pub use api_error::ApiError;
pub(crate) use api_error::Mark;
pub(crate) use document::read_document;
pub use kind::ErrorKind;
#[cfg(feature = "openai")]
pub(crate) use retry_headers::seconds_of_response;
pub(crate) use upstream::Forwarding;

use crate::types::Message;
use crate::types::rate_limits::RateLimits;

/// The header that identifies a request to the operator of its server.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// The error of a failed client call or stream.
///
/// Match on [`kind`](Self::kind) to find out what went wrong. The text of `Display`
/// is for people; it and the types of source errors may change in any release.
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
    /// Must not contain a secret.
    message: String,
    /// Shared, because calls that wait for the same credential fail with the same source.
    source: Option<Arc<dyn StdError + Send + Sync>>,
    /// Whether what failed may succeed later, although the kind does not say so.
    is_transient: bool,
    api_error: Option<ApiError>,
    partial: Option<Message>,
    /// Whether a client received the error from its server. An error that a handler
    /// created itself is meant for the caller, who receives it unchanged.
    from_upstream: bool,
    /// Whether the server described the error in an error document.
    has_document: bool,
    /// Whether the text quotes nothing that was received, although the kind does not say so.
    quotes_nothing: bool,
    /// Whether a stream has delivered more than the start of a message.
    has_content: bool,
    /// What a gateway passes on to its caller; `None` for the usual.
    forwarding: Option<Forwarding>,
    headers: HeaderMap,
    /// The status of the HTTP response in which the error came.
    #[cfg(feature = "client")]
    #[cfg_attr(not(feature = "openai"), allow(dead_code))]
    http_status: Option<StatusCode>,
    /// The body of an error response.
    body: Option<Box<str>>,
    /// The number of requests that were sent.
    attempts: u32,
    given_up: Option<GivenUp>,
}

/// Why a call was not retried although it could have been.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(not(feature = "client"), expect(dead_code))]
pub(crate) enum GivenUp {
    /// The server asks for a wait that is too long to sit through.
    RetryAfter(Duration),
    /// The total timeout would pass before the next attempt.
    Deadline,
    /// Too many calls have been retried lately.
    Budget,
}

impl Error {
    /// Returns the kind of error.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns the error of the protocol that the server sent, as an error response or
    /// as an `error` event; `None` unless the kind is [`ErrorKind::Api`].
    pub fn api_error(&self) -> Option<&ApiError> {
        self.0.api_error.as_ref()
    }

    /// Returns the HTTP status of the error that the server sent.
    ///
    /// For an `error` event in a stream this is the status that belongs to the type of
    /// the error, although the status of the HTTP response was 200.
    pub fn status(&self) -> Option<StatusCode> {
        self.api_error().map(ApiError::status)
    }

    /// Returns the id of the request, which identifies it to the server's operator.
    ///
    /// This is the header `request-id` of the HTTP response, or else the field
    /// `request_id` of the error that the server sent.
    pub fn request_id(&self) -> Option<&str> {
        request_id(&self.0.headers).or_else(|| self.api_error().and_then(ApiError::request_id))
    }

    /// Returns the headers of the HTTP response; empty if there was none.
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// Returns the body of an error response as text, whatever its form; `None` for an error of another kind,
    /// and if the body is compressed.
    ///
    /// It has at most 64 KiB, and a client removes its own credentials from it. Bytes that are not UTF-8 are
    /// replaced by U+FFFD. [`api_error`](Self::api_error) has what could be read from it.
    pub fn body(&self) -> Option<&str> {
        self.0.body.as_deref()
    }

    /// Returns the id of the organization that the API attributed the request to, from the header
    /// `anthropic-organization-id`.
    pub fn organization_id(&self) -> Option<&str> {
        header(&self.0.headers, "anthropic-organization-id")
    }

    /// Returns the id of the workspace that the API attributed the request to, from the header
    /// `anthropic-workspace-id`.
    pub fn workspace_id(&self) -> Option<&str> {
        header(&self.0.headers, "anthropic-workspace-id")
    }

    /// Returns the rate limits that the server reported in the headers.
    pub fn rate_limits(&self) -> RateLimits {
        RateLimits::from_headers(&self.0.headers)
    }

    /// Returns the part of the message that was received before a stream failed, or the message of an error of
    /// the kind [`Output`](ErrorKind::Output).
    ///
    /// This is `None` if the stream failed before its `message_start` event. A stream
    /// without accumulation keeps nothing but the message of that event, which has no
    /// content yet. [`Message::into_resumable`] prepares the part for the next request.
    pub fn partial_message(&self) -> Option<&Message> {
        self.0.partial.as_ref()
    }

    /// Returns how long the server asks to wait before another attempt.
    pub fn retry_after(&self) -> Option<Duration> {
        self.api_error().and_then(ApiError::retry_after)
    }

    /// Returns how often a client sent the request: 1 if it was not retried, 0 if nothing was sent, because
    /// the request is invalid or there was no credential for example. A connection that failed counts.
    ///
    /// The error of a stream that has begun counts the attempts up to the one from which the stream comes.
    ///
    /// The text of the error says why there was no other attempt if the server asks to wait for more than
    /// 60 s, if the total timeout of the call would have passed, or if the budget for retries was used up.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Returns `true` if sending the same request again may succeed.
    ///
    /// This holds if the connection failed, a time limit passed or a stream ended early, and
    /// for error responses with the status 408, 409, 429, or 500 and above. The server's
    /// header `x-should-retry` overrides the status.
    ///
    /// It never holds once a stream has delivered content or the stop reason: the reader has
    /// already seen that part, and a second attempt would repeat it.
    pub fn is_retryable(&self) -> bool {
        if self.0.has_content {
            return false;
        }
        match self.kind() {
            ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Transport | ErrorKind::Incomplete => true,
            ErrorKind::Api => self.api_error().is_some_and(|error| {
                error
                    .should_retry()
                    .unwrap_or_else(|| matches!(error.status().as_u16(), 408 | 409 | 429 | 500..))
            }),
            ErrorKind::Credential => self.0.is_transient,
            ErrorKind::Config
            | ErrorKind::Layer
            | ErrorKind::Protocol
            | ErrorKind::Output
            | ErrorKind::TooLarge => false,
        }
    }
}

impl From<ApiError> for Error {
    /// Creates an error of the kind [`ErrorKind::Api`].
    fn from(error: ApiError) -> Self {
        let mut this = Self::new(ErrorKind::Api, "the server sent an error");
        this.0.api_error = Some(error);
        this
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
            Some(error) => error.fmt(f)?,
            None => f.write_str(&self.0.message)?,
        }
        match self.0.given_up {
            Some(GivenUp::RetryAfter(wait)) => {
                write!(f, "; not retried, as the server asks to wait {} s", wait.as_secs())
            }
            Some(GivenUp::Deadline) => f.write_str("; not retried, as total_timeout would pass first"),
            Some(GivenUp::Budget) => f.write_str("; not retried, as the budget for retries is used up"),
            None => Ok(()),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// Returns the request id from the headers of an HTTP response.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<&str> {
    header(headers, REQUEST_ID.as_str())
}

/// Returns an error and its sources.
pub(crate) fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// Returns the text of an error and of its sources, some of which repeat what is before them.
fn causes(text: String, source: Option<&(dyn StdError + 'static)>) -> String {
    let mut causes = vec![text];
    causes.extend(source.into_iter().flat_map(chain).map(ToString::to_string));
    causes.dedup();
    causes.join(": ")
}

/// Returns the text of a header.
pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
