//! How subscribers learn of a failed call.

use std::error::Error as _;

use super::{Error, ErrorKind, causes};
use crate::text;

/// The maximum length in bytes of the name of an error type, which a server can choose freely.
const MAX_TYPE_BYTES: usize = 64;

impl Error {
    /// Reports that a call has failed, and why. It is a warning unless the call was forwarded, for then it is the
    /// failure of a request, which is reported where that is served.
    pub(crate) fn report(&self, is_forwarded: bool) {
        macro_rules! report {
            ($level:ident) => {
                tracing::$level!(
                    kind = ?self.kind(),
                    status = self.status().map(|status| status.as_u16()),
                    error_type = self.error_type(),
                    request_id = self.request_id(),
                    attempts = self.attempts(),
                    cause = self.loggable_causes(),
                    "the call failed"
                )
            };
        }
        if is_forwarded { report!(debug) } else { report!(warn) }
    }

    /// Returns why a request failed that a handler could not serve because of this error.
    #[cfg(feature = "server")]
    pub(super) fn loggable_cause(&self) -> String {
        match (self.status(), self.error_type()) {
            (Some(status), Some(name)) => format!("the upstream responded with {} {name}", status.as_u16()),
            _ => self.loggable_causes().unwrap_or_else(|| format!("{:?}", self.kind())),
        }
    }

    /// Returns the texts of the error and of its sources, as far as a log may show them.
    ///
    /// The text of an error of the server may quote the request, and that of one of the protocol the
    /// response. The texts of the others come from this crate, from the HTTP stack, or from a layer or
    /// provider of the user.
    fn loggable_causes(&self) -> Option<String> {
        let may_quote = match self.kind() {
            ErrorKind::Api => true,
            ErrorKind::Protocol | ErrorKind::Output => !self.0.quotes_nothing,
            _ => false,
        };
        (!may_quote).then(|| causes(self.0.message.clone(), self.source()))
    }

    fn error_type(&self) -> Option<&str> {
        self.api_error().map(|error| text::start(error.error_type().as_str(), MAX_TYPE_BYTES))
    }

    /// Records in the span of a call or of an attempt that it has failed, and with which type of error.
    pub(crate) fn record_in(&self, span: &tracing::Span) {
        match self.api_error() {
            Some(api_error) => span.record("error.type", api_error.error_type().as_str()),
            None => span.record("error.type", format!("{:?}", self.kind())),
        };
        span.record("otel.status_code", "ERROR");
    }
}
