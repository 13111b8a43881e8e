//! The protocol's own error.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, StatusCode};

use super::causes;
use crate::json::{Json, fields};
use crate::types::rate_limits::RateLimits;
use crate::types::{ErrorObject, ErrorResponse, ErrorType};

/// An error of the protocol: its JSON, with the HTTP status and the headers that
/// belong to it.
///
/// A handler returns an `ApiError` to its caller. A client receives one within an
/// [`Error`](crate::error::Error).
///
/// The caller receives everything in it, so nothing internal belongs in the message or
/// the details. For a failure whose cause must stay hidden from the caller, use
/// [`internal`](Self::internal), [`with_cause`](Self::with_cause) for the log.
///
/// ```
/// use std::time::Duration;
///
/// use messages_api::{ApiError, ErrorType};
///
/// let error = ApiError::new(ErrorType::RateLimit, "At most 50 requests per minute")
///     .with_retry_after(Duration::from_secs(5));
///
/// assert_eq!(error.status().as_u16(), 429);
/// assert_eq!(
///     serde_json::to_string(error.response())?,
///     r#"{"type":"error","error":{"type":"rate_limit_error","message":"At most 50 requests per minute"}}"#,
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct ApiError(Box<Inner>);

#[derive(Clone, PartialEq)]
struct Inner {
    status: StatusCode,
    response: ErrorResponse,
    retry_after: Option<Duration>,
    should_retry: Option<bool>,
    headers: HeaderMap,
    hidden: Hidden,
}

/// What concerns only the server itself. The caller does not receive it, and it makes no difference to `==`.
#[derive(Clone, Default)]
struct Hidden {
    mark: Mark,
    /// Why the request failed, without content and secrets.
    cause: Option<Arc<str>>,
}

/// What is known of an error beside what the caller learns: how the request ended, if it did not simply fail,
/// or who is at fault.
#[derive(Clone, Copy, Default)]
pub(crate) enum Mark {
    #[default]
    None,
    Panicked,
    #[cfg_attr(not(feature = "server"), allow(dead_code))]
    Drained,
    /// A policy of this server has rejected the request, which says nothing of the handler behind.
    #[cfg_attr(not(feature = "policy"), allow(dead_code))]
    Policy,
    /// An upstream limits the caller, whose own credential the request carried.
    #[cfg_attr(not(feature = "policy"), allow(dead_code))]
    CallerLimited,
}

impl PartialEq for Hidden {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl ApiError {
    /// Creates an error of the given type, with the HTTP status that belongs to that
    /// type.
    pub fn new(error_type: ErrorType, message: impl Into<String>) -> Self {
        let status = error_type.status();
        Self::from_response(status, ErrorResponse::new(ErrorObject::new(error_type, message)))
    }

    /// Creates an error for a request that is not valid, with the status 400.
    ///
    /// By convention the message starts with the path of the field:
    /// `max_tokens: must be at least 1`.
    pub fn invalid_request(message: impl Into<String>) -> Self {
        Self::new(ErrorType::InvalidRequest, message)
    }

    /// Creates an error for something that does not exist, such as an unknown model,
    /// with the status 404.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorType::NotFound, message)
    }

    /// Creates an error that hides its cause from the caller, with the status 500 and
    /// the message "Internal server error".
    pub fn internal() -> Self {
        Self::new(ErrorType::Api, "Internal server error")
    }

    /// Creates an error from its JSON and the HTTP status that it was received with.
    ///
    /// Use [`From<ErrorResponse>`](#impl-From<ErrorResponse>-for-ApiError) if there was no
    /// status.
    pub fn from_response(status: StatusCode, response: ErrorResponse) -> Self {
        Self(Box::new(Inner {
            status,
            response,
            retry_after: None,
            should_retry: None,
            headers: HeaderMap::new(),
            hidden: Hidden::default(),
        }))
    }

    /// Replaces the document by what `map` makes of it.
    #[cfg(feature = "client")]
    pub(crate) fn map_response(mut self, map: impl FnOnce(ErrorResponse) -> ErrorResponse) -> Self {
        self.0.response = map(self.0.response);
        self
    }

    /// Returns the error without headers and details, and with texts of at most `max_bytes`.
    #[cfg(feature = "policy")]
    pub(crate) fn abridged(&self, max_bytes: usize) -> Self {
        let start = |text| crate::text::start(text, max_bytes);
        let Inner { status, retry_after, should_retry, hidden, .. } = &*self.0;
        let mut error = Self::new(start(self.error_type().as_str()).into(), start(self.message()));
        (error.0.status, error.0.retry_after, error.0.should_retry) = (*status, *retry_after, *should_retry);
        error.0.response.request_id = self.request_id().map(|id| start(id).to_owned());
        error.0.hidden = Hidden { mark: hidden.mark, cause: self.cause().map(|cause| start(cause).into()) };
        error
    }

    /// Sets what is known of the error beside what the caller learns.
    pub(crate) fn with_mark(mut self, mark: Mark) -> Self {
        self.0.hidden.mark = mark;
        self
    }

    /// Marks the error as that of a policy, unless more is known of it.
    #[cfg(feature = "policy")]
    pub(crate) fn of_policy(self) -> Self {
        if matches!(self.mark(), Mark::None) { self.with_mark(Mark::Policy) } else { self }
    }

    pub(crate) fn mark(&self) -> Mark {
        self.0.hidden.mark
    }

    /// Returns why the request failed, as [`with_cause`](Self::with_cause) has set it.
    pub fn cause(&self) -> Option<&str> {
        self.0.hidden.cause.as_deref()
    }

    /// Returns the HTTP status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// Returns the type of the error, which is what a program should match on.
    ///
    /// If the server named none, for example because the body of the error response is not JSON, it is the type
    /// that [belongs to the status](ErrorType::from_status); [`Error::body`](crate::error::Error::body) has what
    /// the server sent.
    pub fn error_type(&self) -> &ErrorType {
        &self.0.response.error.r#type
    }

    /// Returns the message, which is for people and may change.
    pub fn message(&self) -> &str {
        &self.0.response.error.message
    }

    /// Returns the details: a JSON object for programs, with an `error_code`.
    pub fn details(&self) -> Option<&Json> {
        self.0.response.error.details.as_ref()
    }

    /// Returns the `error_code` of the details, for example
    /// `image_dimensions_too_large`.
    pub fn error_code(&self) -> Option<String> {
        let [code] = fields(self.details()?.as_raw_str(), ["error_code"]).ok()?;
        serde_json::from_str(code?).ok()
    }

    /// Returns the id of the request that failed.
    ///
    /// A client takes it from the header `request-id`, or else from the JSON. A server
    /// replaces it with the id that it gave the request.
    pub fn request_id(&self) -> Option<&str> {
        self.0.response.request_id.as_deref()
    }

    /// Returns how long to wait before another attempt.
    ///
    /// A client takes it from the header `retry-after-ms` or `retry-after`. It compares a date
    /// in the latter with the `date` of the HTTP response.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns whether to send the request again, from the header `x-should-retry`. If it
    /// is `None`, the status decides.
    pub fn should_retry(&self) -> Option<bool> {
        self.0.should_retry
    }

    /// Returns the error as JSON, which is the body of the HTTP response.
    pub fn response(&self) -> &ErrorResponse {
        &self.0.response
    }

    /// Returns the headers that a server adds to the error response, besides `retry-after` and
    /// `x-should-retry`.
    ///
    /// In a gateway, these are the rate limits and the request id of the upstream.
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// Returns a mutable reference to the headers that a server adds to the error response.
    /// Headers that the server sets itself, such as `content-type` and `request-id`, are
    /// ignored.
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut self.0.headers
    }

    /// Sets why the request failed, for the log of a server: the text of `cause` and of its sources.
    ///
    /// The caller does not receive it, it makes no difference to `==`, and `Debug` leaves it out. With the
    /// feature `tracing`, it is part of the line by which a `MessagesService` reports the request, and hooks
    /// find it in the error of the [`Outcome`](crate::handler::Outcome). So it should contain no secrets.
    ///
    /// ```
    /// use messages_api::ApiError;
    ///
    /// fn read_prompt(path: &str) -> Result<String, ApiError> {
    ///     std::fs::read_to_string(path).map_err(|error| ApiError::internal().with_cause(error))
    /// }
    ///
    /// let error = read_prompt("/no/such/file").unwrap_err();
    /// assert_eq!(error.message(), "Internal server error");
    /// assert!(error.cause().is_some_and(|cause| cause.contains("os error")));
    /// ```
    #[must_use]
    pub fn with_cause(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let cause = cause.into();
        self.0.hidden.cause = Some(causes(cause.to_string(), cause.source()).into());
        self
    }

    /// Sets the HTTP status, if it is not the one that belongs to the type.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = status;
        self
    }

    /// Sets the details: a JSON object for programs, with an `error_code`.
    ///
    /// ```
    /// use messages_api::{ApiError, Json};
    ///
    /// let details = Json::parse(r#"{"error_code":"tool_name_conflict"}"#)?;
    /// let error = ApiError::invalid_request("tools: two have the same name").with_details(details);
    /// assert_eq!(error.error_code().as_deref(), Some("tool_name_conflict"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn with_details(mut self, details: Json) -> Self {
        self.0.response.error.details = Some(details);
        self
    }

    /// Sets the id of the request. A server replaces it with its own.
    #[must_use]
    pub fn with_request_id(mut self, request_id: impl Into<String>) -> Self {
        self.0.response.request_id = Some(request_id.into());
        self
    }

    /// Sets how long to wait before another attempt. A server sends it as the header
    /// `retry-after`, in seconds, rounded up.
    #[must_use]
    pub fn with_retry_after(mut self, retry_after: Duration) -> Self {
        self.0.retry_after = Some(retry_after);
        self
    }

    /// Sets the headers that report rate limits to the caller. Kinds that are absent in `limits` keep their
    /// headers.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    ///
    /// use messages_api::types::rate_limits::{RateLimit, RateLimits};
    /// use messages_api::{ApiError, ErrorType};
    ///
    /// let wait = Duration::from_secs(30);
    /// let mut limits = RateLimits::default();
    /// limits.requests = Some(RateLimit::new(50, 0).reset_at(SystemTime::now() + wait));
    ///
    /// let error = ApiError::new(ErrorType::RateLimit, "At most 50 requests per minute")
    ///     .with_retry_after(wait)
    ///     .with_rate_limits(&limits);
    /// assert_eq!(error.headers()["anthropic-ratelimit-requests-remaining"], "0");
    /// ```
    #[must_use]
    pub fn with_rate_limits(mut self, limits: &RateLimits) -> Self {
        limits.write(&mut self.0.headers);
        self
    }

    /// Sets whether to send the request again, the header `x-should-retry`.
    #[must_use]
    pub fn with_should_retry(mut self, should_retry: bool) -> Self {
        self.0.should_retry = Some(should_retry);
        self
    }
}

impl From<ErrorResponse> for ApiError {
    /// Creates an error from JSON that was received without an HTTP status of its own,
    /// as in a stream. The status is the one that belongs to the type.
    fn from(response: ErrorResponse) -> Self {
        Self::from_response(response.error.r#type.status(), response)
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { status, response, retry_after, should_retry, headers, hidden: _ } = &*self.0;
        f.debug_struct("ApiError")
            .field("status", &status.as_u16())
            .field("response", response)
            .field("retry_after", retry_after)
            .field("should_retry", should_retry)
            .field("headers", headers)
            .finish()
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.error_type(), self.status().as_u16(), self.message())?;
        if let Some(request_id) = self.request_id() {
            write!(f, " [{request_id}]")?;
        }
        Ok(())
    }
}

impl StdError for ApiError {}
