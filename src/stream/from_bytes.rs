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

/// What decodes bytes to events, without I/O.
pub(crate) trait Decode {
    /// Adds the next bytes.
    fn push(&mut self, chunk: Bytes);

    /// Returns the next event, or `None` if that takes more bytes. After [`end`](Self::end), `None` is the
    /// end.
    fn next(&mut self) -> Result<Option<StreamEvent>, Error>;

    /// Returns the next event if it is a delta that can be returned at once, which is much cheaper than
    /// [`next`](Self::next). `None` says nothing.
    #[cfg(feature = "client")]
    fn next_delta(&mut self) -> Option<StreamEvent> {
        None
    }

    /// Says that there are no more bytes. If they broke off, the only events that may follow are those that
    /// end a message which lacks nothing.
    fn end(&mut self, is_broken: bool);

    /// Returns `true` if the server has said why the model stopped, so that the end can be produced without it.
    #[cfg(feature = "client")]
    fn can_end(&self) -> bool {
        false
    }

    /// Returns `true` if the message is complete and no bytes are wanted any more.
    fn is_done(&self) -> bool {
        false
    }
}

impl Decode for EventDecoder {
    fn push(&mut self, chunk: Bytes) {
        self.push(chunk);
    }

    fn next(&mut self) -> Result<Option<StreamEvent>, Error> {
        Ok(self.next()?)
    }

    #[cfg(feature = "client")]
    #[inline]
    fn next_delta(&mut self) -> Option<StreamEvent> {
        self.next_delta()
    }

    fn end(&mut self, _is_broken: bool) {
        self.end();
    }
}

/// A stream of the events in a stream of bytes. It holds at most one chunk, and ends after the first error.
#[pin_project]
#[derive(Debug)]
pub(crate) struct FromBytes<S, D = EventDecoder> {
    /// `None` once they have ended.
    #[pin]
    bytes: Option<S>,
    /// `None` once the events have ended.
    decoder: Option<D>,
    /// Whether the decoder has no further event until there are more bytes. So a poll that finds none asks it once.
    is_drained: bool,
    /// The error of the bytes, unless the message is complete all the same.
    error: Option<Error>,
}

impl<S, D: Decode> FromBytes<S, D> {
    pub(crate) fn new(bytes: S, decoder: D) -> Self {
        Self { bytes: Some(bytes), decoder: Some(decoder), is_drained: false, error: None }
    }

    /// Returns the next event if it is a delta that has arrived already. `None` says nothing.
    #[cfg(feature = "client")]
    #[inline]
    pub(crate) fn next_delta(&mut self) -> Option<StreamEvent> {
        if self.is_drained { None } else { self.decoder.as_mut()?.next_delta() }
    }

    /// Returns the stream of bytes, unless it has ended.
    #[cfg(feature = "client")]
    pub(crate) fn bytes_mut(&mut self) -> Option<&mut S> {
        self.bytes.as_mut()
    }

    /// Returns `true` if the events can end although the bytes have not.
    #[cfg(feature = "client")]
    pub(crate) fn can_end(&self) -> bool {
        self.decoder.as_ref().is_some_and(D::can_end)
    }

    /// Ends the bytes with `error`, which is the next item unless the message is complete all the same.
    #[cfg(feature = "client")]
    pub(crate) fn fail(&mut self, error: Error) {
        self.bytes = None;
        self.error = Some(error);
        self.is_drained = false;
        if let Some(decoder) = &mut self.decoder {
            decoder.end(true);
        }
    }
}

impl<S, B, E, D> Stream for FromBytes<S, D>
where
    S: Stream<Item = Result<B, E>>,
    B: Into<Bytes>,
    E: Into<Box<dyn StdError + Send + Sync>>,
    D: Decode,
{
    type Item = Result<StreamEvent, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        for _ in 0..MAX_CHUNKS_IN_A_ROW {
            let Some(decoder) = this.decoder else { return Poll::Ready(None) };
            if !*this.is_drained {
                match decoder.next() {
                    Ok(Some(event)) => {
                        if decoder.is_done() {
                            this.bytes.set(None);
                        }
                        // A message that is complete stays so if the connection breaks.
                        *this.error = None;
                        return Poll::Ready(Some(Ok(event)));
                    }
                    Ok(None) => *this.is_drained = true,
                    Err(error) => {
                        this.bytes.set(None);
                        *this.decoder = None;
                        return Poll::Ready(Some(Err(error)));
                    }
                }
            }
            let Some(bytes) = this.bytes.as_mut().as_pin_mut() else {
                *this.decoder = None;
                return Poll::Ready(this.error.take().map(Err));
            };
            let chunk = ready!(bytes.poll_next(cx));
            *this.is_drained = false;
            match chunk {
                Some(Ok(chunk)) => decoder.push(chunk.into()),
                end => {
                    this.bytes.set(None);
                    *this.error = end.and_then(Result::err).map(|error| transport(error.into()));
                    decoder.end(this.error.is_some());
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
