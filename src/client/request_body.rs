//! The body of a request.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// The body of an HTTP request, as a [`Transport`](super::Transport) receives it: a JSON document,
/// or nothing.
///
/// It is in memory as a whole, so a layer can read or sign it without consuming it, and a clone
/// costs next to nothing. `Debug` shows its length alone.
///
/// ```
/// use http_body::Body;
/// use messages_api::client::RequestBody;
///
/// let body = RequestBody::new("{}");
/// assert_eq!(body.as_bytes(), b"{}");
/// assert_eq!(body.size_hint().exact(), Some(2));
/// ```
#[derive(Clone, Default)]
pub struct RequestBody(Bytes);

impl RequestBody {
    /// Creates a body of the given bytes.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self(bytes.into())
    }

    /// Returns the bytes that are still to be sent: all of them, until the body is polled.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the body as shared bytes.
    pub fn into_bytes(self) -> Bytes {
        self.0
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let bytes = std::mem::take(&mut self.0);
        Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.len() as u64)
    }
}

impl std::fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RequestBody").field("length", &self.0.len()).finish()
    }
}
