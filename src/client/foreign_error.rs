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

/// Converts an error of a layer. One that stems from the network keeps its kind, unlike one of a file that
/// the layer reads, for example.
pub(super) fn of_layer(error: BoxError) -> Error {
    let error = match own(error) {
        Ok(error) => return error,
        Err(error) => error,
    };
    if io_kind(&*error).is_some_and(is_of_network) {
        return of_transport(error);
    }
    Error::new(ErrorKind::Layer, "a layer of the client failed").with_source(error)
}

/// Returns `true` for the kinds of errors that only a connection has.
fn is_of_network(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::NetworkDown
            | io::ErrorKind::NotConnected
            | io::ErrorKind::AddrNotAvailable
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::TimedOut
    )
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

/// Returns the error if it is one of this crate, or of reqwest. One that another error wraps keeps what a
/// caller decides by; the other error becomes its source.
fn own(error: BoxError) -> Result<Error, BoxError> {
    #[cfg(feature = "reqwest")]
    let error = match error.downcast() {
        Ok(error) => return Ok(super::reqwest_error::before_response(*error)),
        Err(error) => error,
    };
    let error = match error.downcast::<Error>() {
        Ok(error) => return Ok(*error),
        Err(error) => error,
    };
    let like = chain(&*error).find_map(|source| source.downcast_ref::<Error>()).map(Error::like);
    match like {
        Some(like) => Ok(like.with_source(error)),
        None => Err(error),
    }
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
