//! The body of an HTTP response.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::events::Events;
use super::span::Span;
use crate::ends::Hooks;

/// The body of an HTTP response of [`MessagesService`](crate::server::MessagesService): one JSON
/// document, or a stream of events.
///
/// Reading it never fails. If the handler's stream breaks off, the body ends with an `error` event.
/// The handler's stream is polled only when the body is, so a slow reader slows the handler down.
///
/// # Cancel safety
///
/// Dropping the body drops the handler's stream.
///
/// # Panics
///
/// Polling a stream of events panics outside a tokio runtime with time enabled, unless pings are
/// switched off.
///
/// ```
/// use http_body_util::BodyExt;
/// use messages_api::server::MessagesBody;
///
/// async fn text(response: http::Response<MessagesBody>) -> String {
///     let Ok(body) = response.into_body().collect().await;
///     String::from_utf8_lossy(&body.to_bytes()).into_owned()
/// }
/// ```
pub struct MessagesBody {
    kind: Kind,
    span: Option<Span>,
    /// Those of a whole body; a stream has its own.
    hooks: Option<Box<Hooks>>,
}

enum Kind {
    Whole(Bytes),
    Stream(Box<Events>),
}

impl MessagesBody {
    pub(super) fn whole(bytes: Bytes) -> Self {
        Self::new(Kind::Whole(bytes))
    }

    pub(super) fn stream(events: Events) -> Self {
        Self::new(Kind::Stream(Box::new(events)))
    }

    fn new(kind: Kind) -> Self {
        Self { kind, span: None, hooks: None }
    }

    /// Adds hooks that are called when the whole body was handed over, or is dropped.
    pub(super) fn add_hooks(&mut self, hooks: Option<Box<Hooks>>) {
        Hooks::join(&mut self.hooks, hooks);
        self.call_hooks_at_end();
    }

    /// Calls the hooks once everything was handed over; an empty body is not even read.
    fn call_hooks_at_end(&mut self) {
        if self.hooks.is_some() && self.is_end_stream() {
            if let Some(mut hooks) = self.hooks.take() {
                hooks.complete();
            }
        }
    }

    /// Sets the span of the request, within which the body is read.
    pub(super) fn set_span(&mut self, span: &Span) {
        self.span = Some(span.clone());
    }
}

impl Body for MessagesBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Self { kind, span, hooks: _ } = &mut *self;
        let bytes = match (kind, span) {
            (Kind::Whole(bytes), _) => {
                Poll::Ready(Some(std::mem::take(bytes)).filter(|bytes| !bytes.is_empty()))
            }
            (Kind::Stream(events), Some(span)) => span.within(|| events.poll_bytes(cx)),
            (Kind::Stream(events), None) => events.poll_bytes(cx),
        };
        self.call_hooks_at_end();
        bytes.map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Whole(bytes) => bytes.is_empty(),
            Kind::Stream(events) => events.is_over(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::Stream(_) => SizeHint::default(),
        }
    }
}

impl fmt::Debug for MessagesBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Whole(_) => "Whole",
            Kind::Stream(_) => "Stream",
        };
        f.debug_tuple("MessagesBody").field(&format_args!("{kind}")).finish()
    }
}
