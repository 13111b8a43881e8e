//! Routing: from method and path to an endpoint.

use http::{Method, StatusCode};

use crate::error::ApiError;
use crate::types::ErrorType;

/// The method of every endpoint.
pub(super) const METHOD: &str = "POST";

/// An endpoint of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// `POST …/messages`
    CreateMessage,
    /// `POST …/messages/count_tokens`
    CountTokens,
}

impl Route {
    /// Returns the name of the operation in OpenTelemetry's conventions.
    #[cfg(feature = "tracing")]
    pub(super) fn operation(self) -> &'static str {
        match self {
            Self::CreateMessage => "chat",
            Self::CountTokens => "count_tokens",
        }
    }

    /// Finds the endpoint of a request by the end of its path: a service may be mounted below any
    /// prefix, and clients disagree on whether the base URL ends in `/v1`.
    pub(super) fn find(method: &Method, path: &str) -> Result<Self, ApiError> {
        let mut segments = path.trim_end_matches('/').rsplit('/');
        let route = match (segments.next(), segments.next()) {
            (Some("messages"), _) => Self::CreateMessage,
            (Some("count_tokens"), Some("messages")) => Self::CountTokens,
            _ => return Err(ApiError::not_found("Not found: no such endpoint")),
        };
        if method != METHOD {
            let message = format!("Method not allowed: use {METHOD}");
            let error = ApiError::new(ErrorType::InvalidRequest, message);
            return Err(error.with_status(StatusCode::METHOD_NOT_ALLOWED));
        }
        Ok(route)
    }
}
