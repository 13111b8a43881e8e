//! The body of an HTTP response.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::events::Events;
use super::exclusive::Exclusive;
use super::lines::Lines;
use super::span::Span;
use crate::ends::Hooks;

/// The body of an HTTP response of [`MessagesService`](crate::server::MessagesService): one JSON
/// document, a stream of events, or the results of a batch.
///
/// Reading it never fails. If the handler's stream breaks off, the body ends with an `error` event,
/// or with the error as the last of the results.
/// The handler's stream is polled only when the body is, so a slow reader slows the handler down.
///
/// # Cancel safety
///
/// Dropping the body drops the handler's stream, or its future if it has not replied yet.
///
/// # Panics
///
/// Polling a stream of events panics outside a tokio runtime with time enabled, unless the service is
/// built [`without_clock`](crate::server::MessagesServiceBuilder::without_clock).
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
    hooks: Exclusive<Option<Box<Hooks>>>,
}

enum Kind {
    Whole(Bytes),
    Stream(Box<Exclusive<Events>>),
    Lines(Box<Exclusive<Lines>>),
}

const _: () = {
    const fn is_send_and_sync<T: Send + Sync>() {}
    is_send_and_sync::<MessagesBody>();
};

impl MessagesBody {
    pub(super) fn whole(bytes: Bytes) -> Self {
        Self::new(Kind::Whole(bytes))
    }

    pub(super) fn stream(events: Events) -> Self {
        Self::new(Kind::Stream(Box::new(Exclusive::new(events))))
    }

    pub(super) fn lines(lines: Lines) -> Self {
        Self::new(Kind::Lines(Box::new(Exclusive::new(lines))))
    }

    fn new(kind: Kind) -> Self {
        Self { kind, span: None, hooks: Exclusive::new(None) }
    }

    /// Adds hooks that are called when the whole body was handed over, or is dropped.
    pub(super) fn add_hooks(&mut self, hooks: Option<Box<Hooks>>) {
        Hooks::join(self.hooks.get_mut(), hooks);
        self.call_hooks_at_end();
    }

    /// Calls the hooks once everything was handed over; an empty body is not even read.
    fn call_hooks_at_end(&mut self) {
        let is_over = self.is_end_stream();
        if let Some(mut hooks) = self.hooks.get_mut().take_if(|_| is_over) {
            hooks.complete();
        }
    }

    /// Replaces the document of a whole body by what `translate` makes of it.
    #[cfg(feature = "openai")]
    pub(crate) fn rewrite(&mut self, translate: impl FnOnce(&[u8]) -> Option<Bytes>) {
        if let Kind::Whole(bytes) = &mut self.kind {
            if let Some(document) = translate(bytes) {
                *bytes = document;
            }
        }
    }

    /// Sets the span of the request, within which the body is read.
    pub(super) fn set_span(&mut self, span: &Span) {
        self.span = Some(span.clone());
    }
}

impl Kind {
    /// Polls for the next chunk; `None` at the end. The hooks of a stream learn of a failure from it, and
    /// those of lines here.
    fn poll_bytes(&mut self, cx: &mut Context<'_>, hooks: &mut Option<Box<Hooks>>) -> Poll<Option<Bytes>> {
        let (bytes, is_over) = match self {
            Self::Whole(bytes) => {
                return Poll::Ready(Some(std::mem::take(bytes)).filter(|bytes| !bytes.is_empty()));
            }
            Self::Stream(events) => {
                let events = events.get_mut();
                (events.poll_bytes(cx), events.is_over())
            }
            Self::Lines(lines) => {
                let lines = lines.get_mut();
                let bytes = lines.poll_bytes(cx);
                let is_over = lines.is_over();
                if let (true, Some(error), Some(hooks)) = (is_over, lines.failure(), hooks) {
                    hooks.fail(error);
                }
                (bytes, is_over)
            }
        };
        if is_over {
            *self = Self::Whole(Bytes::new());
        }
        bytes
    }
}

impl Default for MessagesBody {
    /// Creates an empty body, for layers that respond by themselves, such as those for CORS.
    fn default() -> Self {
        Self::whole(Bytes::new())
    }
}

impl Body for MessagesBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Self { kind, span, hooks } = &mut *self;
        let hooks = hooks.get_mut();
        let bytes = match span {
            Some(span) if !matches!(kind, Kind::Whole(_)) => span.within(|| kind.poll_bytes(cx, hooks)),
            _ => kind.poll_bytes(cx, hooks),
        };
        self.call_hooks_at_end();
        bytes.map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Whole(bytes) => bytes.is_empty(),
            Kind::Stream(_) | Kind::Lines(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::Stream(_) | Kind::Lines(_) => SizeHint::default(),
        }
    }
}

impl fmt::Debug for MessagesBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Whole(_) => "Whole",
            Kind::Stream(_) => "Stream",
            Kind::Lines(_) => "Lines",
        };
        f.debug_tuple("MessagesBody").field(&format_args!("{kind}")).finish()
    }
}
