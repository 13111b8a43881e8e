//! The span of a request, for whoever subscribes to it.
//!
//! Its fields have the names of OpenTelemetry's semantic conventions for HTTP servers and for generative AI.
//! There is never content in them, nor a header or a query, in which secrets may be.

use http::{Method, StatusCode, Uri};
#[cfg(feature = "tracing")]
use tracing::{
    Level,
    field::{Empty, display},
};

use super::request_id::RequestId;
use super::route::Operation;
#[cfg(feature = "tracing")]
use crate::ends::End;
use crate::ends::{Outcome, Principal};
#[cfg(feature = "tracing")]
use crate::error::ApiError;
#[cfg(feature = "tracing")]
use crate::text;

/// The maximum length in bytes of the model and of an error type, which a caller or a handler can choose
/// freely.
#[cfg(feature = "tracing")]
const MAX_NAME_BYTES: usize = 64;

/// The span of a request, from its head to the end of the HTTP response. It ends when the last clone is
/// dropped.
///
/// Without the feature `tracing` it is nothing.
#[derive(Clone, Debug)]
pub(super) struct Span(#[cfg(feature = "tracing")] tracing::Span);

#[cfg(not(feature = "tracing"))]
#[allow(clippy::unused_self)]
impl Span {
    pub(super) fn of_request(_: &Method, _: &Uri, _: &RequestId) -> Self {
        Self()
    }

    pub(super) fn wants_outcome(&self) -> bool {
        false
    }

    pub(super) fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        work()
    }

    pub(super) fn record_operation(&self, _: Operation) {}

    pub(super) fn record_principal(&self, _: &Principal) {}

    pub(super) fn record_model(&self, _: &str) {}

    pub(super) fn record_status(&self, _: StatusCode) {}

    pub(super) fn record_outcome(&self, _: &Outcome) {}
}

#[cfg(feature = "tracing")]
impl Span {
    /// Starts the span of a request.
    pub(super) fn of_request(method: &Method, uri: &Uri, request_id: &RequestId) -> Self {
        Self(tracing::info_span!(
            "request",
            otel.name = method.as_str(),
            otel.kind = "server",
            otel.status_code = Empty,
            http.request.method = method.as_str(),
            http.response.status_code = Empty,
            url.path = uri.path(),
            request_id = request_id.as_str(),
            user.id = Empty,
            gen_ai.operation.name = Empty,
            gen_ai.request.model = Empty,
            gen_ai.response.finish_reasons = Empty,
            gen_ai.usage.input_tokens = Empty,
            gen_ai.usage.output_tokens = Empty,
            gen_ai.usage.cache_read.input_tokens = Empty,
            gen_ai.usage.cache_creation.input_tokens = Empty,
            gen_ai.server.time_to_first_token = Empty,
            end = Empty,
            error.r#type = Empty,
        ))
    }

    /// Returns `true` if the end of the request would be recorded or reported.
    pub(super) fn wants_outcome(&self) -> bool {
        !self.0.is_disabled() || tracing::enabled!(Level::WARN)
    }

    /// Does a part of the work of the request within the span.
    pub(super) fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        self.0.in_scope(work)
    }

    pub(super) fn record_operation(&self, operation: Operation) {
        self.0.record("gen_ai.operation.name", operation.name());
        self.0.record("otel.name", operation.name());
    }

    pub(super) fn record_principal(&self, principal: &Principal) {
        self.0.record("user.id", principal.id());
    }

    pub(super) fn record_model(&self, model: &str) {
        self.0.record("gen_ai.request.model", text::start(model, MAX_NAME_BYTES));
    }

    pub(super) fn record_status(&self, status: StatusCode) {
        self.0.record("http.response.status_code", status.as_u16());
        tracing::debug!(parent: &self.0, status = status.as_u16(), "responded to a request");
    }

    /// Records how the request ended, and reports a failure.
    pub(super) fn record_outcome(&self, outcome: &Outcome) {
        self.0.record("end", outcome.end.as_str());
        if let Some(usage) = &outcome.usage {
            // The conventions count what is cached as part of the input.
            self.0.record("gen_ai.usage.input_tokens", usage.total_input_tokens());
            self.0.record("gen_ai.usage.output_tokens", usage.output_tokens);
            self.0.record("gen_ai.usage.cache_read.input_tokens", usage.cache_read_input_tokens);
            self.0.record("gen_ai.usage.cache_creation.input_tokens", usage.cache_creation_input_tokens);
        }
        if let Some(reason) = &outcome.stop_reason {
            let reason = reason.as_str();
            self.0.record("gen_ai.response.finish_reasons", display(format_args!("[{reason:?}]")));
        }
        if let Some(time) = outcome.first_token {
            self.0.record("gen_ai.server.time_to_first_token", time.as_secs_f64());
        }
        let (request_id, principal) = (&*outcome.request_id, outcome.principal.id());
        match &outcome.end {
            End::Completed => {}
            End::Cancelled => {
                tracing::debug!(parent: &self.0, request_id, principal, "the caller left");
            }
            End::Drained => {
                tracing::info!(parent: &self.0, request_id, principal, "the request was ended by a drain");
            }
            End::Panicked => {
                self.record_failure("panic", true);
                tracing::warn!(parent: &self.0, request_id, principal, "the request failed by a panic");
            }
            End::Failed(error) => self.record_error(error, outcome),
        }
    }

    /// Records the error that a request failed with. Its text may quote the request, so the type must do.
    fn record_error(&self, error: &ApiError, outcome: &Outcome) {
        let error_type = text::start(error.error_type().as_str(), MAX_NAME_BYTES);
        self.record_failure(error_type, error.status().is_server_error());
        tracing::warn!(
            parent: &self.0,
            request_id = &*outcome.request_id,
            principal = outcome.principal.id(),
            status = error.status().as_u16(),
            error_type,
            cause = error.cause(),
            events = outcome.delivered.events,
            "the request failed"
        );
    }

    /// In the conventions, only a failure of the server is one of its span.
    fn record_failure(&self, error_type: &str, is_of_server: bool) {
        self.0.record("error.type", error_type);
        if is_of_server {
            self.0.record("otel.status_code", "ERROR");
        }
    }
}
