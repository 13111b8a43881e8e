//! Conversion of an error into the one that the caller of a server receives.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::{ApiError, Error, ErrorKind, Mark, REQUEST_ID};
use crate::types::ErrorType;

/// Converts the error of a handler into the error that the handler's caller receives.
///
/// An [`ApiError`] of the handler itself remains as it is. The error of a client that
/// the handler called, as in a gateway, is converted so that the caller learns what the
/// upstream said, but nothing about the gateway's credential:
///
/// | status of the upstream's error | status for the caller | text for the caller |
/// |---|---|---|
/// | 401 | 500, `x-should-retry: false` | `Internal server error` |
/// | 400–499 | unchanged | unchanged |
/// | 500, 501, 504 | unchanged | unchanged |
/// | 503, 529 | 529, `overloaded_error` | unchanged |
/// | 502, 520–527 | 502, `api_error` | that of an error document, or else `The upstream failed` |
/// | 300–399 | 502, `api_error`, `x-should-retry: false` | that of an error document, or else `The upstream failed` |
/// | any other | 502, `api_error` | that of an error document, or else `The upstream failed` |
///
/// Unchanged errors keep their type and their `details`. The status 401 means that the upstream
/// rejects the gateway's own credential; if the request carried that of the caller
/// (`Client::with_caller_credential`), the status and the text are unchanged.
///
/// | other error of a client | for the caller |
/// |---|---|
/// | [`ErrorKind::Timeout`] | 504 `timeout_error` |
/// | [`ErrorKind::Connect`], [`ErrorKind::Transport`], [`ErrorKind::Incomplete`] | 502 `api_error` |
/// | [`ErrorKind::Protocol`], [`ErrorKind::TooLarge`] | 502 `api_error`, `x-should-retry: false` |
/// | [`ErrorKind::Config`], [`ErrorKind::Credential`] | 500 `api_error`, `x-should-retry: false` |
/// | [`ErrorKind::Layer`] | 500 `api_error` |
/// | [`ErrorKind::Output`] | 502 `api_error`, `x-should-retry: false` |
///
/// All errors keep the headers `retry-after`, `x-should-retry`, `anthropic-ratelimit-*`,
/// `anthropic-priority-*` and `anthropic-fast-*` of the upstream, and its `request-id` as
/// `upstream-request-id`, and those that `ClientBuilder::forward_response_headers` adds; after a 401
/// that is hidden, only the `upstream-request-id`. A stream that a handler wrote itself and that breaks
/// the protocol is a 500 `api_error`.
impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        Self::for_caller(&error)
    }
}

impl ApiError {
    /// Returns the error that the caller receives.
    pub(crate) fn for_caller(error: &Error) -> Self {
        let inner = &*error.0;
        let unknown = Forwarding::default();
        let forwarding = inner.forwarding.as_ref().unwrap_or(&unknown);
        let mut headers = forwarding.headers(&inner.headers);
        let mut converted = match (inner.kind, &inner.api_error) {
            // A policy around a client's stream speaks for this server.
            (ErrorKind::Api, Some(error)) if !inner.from_upstream || matches!(error.mark(), Mark::Policy) => {
                return error.clone();
            }
            (ErrorKind::Api, Some(error))
                if error.status() == StatusCode::UNAUTHORIZED && !forwarding.is_callers_credential =>
            {
                headers = headers
                    .remove(UPSTREAM_REQUEST_ID)
                    .map(|id| (UPSTREAM_REQUEST_ID, id))
                    .into_iter()
                    .collect();
                Self::internal().with_should_retry(false)
            }
            (ErrorKind::Api, Some(error)) => {
                let is_callers = forwarding.is_callers_credential;
                let is_limit = error.status() == StatusCode::TOO_MANY_REQUESTS;
                let mark = if is_callers && is_limit { Mark::CallerLimited } else { Mark::None };
                forwarded(error.clone(), inner.has_document).with_mark(mark)
            }
            (ErrorKind::Timeout, _) => Self::new(ErrorType::Timeout, "The upstream did not respond in time"),
            // The fault is this server's own, so that another attempt ends in the same way.
            (ErrorKind::Config | ErrorKind::Credential, _) => Self::internal().with_should_retry(false),
            (ErrorKind::Layer | ErrorKind::Api, _) => Self::internal(),
            (ErrorKind::Connect | ErrorKind::Transport, _) => bad_gateway(FAILED),
            (ErrorKind::Protocol | ErrorKind::Incomplete | ErrorKind::TooLarge, _)
                if !inner.from_upstream =>
            {
                Self::new(ErrorType::Api, BROKEN_OFF)
            }
            (ErrorKind::Incomplete, _) => bad_gateway(FAILED),
            (ErrorKind::Protocol | ErrorKind::Output | ErrorKind::TooLarge, _) => {
                bad_gateway(FAILED).with_should_retry(false)
            }
        };
        #[cfg(all(feature = "server", feature = "tracing"))]
        {
            converted = converted.with_cause(error.loggable_cause());
        }
        converted.headers_mut().extend(headers);
        converted
    }
}

const FAILED: &str = "The upstream failed";

/// For the stream of a handler that has no upstream.
const BROKEN_OFF: &str = "The server could not complete the message";

/// The maximum length in bytes of a header that is forwarded because a setting says so.
const MAX_HEADER_BYTES: usize = 4096;

const UPSTREAM_REQUEST_ID: HeaderName = HeaderName::from_static("upstream-request-id");

/// Returns the error for a gateway's caller, given that of its upstream.
///
/// The status decides, because an upstream may combine it with any error type.
fn forwarded(error: ApiError, has_document: bool) -> ApiError {
    let (wait, should_retry) = (error.retry_after(), error.should_retry());
    let mut converted = match error.status().as_u16() {
        400..=499 | 500 | 501 | 504 => return error,
        503 | 529 => ApiError::new(ErrorType::Overloaded, error.message()),
        _ => bad_gateway(if has_document { error.message() } else { FAILED }),
    };
    if let Some(wait) = wait {
        converted = converted.with_retry_after(wait);
    }
    // What would only be sent elsewhere again will not succeed later.
    match should_retry.or_else(|| error.status().is_redirection().then_some(false)) {
        Some(should_retry) => converted.with_should_retry(should_retry),
        None => converted,
    }
}

fn bad_gateway(message: &str) -> ApiError {
    ApiError::new(ErrorType::Api, message).with_status(StatusCode::BAD_GATEWAY)
}

/// What a gateway passes on of the HTTP response of its upstream.
#[derive(Clone, Default)]
pub(crate) struct Forwarding {
    /// Headers beside the usual ones.
    pub(crate) response_headers: Arc<[HeaderName]>,
    /// Whether the request carried the credential of the caller, who then learns that it is rejected.
    pub(crate) is_callers_credential: bool,
}

impl Forwarding {
    /// Returns those of `headers` that are forwarded to the caller.
    pub(crate) fn headers(&self, headers: &HeaderMap) -> HeaderMap {
        const PREFIXES: [&str; 3] = ["anthropic-ratelimit-", "anthropic-priority-", "anthropic-fast-"];
        let is_limit = |name: &str| PREFIXES.iter().any(|prefix| name.starts_with(prefix));
        let is_forwarded = |name: &HeaderName, value: &HeaderValue| {
            is_limit(name.as_str()) || self.response_headers.contains(name) && value.len() <= MAX_HEADER_BYTES
        };
        let mut forwarded = HeaderMap::new();
        for (name, value) in headers.iter().filter(|(name, value)| is_forwarded(name, value)) {
            forwarded.append(name, value.clone());
        }
        if let Some(request_id) = headers.get(REQUEST_ID) {
            forwarded.insert(UPSTREAM_REQUEST_ID, request_id.clone());
        }
        forwarded
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{ErrorObject, ErrorResponse};

    /// What the caller receives for an error of the upstream.
    fn converted(status: StatusCode, has_document: bool, headers: &HeaderMap) -> ApiError {
        // The type must not matter.
        let response = ErrorResponse::new(ErrorObject::new(ErrorType::from("marker_error"), "marker"));
        let mut error = Error::from(ApiError::from_response(status, response)).mark_from_upstream();
        error.0.has_document = has_document;
        ApiError::from(error.with_headers(headers.clone()))
    }

    /// The rows of the table in the documentation: the statuses and what becomes of them.
    fn table() -> Vec<(Vec<u16>, &'static str, &'static str)> {
        let rows = include_str!("upstream.rs").lines().filter_map(|line| line.strip_prefix("/// | "));
        let cells = rows.map(|row| row.trim_end_matches(" |").split(" | ").collect::<Vec<_>>());
        let cells = cells.filter(|cells| cells.len() == 3).skip(1);
        let number = |text: &str| text.trim().parse::<u16>().expect("a status");
        let range = |text: &str| match text.split_once('–') {
            Some((first, last)) => (number(first)..=number(last)).collect(),
            None if text == "any other" => (100..=999).collect(),
            None => vec![number(text)],
        };
        cells
            .map(|row| (row[0].split(',').flat_map(|part| range(part.trim())).collect(), row[1], row[2]))
            .collect()
    }

    #[test]
    fn the_table_holds_for_every_status() {
        let table = table();
        assert_eq!(table.len(), 7);
        let (mut headers, none) = (HeaderMap::new(), HeaderMap::new());
        headers.insert("request-id", HeaderValue::from_static("req_up"));
        headers.insert("anthropic-ratelimit-a", HeaderValue::from_static("1"));
        for code in 100..=999 {
            let status = StatusCode::from_u16(code).expect("a status");
            let (_, result, text) = table.iter().find(|(codes, ..)| codes.contains(&code)).expect("a row");
            for has_document in [true, false] {
                let error = converted(status, has_document, &none);
                let expected = match result.split(',').next() {
                    Some("unchanged") => code,
                    Some(code) => code.parse().expect("a status"),
                    None => unreachable!(),
                };
                assert_eq!(error.status().as_u16(), expected, "{code}");
                let is_final = result.contains("x-should-retry: false");
                assert_eq!(error.should_retry(), is_final.then_some(false), "{code}");
                let error_type = match result.split_once("`") {
                    None => "marker_error",
                    Some((_, rest)) if rest.starts_with("x-should") => "api_error",
                    Some((_, rest)) => rest.split('`').next().expect("a type"),
                };
                assert_eq!(error.error_type().as_str(), error_type, "{code}");
                let expected = match *text {
                    "unchanged" => "marker",
                    "`Internal server error`" => "Internal server error",
                    _ if has_document => "marker",
                    _ => FAILED,
                };
                assert_eq!(error.message(), expected, "{code}");
            }
            let error = converted(status, true, &headers);
            assert_eq!(error.headers()["upstream-request-id"], "req_up");
            assert_eq!(error.headers().len(), if code == 401 { 1 } else { 2 }, "{code}");
        }
    }

    #[test]
    fn an_error_of_the_handler_itself_stays_as_it_is() {
        for code in 100..=999 {
            let status = StatusCode::from_u16(code).expect("a status");
            let own = ApiError::internal().with_status(status);
            assert_eq!(ApiError::from(Error::from(own.clone())), own);
            let of_policy = Error::from(own.clone().with_mark(Mark::Policy)).mark_from_upstream();
            assert_eq!(ApiError::from(of_policy), own);
        }
    }

    #[test]
    fn a_call_without_a_response_is_a_bad_gateway() {
        for (kind, status, should_retry) in [
            (ErrorKind::Timeout, 504, None),
            (ErrorKind::Connect, 502, None),
            (ErrorKind::Transport, 502, None),
            (ErrorKind::Incomplete, 502, None),
            (ErrorKind::Protocol, 502, Some(false)),
            (ErrorKind::TooLarge, 502, Some(false)),
            (ErrorKind::Config, 500, Some(false)),
            (ErrorKind::Credential, 500, Some(false)),
            (ErrorKind::Layer, 500, None),
            (ErrorKind::Output, 502, Some(false)),
        ] {
            let error = ApiError::from(Error::new(kind, "marker").mark_from_upstream());
            assert_eq!((error.status().as_u16(), error.should_retry()), (status, should_retry), "{kind:?}");
            assert!(!format!("{error:?}").contains("marker"));
        }
    }
}
