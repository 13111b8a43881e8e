//! Conversion of the errors of transports and layers.

use std::error::Error as StdError;
use std::io;

use crate::error::{Error, ErrorKind, chain};

/// An error of a transport or a layer, of any type.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// Converts an error of a transport, which occurred before the head of the HTTP response arrived.
pub(super) fn of_transport(error: BoxError) -> Error {
    let error = match own(error) {
        Ok(error) => return error,
        Err(error) => error,
    };
    let (kind, message) = match io_kind(&*error) {
        Some(io::ErrorKind::TimedOut) => (ErrorKind::Timeout, "the connection timed out"),
        Some(
            io::ErrorKind::ConnectionRefused
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::AddrNotAvailable
            | io::ErrorKind::NotFound,
        ) => (ErrorKind::Connect, "no connection could be established"),
        _ => (ErrorKind::Transport, "the connection broke before the response arrived"),
    };
    Error::new(kind, message).with_source(error)
}

/// Converts an error of a layer. One that stems from the transport keeps its kind.
pub(super) fn of_layer(error: BoxError) -> Error {
    let error = match own(error) {
        Ok(error) => return error,
        Err(error) => error,
    };
    if io_kind(&*error).is_some() {
        return of_transport(error);
    }
    let inner = chain(&*error).find_map(|source| source.downcast_ref::<Error>());
    let (kind, message) = match inner {
        Some(inner) => (inner.kind(), inner.to_string()),
        None => (ErrorKind::Layer, "a layer of the client failed".to_owned()),
    };
    Error::new(kind, message).with_source(error)
}

/// Converts an error that occurred while the body of the HTTP response was read.
pub(super) fn of_body(error: BoxError) -> Error {
    own_body(error).unwrap_or_else(|error| {
        let message = "the connection broke before the response was complete";
        Error::new(ErrorKind::Transport, message).with_source(error)
    })
}

/// Converts an error of a body that is an event stream.
///
/// A broken connection ends the stream early, like a server that closes it, so
/// both are reported as [`ErrorKind::Incomplete`].
pub(super) fn of_stream(error: Error) -> Error {
    if error.kind() != ErrorKind::Transport {
        return error;
    }
    Error::new(ErrorKind::Incomplete, "the connection broke before the message was complete")
        .with_source(error)
}

/// Returns the error if it is one of this crate, or of reqwest.
fn own(error: BoxError) -> Result<Error, BoxError> {
    #[cfg(feature = "reqwest")]
    let error = match error.downcast() {
        Ok(error) => return Ok(super::reqwest_error::before_response(*error)),
        Err(error) => error,
    };
    error.downcast().map(|error| *error)
}

/// The same for an error of a body.
fn own_body(error: BoxError) -> Result<Error, BoxError> {
    #[cfg(feature = "reqwest")]
    let error = match error.downcast() {
        Ok(error) => return Ok(super::reqwest_error::in_body(*error)),
        Err(error) => error,
    };
    error.downcast().map(|error| *error)
}

/// Returns the kind of the I/O error from which `error` stems.
fn io_kind(error: &(dyn StdError + 'static)) -> Option<io::ErrorKind> {
    chain(error).find_map(|source| source.downcast_ref::<io::Error>()).map(io::Error::kind)
}
