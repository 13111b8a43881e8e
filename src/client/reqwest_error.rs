//! Conversion of reqwest's errors.
//!
//! URLs are removed from them: a `reqwest::Client` supplied by the user may put
//! secrets into the URLs that it calls.

use crate::error::{Error, ErrorKind, chain};

/// Converts an error that occurred before the head of the HTTP response
/// arrived.
pub(super) fn before_response(error: reqwest::Error) -> Error {
    let (kind, message) = if error.is_timeout() && error.is_connect() {
        (ErrorKind::Timeout, "no connection within connect_timeout")
    } else if error.is_timeout() {
        (ErrorKind::Timeout, "no response within the time limit of the reqwest::Client")
    } else if error.is_connect() {
        (ErrorKind::Connect, "no connection could be established")
    } else if error.is_builder() {
        (ErrorKind::Config, "the request cannot be sent")
    } else if error.is_redirect() {
        return followed_redirect().with_source(error.without_url());
    } else {
        (ErrorKind::Transport, "the connection broke before the response arrived")
    };
    Error::new(kind, message).with_source(error.without_url())
}

/// Returns `true` if what the server sent is not an HTTP response.
///
/// Of a response that breaks off, hyper's errors do not say whether any byte of it had arrived.
pub(super) fn is_malformed(error: &Error) -> bool {
    chain(error).any(|source| source.downcast_ref().is_some_and(hyper::Error::is_parse))
}

/// Returns the error for a user's `reqwest::Client` that follows redirects.
pub(super) fn followed_redirect() -> Error {
    Error::new(
        ErrorKind::Config,
        "transport: the reqwest::Client followed a redirect; its redirect policy must be `none`",
    )
}

/// Converts an error that occurred while the body of the HTTP response was
/// read.
pub(super) fn in_body(error: reqwest::Error) -> Error {
    let (kind, message) = if error.is_timeout() {
        (ErrorKind::Timeout, "the response was not complete within the time limit of the reqwest::Client")
    } else {
        (ErrorKind::Transport, "the connection broke before the response was complete")
    };
    Error::new(kind, message).with_source(error.without_url())
}
