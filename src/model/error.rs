//! Errors as they travel.

use std::fmt;
use std::time::Duration;

use http::StatusCode;
use serde::Deserialize;

use crate::json::Json;
use crate::wire::{wire_string, wire_struct};

wire_struct! {
    /// The error envelope: the body of every answer that is no success, and
    /// the `error` event of a stream.
    ///
    /// ```
    /// use messages_api::ErrorResponse;
    ///
    /// let json = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":null}"#;
    /// let response: ErrorResponse = serde_json::from_str(json)?;
    /// assert_eq!(response.error.message, "Overloaded");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct ErrorResponse = "error",
        /// The envelope of `error`.
        pub fn new;
    required {
        /// What went wrong.
        error: ErrorObject,
    }
    optional {
        /// Names the request; the header `request-id` is the authority.
        request_id: String,
    }
}

wire_struct! {
    /// What went wrong.
    ///
    /// ```
    /// use messages_api::{ErrorObject, ErrorType};
    ///
    /// let error = ErrorObject::new(ErrorType::NotFound, "model: nope");
    /// ```
    pub struct ErrorObject,
        /// An error of the kind `type`.
        pub fn new;
    required {
        /// The kind of error; what to match on.
        r#type: ErrorType,
        /// For people; may change.
        message: String,
    }
    optional {
        /// More for programs: an object with `error_code` and what belongs to it.
        details: Json,
    }
}

wire_string! {
    /// The kind of an error.
    ///
    /// ```
    /// use messages_api::ErrorType;
    ///
    /// assert_eq!(ErrorType::Overloaded.status().as_u16(), 529);
    /// ```
    pub enum ErrorType {
        /// 400: the request cannot be served as it is.
        InvalidRequest = "invalid_request_error",
        /// 401: no valid credential.
        Authentication = "authentication_error",
        /// 402: no credit.
        Billing = "billing_error",
        /// 403: not allowed.
        Permission = "permission_error",
        /// 404: no such route, model or object.
        NotFound = "not_found_error",
        /// 409: at odds with the state of something.
        Conflict = "conflict_error",
        /// 413: the body is too large.
        RequestTooLarge = "request_too_large",
        /// 429: too many requests or tokens.
        RateLimit = "rate_limit_error",
        /// 500: the server failed.
        Api = "api_error",
        /// 504: it took too long.
        Timeout = "timeout_error",
        /// 529: the server has too much to do.
        Overloaded = "overloaded_error",
    }
}

impl ErrorType {
    /// The HTTP status that goes with it; 500 where it is not known.
    pub fn status(&self) -> StatusCode {
        let code = match self {
            Self::InvalidRequest => 400,
            Self::Authentication => 401,
            Self::Billing => 402,
            Self::Permission => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::RequestTooLarge => 413,
            Self::RateLimit => 429,
            Self::Timeout => 504,
            Self::Overloaded => 529,
            Self::Api | Self::Unknown(_) => 500,
        };
        StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The kind that goes with an HTTP status, for answers that name none.
    pub fn from_status(status: StatusCode) -> Self {
        match status.as_u16() {
            401 => Self::Authentication,
            402 => Self::Billing,
            403 => Self::Permission,
            404 => Self::NotFound,
            409 => Self::Conflict,
            413 => Self::RequestTooLarge,
            429 => Self::RateLimit,
            504 => Self::Timeout,
            529 => Self::Overloaded,
            400..=499 => Self::InvalidRequest,
            _ => Self::Api,
        }
    }
}

/// An error of the protocol, with the HTTP status and headers it travels
/// with. Handlers return it; a client receives it within
/// [`Error`](crate::Error).
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
