//! The body of an HTTP response.

use std::any::Any;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::Stream;
use http_body::{Body, Frame, SizeHint};
use pin_project::pin_project;

use super::foreign_error::{self, BoxError};
use crate::error::Error;

/// The body of an HTTP response, as a [`Transport`](super::Transport) returns it: a body whose type
/// is erased.
///
/// Its errors are [`Error`]s of the kind [`Transport`](crate::error::ErrorKind::Transport), unless
/// they had another kind before.
pub struct ResponseBody(Pin<Box<dyn Body<Data = Bytes, Error = Error> + Send>>);

impl ResponseBody {
    /// Erases the type of a body.
    pub fn new<B>(body: B) -> Self
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let mut body = Some(body);
        // A layer that leaves the body as it is must not cost another box.
        let same = (&mut body as &mut dyn Any).downcast_mut::<Option<Self>>();
        same.and_then(Option::take).unwrap_or_else(|| Self(Box::pin(Converted { body })))
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        self.0.as_mut().poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

/// The chunks of the body. Trailers are skipped.
impl Stream for ResponseBody {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let frame = ready!(self.0.as_mut().poll_frame(cx));
            match frame.map(|frame| frame.map(Frame::into_data)) {
                Some(Ok(Ok(chunk))) => return Poll::Ready(Some(Ok(chunk))),
                Some(Ok(Err(_trailers))) => {}
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody").finish_non_exhaustive()
    }
}

/// A body with the errors of this crate.
#[pin_project]
struct Converted<B> {
    /// Never `None`.
    #[pin]
    body: Option<B>,
}

impl<B> Body for Converted<B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let Some(body) = self.project().body.as_pin_mut() else { return Poll::Ready(None) };
        let frame = body.poll_frame(cx);
        frame.map(|frame| frame.map(|frame| frame.map_err(|error| foreign_error::of_body(error.into()))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(SizeHint::default, Body::size_hint)
    }
}
