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

/// The body of an HTTP response of [`MessagesService`](crate::server::MessagesService): one JSON
/// document, a stream of events, or the results of a batch.
///
/// Reading it never fails. If the handler's stream breaks off, the body ends with an `error` event,
/// or with the error as the last of the results.
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
pub struct MessagesBody(Kind);

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
        Self(Kind::Whole(bytes))
    }

    pub(super) fn stream(events: Events) -> Self {
        Self(Kind::Stream(Box::new(Exclusive::new(events))))
    }

    pub(super) fn lines(lines: Lines) -> Self {
        Self(Kind::Lines(Box::new(Exclusive::new(lines))))
    }

    /// Polls for the next chunk; `None` at the end.
    fn poll_bytes(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let (bytes, is_over) = match &mut self.0 {
            Kind::Whole(bytes) => {
                return Poll::Ready(Some(std::mem::take(bytes)).filter(|bytes| !bytes.is_empty()));
            }
            Kind::Stream(events) => {
                let events = events.get_mut();
                (events.poll_bytes(cx), events.is_over())
            }
            Kind::Lines(lines) => {
                let lines = lines.get_mut();
                (lines.poll_bytes(cx), lines.is_over())
            }
        };
        if is_over {
            self.0 = Kind::Whole(Bytes::new());
        }
        bytes
    }
}

impl Body for MessagesBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.poll_bytes(cx).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Whole(bytes) => bytes.is_empty(),
            Kind::Stream(_) | Kind::Lines(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::Stream(_) | Kind::Lines(_) => SizeHint::default(),
        }
    }
}

impl fmt::Debug for MessagesBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.0 {
            Kind::Whole(_) => "Whole",
            Kind::Stream(_) => "Stream",
            Kind::Lines(_) => "Lines",
        };
        f.debug_tuple("MessagesBody").field(&format_args!("{kind}")).finish()
    }
}
