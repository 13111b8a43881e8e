//! Conversion of an error into the one that the caller of a server receives.

use super::{ApiError, Error, ErrorKind};
use crate::types::ErrorType;

/// Converts the error of a handler into the error that the handler's caller receives.
///
/// An [`ApiError`] of the handler itself remains as it is. The error of a client that
/// the handler called, as in a gateway, is converted so that the caller learns nothing
/// about the gateway's credential and configuration:
///
/// | error of the upstream call | error for the caller |
/// |---|---|
/// | error response, or `error` event of a stream, with the status 400, 402, 404, 409, 413, 422, 429, 500, 504 or 529 | the same, including `details`, `retry-after` and `x-should-retry` |
/// | error response with the status 401 or 403: the upstream rejects the gateway's own credential | 500 `api_error`, with `x-should-retry: false` |
/// | error response with any other status | 500 `api_error`, with the same `retry-after` and `x-should-retry` |
/// | [`ErrorKind::Timeout`] | 504 `timeout_error` |
/// | any other kind | 500 `api_error` |
impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let is_own = !error.0.from_upstream;
        match error.0.kind {
            ErrorKind::Api => match error.0.api_error {
                Some(error) if is_own => error,
                Some(error) => forwarded(error),
                None => Self::internal(),
            },
            ErrorKind::Timeout => Self::new(ErrorType::Timeout, "The upstream did not respond in time"),
            ErrorKind::Config => Self::internal(),
            ErrorKind::Connect
            | ErrorKind::Transport
            | ErrorKind::Protocol
            | ErrorKind::Incomplete
            | ErrorKind::TooLarge => upstream_failed(),
        }
    }
}

/// Returns the error for a gateway's caller, given that of its upstream.
///
/// The status decides, because an upstream may combine it with any error type. The match
/// is nevertheless on the type that belongs to the status: a new [`ErrorType`] then does
/// not compile until it is decided whether it is forwarded.
fn forwarded(error: ApiError) -> ApiError {
    let status = error.status().as_u16();
    match ErrorType::from_status(error.status()) {
        ErrorType::Authentication | ErrorType::Permission => ApiError::internal().with_should_retry(false),
        ErrorType::Billing
        | ErrorType::NotFound
        | ErrorType::Conflict
        | ErrorType::RequestTooLarge
        | ErrorType::RateLimit
        | ErrorType::Timeout
        | ErrorType::Overloaded => error,
        ErrorType::InvalidRequest if matches!(status, 400 | 422) => error,
        ErrorType::Api if status == 500 => error,
        ErrorType::InvalidRequest | ErrorType::Api | ErrorType::Unknown(_) => {
            let mut failed = upstream_failed();
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

fn upstream_failed() -> ApiError {
    ApiError::new(ErrorType::Api, "The upstream failed")
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;
    use crate::types::{ErrorObject, ErrorResponse};

    /// Checks the table in the documentation for all statuses.
    #[test]
    fn the_upstreams_status_decides_what_the_caller_receives() {
        for code in 100..=999 {
            let status = StatusCode::from_u16(code).expect("a status");
            // The type must not matter.
            let response = ErrorResponse::new(ErrorObject::new(ErrorType::from("marker_error"), "marker"));
            let received = ApiError::from_response(status, response).with_should_retry(true);
            let own = ApiError::from(Error::from(received.clone()));
            assert_eq!(own, received, "{code}");

            let error = ApiError::from(Error::from(received.clone()).mark_from_upstream());
            match code {
                400 | 402 | 404 | 409 | 413 | 422 | 429 | 500 | 504 | 529 => {
                    assert_eq!(error, received, "{code}");
                }
                401 | 403 => assert_eq!(error, ApiError::internal().with_should_retry(false), "{code}"),
                _ => assert_eq!(error, upstream_failed().with_should_retry(true), "{code}"),
            }
        }
    }
}
