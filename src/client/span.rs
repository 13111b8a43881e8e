//! The spans of calls and their attempts, for whoever subscribes to them.
//!
//! Their names and fields are those of OpenTelemetry's semantic conventions for generative AI and for
//! HTTP clients. There is never content in them, nor a header or a query, in which secrets may be.

use std::pin::Pin;

#[cfg(feature = "tracing")]
use tracing::{
    Instrument, debug_span,
    field::{Empty, display},
    info_span,
};

use super::attempt::CallRequest;
use crate::error::Error;
use crate::stream::MessageStream;
use crate::types::Message;
use crate::types::events::StreamEvent;

/// The span of a call or of an attempt. It ends when the last clone is dropped.
///
/// Without the feature `tracing` it is nothing.
#[derive(Clone, Debug)]
pub(super) struct Span {
    #[cfg(feature = "tracing")]
    inner: tracing::Span,
    #[cfg(feature = "tracing")]
    is_forwarded: bool,
}

#[cfg(not(feature = "tracing"))]
#[allow(clippy::unused_self)]
impl Span {
    pub(super) fn of_call(_: &CallRequest, _: Option<u64>) -> Self {
        Self {}
    }

    pub(super) fn of_attempt(_: &CallRequest, _: u32) -> Self {
        Self {}
    }

    pub(super) fn around<'a, F>(&self, future: Pin<&'a mut F>) -> Pin<&'a mut F> {
        future
    }

    pub(super) fn around_call<'a, F>(&self, future: Pin<&'a mut F>) -> Pin<&'a mut F> {
        future
    }

    pub(super) fn fail(&self, _: &Error) {}

    pub(super) fn record_status(&self, _: http::StatusCode) {}

    pub(super) fn record_message(&self, _: &Message) {}

    pub(super) fn record_event(&self, _: &StreamEvent) {}

    pub(super) fn around_stream(&self, stream: MessageStream) -> MessageStream {
        stream
    }
}

#[cfg(feature = "tracing")]
impl Span {
    /// Starts the span of a call, which asks for at most so many tokens.
    pub(super) fn of_call(call: &CallRequest, max_tokens: Option<u64>) -> Self {
        use super::call_info::Endpoint;

        let operation = match call.info.endpoint {
            Endpoint::Messages => "chat",
            Endpoint::CountTokens => "count_tokens",
            Endpoint::Models => "models",
            Endpoint::Batches => "batches",
        };
        let model = call.info.model();
        let span = info_span!(
            "call",
            otel.name = Empty,
            otel.kind = "client",
            otel.status_code = Empty,
            gen_ai.operation.name = operation,
            gen_ai.provider.name = call.provider,
            gen_ai.request.model = model,
            gen_ai.request.max_tokens = max_tokens,
            gen_ai.response.id = Empty,
            gen_ai.response.model = Empty,
            gen_ai.response.finish_reasons = Empty,
            gen_ai.usage.input_tokens = Empty,
            gen_ai.usage.output_tokens = Empty,
            gen_ai.usage.cache_read.input_tokens = Empty,
            gen_ai.usage.cache_creation.input_tokens = Empty,
            server.address = call.uri.host(),
            server.port = call.uri.port_u16(),
            error.r#type = Empty,
        );
        match model {
            Some(model) => span.record("otel.name", display(format_args!("{operation} {model}"))),
            None => span.record("otel.name", operation),
        };
        Self { inner: span, is_forwarded: call.is_forwarded }
    }

    /// Starts the span of an attempt.
    pub(super) fn of_attempt(call: &CallRequest, attempt: u32) -> Self {
        let inner = debug_span!(
            "attempt",
            otel.name = call.method.as_str(),
            otel.kind = "client",
            otel.status_code = Empty,
            http.request.method = call.method.as_str(),
            http.request.resend_count = (attempt > 1).then(|| attempt - 1),
            http.response.status_code = Empty,
            url.path = call.uri.path(),
            server.address = call.uri.host(),
            server.port = call.uri.port_u16(),
            error.r#type = Empty,
        );
        Self { inner, is_forwarded: call.is_forwarded }
    }

    /// Runs `future` within the span, and records its error. It is pinned by the caller for the same reason
    /// as in [`Limits::within`](super::limits::Limits::within).
    pub(super) async fn around<T>(
        &self,
        future: Pin<&mut impl Future<Output = Result<T, Error>>>,
    ) -> Result<T, Error> {
        let result = future.instrument(self.inner.clone()).await;
        if let Err(error) = &result {
            error.record_in(&self.inner);
        }
        result
    }

    /// Runs a whole call within the span, and reports its failure as well.
    pub(super) async fn around_call<T>(
        &self,
        future: Pin<&mut impl Future<Output = Result<T, Error>>>,
    ) -> Result<T, Error> {
        let result = future.instrument(self.inner.clone()).await;
        if let Err(error) = &result {
            self.fail(error);
        }
        result
    }

    /// Records that the call has failed, and reports it.
    pub(super) fn fail(&self, error: &Error) {
        error.record_in(&self.inner);
        error.report(self.is_forwarded);
    }

    pub(super) fn record_status(&self, status: http::StatusCode) {
        self.inner.record("http.response.status_code", status.as_u16());
    }

    pub(super) fn record_message(&self, message: &Message) {
        self.record_start(message);
        self.inner.record("gen_ai.usage.output_tokens", message.usage.output_tokens);
        if let Some(reason) = &message.stop_reason {
            self.record_finish(reason.as_str());
        }
    }

    /// Records what an event of the stream says about the message as a whole.
    pub(super) fn record_event(&self, event: &StreamEvent) {
        match event {
            StreamEvent::MessageStart(event) => self.record_start(&event.message),
            StreamEvent::MessageDelta(event) => {
                if let Some(usage) = &event.usage {
                    self.inner.record("gen_ai.usage.output_tokens", usage.output_tokens);
                }
                if let Some(reason) = &event.delta.stop_reason {
                    self.record_finish(reason.as_str());
                }
            }
            _ => {}
        }
    }

    /// Extends the span to the end of a stream, whose error it records.
    pub(super) fn around_stream(&self, stream: MessageStream) -> MessageStream {
        stream.with_span(self.inner.clone(), self.is_forwarded)
    }

    fn record_start(&self, message: &Message) {
        let usage = &message.usage;
        self.inner.record("gen_ai.response.id", &*message.id);
        self.inner.record("gen_ai.response.model", &*message.model);
        // The conventions count what is cached as part of the input.
        self.inner.record("gen_ai.usage.input_tokens", usage.total_input_tokens());
        self.inner.record("gen_ai.usage.cache_read.input_tokens", usage.cache_read_input_tokens);
        self.inner.record("gen_ai.usage.cache_creation.input_tokens", usage.cache_creation_input_tokens);
    }

    fn record_finish(&self, reason: &str) {
        self.inner.record("gen_ai.response.finish_reasons", display(format_args!("[{reason:?}]")));
    }
}
