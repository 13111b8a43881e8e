//! How subscribers learn of a failed call.

use super::{ApiError, Error, ErrorKind, chain};
use crate::text;

/// The maximum length in bytes of the name of an error type, which a server can choose freely.
const MAX_TYPE_BYTES: usize = 64;

impl Error {
    /// Reports that a call has failed, and why.
    ///
    /// An error of the server is reported by its type, because its text may quote the request, and one of
    /// the protocol by its kind, because its text may quote the response. The texts of the others come from
    /// this crate, from the HTTP stack, or from a layer or provider of the user.
    pub(crate) fn report(&self) {
        use ErrorKind::{Config, Connect, Credential, Incomplete, Layer, Timeout, TooLarge, Transport};
        let kinds = [Config, Connect, Credential, Incomplete, Layer, Timeout, TooLarge, Transport];
        tracing::warn!(
            kind = ?self.kind(),
            status = self.status().map(|status| status.as_u16()),
            error_type = self.api_error().map(ApiError::error_type).map(|name| {
                text::start(name.as_str(), MAX_TYPE_BYTES)
            }),
            request_id = self.request_id(),
            attempts = self.attempts(),
            cause = kinds.contains(&self.kind()).then(|| self.causes()),
            "the call failed"
        );
    }

    /// Returns why a call failed that a handler made, as far as a log may show it.
    #[cfg(feature = "server")]
    pub(super) fn loggable_cause(&self) -> String {
        match self.kind() {
            ErrorKind::Api | ErrorKind::Protocol | ErrorKind::Output => format!("{:?}", self.kind()),
            _ => self.causes(),
        }
    }

    /// Records in the span of a call or of an attempt that it has failed, and with which type of error.
    pub(crate) fn record_in(&self, span: &tracing::Span) {
        match self.api_error() {
            Some(api_error) => span.record("error.type", api_error.error_type().as_str()),
            None => span.record("error.type", format!("{:?}", self.kind())),
        };
        span.record("otel.status_code", "ERROR");
    }

    /// Returns the texts of the error and of its sources.
    fn causes(&self) -> String {
        let mut causes = self.0.message.clone();
        for cause in chain(self).skip(1) {
            causes.push_str(": ");
            causes.push_str(&cause.to_string());
        }
        causes
    }
}
