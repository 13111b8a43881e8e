//! Errors as they appear on the wire.

use http::StatusCode;

use crate::json::Json;
use crate::wire::{wire_string, wire_struct};

wire_struct! {
    /// The JSON body of an error response, and the payload of the `error` event of a stream.
    ///
    /// Most programs see it as an [`ApiError`](crate::error::ApiError), which adds the HTTP status; a
    /// `Handler` returns an `ApiError`, too, if a request fails. Use this type directly for JSON that does
    /// not come from this crate's client or server.
    ///
    /// ```
    /// use messages_api::ErrorType;
    /// use messages_api::types::ErrorResponse;
    ///
    /// let json = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},
    ///     "request_id":null}"#;
    /// let response: ErrorResponse = serde_json::from_str(json)?;
    /// assert_eq!(response.error.r#type, ErrorType::Overloaded);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct ErrorResponse = "error" or absent,
        /// Creates an error body that holds `error`.
        pub fn new;
    required {
        /// The error itself.
        error: ErrorObject,
    }
    optional {
        /// The id of the failed request. The `request-id` response header takes precedence over it.
        request_id: String,
    }
}

wire_struct! {
    /// The error inside an [`ErrorResponse`]: its type and a message for people.
    pub struct ErrorObject,
        /// Creates an error of the given type.
        pub fn new;
    required {}
    defaulted {
        /// The type of the error, for programs to match on.
        r#type: ErrorType,
        /// A description for people; its wording may change at any time.
        message: String,
    }
    optional {
        /// Details for programs: an object with an `error_code` and the fields that belong to it.
        details: Json,
    }
}

wire_string! {
    /// The type of an error, which corresponds to an HTTP status.
    ///
    /// ```
    /// use messages_api::ErrorType;
    ///
    /// assert_eq!(ErrorType::Overloaded.as_str(), "overloaded_error");
    /// assert_eq!(ErrorType::Overloaded.status().as_u16(), 529);
    /// ```
    pub enum ErrorType {
        /// 400: the request is malformed or breaks a rule of the API. Also the type of other 4xx statuses
        /// that have none of their own.
        InvalidRequest = "invalid_request_error",
        /// 401: the credential is missing or invalid.
        Authentication = "authentication_error",
        /// 402: the account cannot pay for the request.
        Billing = "billing_error",
        /// 403: the credential does not permit the request.
        Permission = "permission_error",
        /// 404: the route, the model or another resource does not exist.
        NotFound = "not_found_error",
        /// 409: the request conflicts with the current state of a resource.
        Conflict = "conflict_error",
        /// 413: the request body is too large.
        RequestTooLarge = "request_too_large",
        /// 429: the caller has sent too many requests or tokens. The `retry-after` header, if present,
        /// gives the time to wait.
        RateLimit = "rate_limit_error",
        /// 500: the server failed.
        Api = "api_error",
        /// 504: the request took too long.
        Timeout = "timeout_error",
        /// 529: the server is overloaded.
        Overloaded = "overloaded_error",
    }
}

impl ErrorType {
    /// Returns the HTTP status of this error type; 500 if the type is unknown.
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

    /// Returns the error type of an HTTP status, for error responses whose body names none.
    ///
    /// A 4xx status without a type of its own is [`InvalidRequest`](Self::InvalidRequest); every other
    /// status without one is [`Api`](Self::Api).
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
