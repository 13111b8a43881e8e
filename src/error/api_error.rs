//! TODO.

use std::fmt;
use std::time::Duration;

use http::StatusCode;
use serde::Deserialize;

use crate::json::Json;
use crate::types::{ErrorObject, ErrorResponse, ErrorType};

/// An error of the protocol, with the HTTP status and headers it travels
/// with. Handlers return it; a client receives it within
/// [`Error`](crate::error::Error).
///
/// Whatever stands in it is shown to the caller, so nothing internal belongs
/// here.
///
/// ```
/// use messages_api::{ApiError, ErrorType};
///
/// let error = ApiError::new(ErrorType::RateLimit, "slow down").with_retry_after(std::time::Duration::from_secs(5));
/// assert_eq!(error.status().as_u16(), 429);
/// ```
#[derive(Clone, PartialEq)]
pub struct ApiError(Box<Inner>);

#[derive(Clone, PartialEq)]
struct Inner {
    status: StatusCode,
    response: ErrorResponse,
    retry_after: Option<Duration>,
    should_retry: Option<bool>,
}

impl ApiError {
    /// An error of the kind `error_type`, with the status that goes with it.
    pub fn new(error_type: ErrorType, message: impl Into<String>) -> Self {
        let status = error_type.status();
        Self::from_response(status, ErrorResponse::new(ErrorObject::new(error_type, message)))
    }

    /// 400: the request cannot be served as it is. Begin the message with the
    /// path of the field: `max_tokens: must be at least 1`.
    pub fn invalid_request(message: impl Into<String>) -> Self {
        Self::new(ErrorType::InvalidRequest, message)
    }

    /// 404: no such thing.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorType::NotFound, message)
    }

    /// 500, without saying why.
    pub fn internal() -> Self {
        Self::new(ErrorType::Api, "Internal server error")
    }

    /// An error that was received with `status`.
    pub fn from_response(status: StatusCode, response: ErrorResponse) -> Self {
        Self(Box::new(Inner { status, response, retry_after: None, should_retry: None }))
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The kind of error.
    pub fn error_type(&self) -> &ErrorType {
        &self.0.response.error.r#type
    }

    /// For people; may change.
    pub fn message(&self) -> &str {
        &self.0.response.error.message
    }

    /// More for programs.
    pub fn details(&self) -> Option<&Json> {
        self.0.response.error.details.as_ref()
    }

    /// `details.error_code`.
    pub fn error_code(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Code {
            error_code: String,
        }
        self.details()?.decode().ok().map(|Code { error_code }| error_code)
    }

    /// Names the request.
    pub fn request_id(&self) -> Option<&str> {
        self.0.response.request_id.as_deref()
    }

    /// How long to wait before trying again, from the header `retry-after`.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether to try again at all, from the header `x-should-retry`.
    pub fn should_retry(&self) -> Option<bool> {
        self.0.should_retry
    }

    /// The body it travels as.
    pub fn response(&self) -> &ErrorResponse {
        &self.0.response
    }

    /// Sets the HTTP status.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = status;
        self
    }

    /// Sets `details`, an object with an `error_code`.
    #[must_use]
    pub fn with_details(mut self, details: Json) -> Self {
        self.0.response.error.details = Some(details);
        self
    }

    /// Sets the request id.
    #[must_use]
    pub fn with_request_id(mut self, request_id: impl Into<String>) -> Self {
        self.0.response.request_id = Some(request_id.into());
        self
    }

    /// Sets the header `retry-after`; whole seconds travel, rounded up.
    #[must_use]
    pub fn with_retry_after(mut self, retry_after: Duration) -> Self {
        self.0.retry_after = Some(retry_after);
        self
    }

    /// Sets the header `x-should-retry`.
    #[must_use]
    pub fn with_should_retry(mut self, should_retry: bool) -> Self {
        self.0.should_retry = Some(should_retry);
        self
    }
}

impl From<ErrorResponse> for ApiError {
    /// An error received without an HTTP status of its own, as in a stream.
    fn from(response: ErrorResponse) -> Self {
        Self::from_response(response.error.r#type.status(), response)
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { status, response, retry_after, should_retry } = &*self.0;
        f.debug_struct("ApiError")
            .field("status", &status.as_u16())
            .field("response", response)
            .field("retry_after", retry_after)
            .field("should_retry", should_retry)
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

impl std::error::Error for ApiError {}
