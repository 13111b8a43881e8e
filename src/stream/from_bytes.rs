//! The stream of events in a stream of bytes.

use std::error::Error as StdError;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::Stream;
use pin_project::pin_project;

use super::decode::EventDecoder;
use crate::error::{Error, ErrorKind};
use crate::types::events::StreamEvent;

/// The number of chunks without an event after which the stream lets other tasks run.
const MAX_CHUNKS_IN_A_ROW: usize = 64;

/// A stream of the events in a stream of bytes. It holds at most one chunk, and ends after the first error.
#[pin_project]
#[derive(Debug)]
pub(crate) struct FromBytes<S> {
    #[pin]
    bytes: Option<S>,
    decoder: EventDecoder,
}

impl<S> FromBytes<S> {
    pub(crate) fn new(bytes: S, decoder: EventDecoder) -> Self {
        Self { bytes: Some(bytes), decoder }
    }

    /// Returns the stream of bytes, unless it has ended.
    #[cfg(feature = "client")]
    pub(crate) fn bytes_mut(&mut self) -> Option<&mut S> {
        self.bytes.as_mut()
    }

    /// Ends the stream with `error`, unless a message that is complete lacks nothing but its last line break.
    #[cfg(feature = "client")]
    pub(crate) fn fail(&mut self, error: Error) -> Result<StreamEvent, Error> {
        self.bytes = None;
        self.decoder.finish().ok_or(error)
    }
}

impl<S, B, E> Stream for FromBytes<S>
where
    S: Stream<Item = Result<B, E>>,
    B: Into<Bytes>,
    E: Into<Box<dyn StdError + Send + Sync>>,
{
    type Item = Result<StreamEvent, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        for _ in 0..MAX_CHUNKS_IN_A_ROW {
            let Some(bytes) = this.bytes.as_mut().as_pin_mut() else { return Poll::Ready(None) };
            match this.decoder.next() {
                Ok(Some(event)) => return Poll::Ready(Some(Ok(event))),
                Ok(None) => {}
                Err(error) => {
                    this.bytes.set(None);
                    return Poll::Ready(Some(Err(error.into())));
                }
            }
            match ready!(bytes.poll_next(cx)) {
                Some(Ok(chunk)) => this.decoder.push(chunk),
                // A message that is complete stays so if the connection breaks.
                end => {
                    this.bytes.set(None);
                    let error = end.and_then(Result::err).map(|error| Err(transport(error.into())));
                    return Poll::Ready(this.decoder.finish().map(Ok).or(error));
                }
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Converts an error of the bytes, unless it is an error of this crate already.
fn transport(error: Box<dyn StdError + Send + Sync>) -> Error {
    match error.downcast::<Error>() {
        Ok(error) => *error,
        Err(error) => Error::new(ErrorKind::Transport, "the connection broke").with_source(error),
    }
}
