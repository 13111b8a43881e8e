//! Errors as they travel.

use http::StatusCode;

use crate::json::Json;
use crate::wire::{wire_string, wire_struct};

wire_struct! {
    /// The error envelope: the body of every answer that is no success, and
    /// the `error` event of a stream.
    ///
    /// ```
    /// use messages_api::types::ErrorResponse;
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
    /// use messages_api::ErrorType;
    /// use messages_api::types::ErrorObject;
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
