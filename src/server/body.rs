//! The body of an HTTP response.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::events::Events;

/// The body of an HTTP response of [`MessagesService`](crate::server::MessagesService): one JSON
/// document, or a stream of events.
///
/// Reading it never fails. If the handler's stream breaks off, the body ends with an `error` event.
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
pub struct MessagesBody(Kind);

enum Kind {
    Whole(Bytes),
    Stream(Box<Events>),
}

impl MessagesBody {
    pub(super) fn whole(bytes: Bytes) -> Self {
        Self(Kind::Whole(bytes))
    }

    pub(super) fn stream(events: Events) -> Self {
        Self(Kind::Stream(Box::new(events)))
    }
}

impl Body for MessagesBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let bytes = match &mut self.0 {
            Kind::Whole(bytes) => Poll::Ready(Some(std::mem::take(bytes)).filter(|bytes| !bytes.is_empty())),
            Kind::Stream(events) => events.poll_bytes(cx),
        };
        bytes.map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Whole(bytes) => bytes.is_empty(),
            Kind::Stream(events) => events.is_over(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::Stream(_) => SizeHint::default(),
        }
    }
}

impl fmt::Debug for MessagesBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.0 {
            Kind::Whole(_) => "Whole",
            Kind::Stream(_) => "Stream",
        };
        f.debug_tuple("MessagesBody").field(&format_args!("{kind}")).finish()
    }
}
